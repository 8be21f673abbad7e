#define BOOST_TEST_MODULE http_values
#include <boost/test/unit_test.hpp>
