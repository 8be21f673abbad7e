#define BOOST_TEST_MODULE actors_providers
#include <boost/test/unit_test.hpp>
