#define BOOST_TEST_MODULE actors_rules
#include <boost/test/unit_test.hpp>
