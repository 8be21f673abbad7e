#include "address_rows.hpp"
#include "base/utf8.hpp"

namespace postrider::actors {
namespace {

using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(addresses)

BOOST_AUTO_TEST_CASE(what_a_text_is_shows_from_its_form) {
  const auto phone = parse_recipient("+1 555 1234567");
  BOOST_TEST_REQUIRE(phone.has_value());
  BOOST_CHECK((*phone == persistence::recipient{"+15551234567", "", ""}));
  const auto email = parse_recipient("Bob@Example.com");
  BOOST_TEST_REQUIRE(email.has_value());
  BOOST_CHECK((*email == persistence::recipient{"", "Bob@example.com", ""}));
  const auto url = parse_recipient("https://example.com/a@b");
  BOOST_TEST_REQUIRE(url.has_value());
  BOOST_CHECK((*url == persistence::recipient{"", "", "https://example.com/a@b"}));
}

BOOST_AUTO_TEST_CASE(what_is_none_of_them_says_what_was_meant) {
  const struct {
    std::string_view text, code;
  } rows[]{{"", "bad_recipient"},
           {"bob", "bad_phone_number"},
           {"bob@", "bad_email_address"},
           {"ftp://x", "bad_url"},
           {"+1555 123 4567\r\n", "bad_phone_number"}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT("text '" << row.text << "'") {
      const auto parsed = parse_recipient(row.text);
      BOOST_TEST_REQUIRE(!parsed.has_value());
      BOOST_TEST(parsed.error().code == row.code);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_recipient_is_shown_by_its_first_address) {
  BOOST_TEST(first_address({}) == "");
  BOOST_TEST(first_address({"+1555", "ann@example.org", "https://example.org"}) == "+1555");
  BOOST_TEST(first_address({"", "ann@example.org", "https://example.org"}) == "ann@example.org");
  BOOST_TEST(first_address({"", "", "https://example.org"}) == "https://example.org");
}

BOOST_AUTO_TEST_CASE(what_an_error_shows_of_a_text_is_short_and_printable) {
  const auto error = normalise_phone("evil\r\n\0\x7f\t"s + std::string(10'000, 'x')).error();
  BOOST_TEST(error.detail.size() < 200U);
  for (unsigned char c : error.detail)
    BOOST_TEST(c >= ' ');
  BOOST_TEST(error.detail.find('\x7f') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_an_error_shows_of_a_text_does_not_cut_a_character_in_two) {
  for (const std::string_view character : {"\xc3\xb6", "\xe2\x82\xac", "\xf0\x9f\x90\xb4"}) {
    for (std::size_t before = 0; before < 4; ++before) {
      const auto text = std::string(before, 'x') + repeated(character, 40);
      BOOST_TEST(is_utf8(normalise_phone(text).error().detail));
      BOOST_TEST(is_utf8(normalise_email(text).error().detail));
      BOOST_TEST(is_utf8(normalise_url(text).error().detail));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
