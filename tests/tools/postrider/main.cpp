#define BOOST_TEST_MODULE postrider_cli
#include <boost/test/unit_test.hpp>
