#include "smtp/network_list.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using postrider::smtp::network_list;

BOOST_AUTO_TEST_SUITE(network_lists)

BOOST_AUTO_TEST_CASE(addresses_are_in_networks) {
  const std::vector<std::string> texts{"127.0.0.0/8", "10.1.2.3", "2001:db8::/32", "::1"};
  const auto list = network_list::parse(texts);
  BOOST_REQUIRE(list.has_value());
  for (const auto* inside :
       {"127.0.0.1", "127.255.255.255", "10.1.2.3", "::ffff:127.0.0.1", "2001:db8:1::2", "::1"})
    BOOST_TEST(list->contains(inside), inside);
  for (const auto* outside : {"128.0.0.1", "10.1.2.4", "2001:db9::1", "::2", "local", ""})
    BOOST_TEST(!list->contains(outside), outside);
  BOOST_TEST(!network_list().contains("127.0.0.1"));
}

BOOST_AUTO_TEST_CASE(text_that_is_no_network_is_named) {
  for (const std::string wrong : {"10.0.0.0/33", "10.0.0/8", "example.org", "", "::1/129"}) {
    const std::vector<std::string> texts{"127.0.0.1", wrong};
    const auto list = network_list::parse(texts);
    BOOST_REQUIRE(list.has_error());
    BOOST_TEST(list.error() == wrong);
  }
}

BOOST_AUTO_TEST_SUITE_END()
