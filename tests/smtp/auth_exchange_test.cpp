#include "smtp/auth_exchange.hpp"

#include "base/base64.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using postrider::base64_encoded;
using postrider::smtp::auth_exchange;
using next = auth_exchange::next;

BOOST_AUTO_TEST_SUITE(auth_exchanges)

BOOST_AUTO_TEST_CASE(plain_has_three_fields) {
  using namespace std::string_literals;
  const std::pair<std::string, std::string> keys[]{
      {"\0name\0pr_key"s, "pr_key"},
      {"other\0name\0pr_key"s, "pr_key"},
      {"\0pr_key\0"s, "pr_key"},
      {"\0\0pr_key"s, "pr_key"},
  };
  for (const auto& [given, key] : keys) {
    auth_exchange one;
    BOOST_TEST((one.begin("plain " + base64_encoded(given)) == next::known));
    BOOST_TEST(one.key() == key);
  }
  for (const auto& given : {""s, "name"s, "\0name"s, "\0a\0b\0c"s}) {
    auth_exchange one;
    BOOST_TEST((one.begin("PLAIN") == next::ask));
    BOOST_TEST(one.says().code == 334u);
    BOOST_TEST((one.take(base64_encoded(given)) == next::refused));
    BOOST_TEST(one.says().code == 501u);
  }
}

BOOST_AUTO_TEST_CASE(login_asks_for_one_after_the_other) {
  auth_exchange one;
  BOOST_TEST((one.begin("LOGIN") == next::ask));
  BOOST_TEST(one.says().text == base64_encoded("Username:"));
  BOOST_TEST((one.take(base64_encoded("name")) == next::ask));
  BOOST_TEST(one.says().text == base64_encoded("Password:"));
  BOOST_TEST((one.take(base64_encoded("pr_key")) == next::known));
  BOOST_TEST(one.key() == "pr_key");
}

BOOST_AUTO_TEST_CASE(an_empty_initial_response_is_an_equals_sign) {
  auth_exchange one;
  BOOST_TEST((one.begin("LOGIN =") == next::ask));
  BOOST_TEST((one.take("") == next::known));
  BOOST_TEST(one.key().empty());
}

BOOST_AUTO_TEST_SUITE_END()
