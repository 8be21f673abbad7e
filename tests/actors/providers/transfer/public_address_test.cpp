#include "actors/providers/transfer/public_address.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

namespace data = boost::unit_test::data;

const char* const refused[] = {"0.0.0.0",
                               "0.255.255.255",
                               "10.0.0.1",
                               "10.255.255.255",
                               "100.64.0.1",
                               "100.127.255.255",
                               "127.0.0.1",
                               "127.255.0.1",
                               "169.254.169.254",
                               "172.16.0.1",
                               "172.31.255.255",
                               "192.0.0.8",
                               "192.0.2.1",
                               "192.88.99.1",
                               "192.168.1.1",
                               "198.18.0.1",
                               "198.19.255.255",
                               "198.51.100.7",
                               "203.0.113.9",
                               "224.0.0.1",
                               "239.255.255.255",
                               "240.0.0.1",
                               "255.255.255.255",
                               "::",
                               "::1",
                               "::7f00:1",
                               "::ffff:127.0.0.1",
                               "::ffff:10.1.2.3",
                               "64:ff9b::7f00:1",
                               "64:ff9b:1::1",
                               "100::1",
                               "2001::1",
                               "2001:db8::1",
                               "2002:7f00:1::1",
                               "2002:a00:1::1",
                               "3fff::1",
                               "5f00::1",
                               "fc00::1",
                               "fdff::1",
                               "fe80::1",
                               "fec0::1",
                               "ff02::1",
                               "",
                               "localhost",
                               "127.1",
                               "2130706433",
                               "8.8.8.8x"};

const char* const taken[] = {
    "1.1.1.1",          "8.8.8.8",         "9.255.255.255", "11.0.0.0",          "100.63.255.255",
    "100.128.0.0",      "126.255.255.255", "128.0.0.1",     "169.253.255.255",   "172.15.255.255",
    "172.32.0.0",       "192.0.1.1",       "192.167.0.1",   "192.169.0.1",       "198.17.255.255",
    "198.20.0.0",       "223.255.255.255", "2606:4700::1",  "2a00:1450:4001::1", "::ffff:8.8.8.8",
    "64:ff9b::808:808", "2002:808:808::1"};

BOOST_AUTO_TEST_SUITE(public_addresses)

BOOST_DATA_TEST_CASE(is_not_public, data::make(refused)) { BOOST_TEST(!is_public_address(sample)); }

BOOST_DATA_TEST_CASE(is_public, data::make(taken)) { BOOST_TEST(is_public_address(sample)); }

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
