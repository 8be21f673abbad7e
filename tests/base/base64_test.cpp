#include "base/base64.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

namespace postrider {
namespace {

using namespace std::string_literals;

std::string random_bytes(std::mt19937& random, std::size_t most) {
  std::string bytes(random() % (most + 1), '\0');
  for (char& byte : bytes)
    byte = static_cast<char>(random());
  return bytes;
}

BOOST_AUTO_TEST_SUITE(base64)

BOOST_AUTO_TEST_CASE(base64_is_that_of_rfc_4648) {
  const struct {
    std::string plain;
    std::string_view encoded;
  } rows[]{{"", ""},
           {"f", "Zg=="},
           {"fo", "Zm8="},
           {"foo", "Zm9v"},
           {"foob", "Zm9vYg=="},
           {"fooba", "Zm9vYmE="},
           {"foobar", "Zm9vYmFy"},
           {"\xfb\xff\xfe"s, "+//+"},
           {"\0\0"s, "AAA="}};
  for (const auto& row : rows) {
    BOOST_TEST(base64_encoded(row.plain) == row.encoded);
    BOOST_CHECK(base64_decoded(row.encoded) == row.plain);
  }
  for (const auto* bad : {"Zg", "Zg=", "Z===", "Zm9v\n", "Zm-_", "====", "Zg==Zg==", "Zm9v "})
    BOOST_TEST(!base64_decoded(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(any_bytes_come_back_from_base64) {
  std::mt19937 random(4648);
  for (int round = 0; round < 2'000; ++round) {
    const auto bytes = random_bytes(random, 70);
    const auto text = base64_encoded(bytes);
    BOOST_REQUIRE_EQUAL(text.size(), (bytes.size() + 2) / 3 * 4);
    BOOST_REQUIRE(base64_decoded(text) == bytes);
    // One text more or less is no whole group.
    BOOST_REQUIRE(!base64_decoded(text + "A"));
  }
}

BOOST_AUTO_TEST_CASE(base64url_has_no_sign_that_a_url_escapes) {
  BOOST_TEST(base64url_encoded("") == "");
  BOOST_TEST(base64url_encoded("f") == "Zg");
  BOOST_TEST(base64url_encoded("fo") == "Zm8");
  BOOST_TEST(base64url_encoded("foo") == "Zm9v");
  BOOST_TEST(base64url_encoded("\xfb\xff\xfe") == "-__-");
  BOOST_TEST(base64url_encoded(std::string(32, '\xff')).size() == 43U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider
