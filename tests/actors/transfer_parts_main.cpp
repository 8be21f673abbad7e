#define BOOST_TEST_MODULE transfer_parts
#include <boost/test/unit_test.hpp>
