#include "actors/rules/addresses.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

using namespace std::string_literals;

struct address_row {
  std::string given;
  /// Empty: refused.
  std::string normal;
};

template <class Normalise>
void check(const std::vector<address_row>& rows, Normalise normalise, std::string_view code) {
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT("given '" << row.given << "'") {
      const auto result = normalise(row.given);
      BOOST_TEST(result.has_value() == !row.normal.empty());
      if (result.has_value()) {
        BOOST_TEST(*result == row.normal);
      } else {
        BOOST_TEST(result.error().code == code);
        BOOST_TEST(!result.error().detail.empty());
      }
    }
  }
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t more = lead < 0x80       ? 0
                             : lead >> 5 == 6  ? 1
                             : lead >> 4 == 14 ? 2
                             : lead >> 3 == 30 ? 3
                                               : 9;
    if (i + more >= text.size()) return false;
    for (std::size_t k = 1; k <= more; ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
    i += more + 1;
  }
  return true;
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i)
    out += text;
  return out;
}

BOOST_AUTO_TEST_SUITE(addresses)

BOOST_AUTO_TEST_CASE(phone_numbers_are_taken_in_international_form_only) {
  check(
      {
          {"+15551234567", "+15551234567"},
          {"+1 (555) 123-45.67", "+15551234567"},
          {" +1 555 1234567 ", "+15551234567"},
          {"+1234567", "+1234567"},
          {"+123456789012345", "+123456789012345"},
          {"+1" + std::string(600, ' ') + "5551234567", "+15551234567"},
          {"", ""},
          {"+", ""},
          {"++15551234567", ""},
          {"15551234567", ""},
          {"0015551234567", "+15551234567"},
          {"00 1 (555) 123-4567", "+15551234567"},
          {"(00)15551234567", "+15551234567"},
          {"00123456789012345", "+123456789012345"},
          {"001234567890123456", ""},
          {"00", ""},
          {"0005551234567", ""},
          {"+0015551234567", ""},
          {"00+15551234567", ""},
          {"00123456", ""},
          {"+05551234567", ""},
          {"+123456", ""},
          {"+1234567890123456", ""},
          {std::string(100'000, '1'), ""},
          {"+1555123456a", ""},
          {"tel:+15551234567", ""},
          {"+1555 1234567;ext=1", ""},
          {"5551234+567", ""},
          {"+1555123\xd9\xa4\xd9\xa5\xd9\xa6\xd9\xa7", ""},
      },
      normalise_phone, "bad_phone_number");
}

/// Witness: Google's libphonenumber (google-libphonenumber 3.2.47), whose examples for Italy, the
/// Vatican, San Marino, Ivory Coast, Benin, Gabon and Congo keep the 0 behind the country code, and
/// for no other country, services that are not reached from abroad left out.
BOOST_AUTO_TEST_CASE(a_zero_in_parentheses_is_refused_with_the_number_that_is_right) {
  const struct {
    std::string given, right;
  } rows[]{{"+44 (0)20 7946 0958", "+442079460958"},
           {"0044(0)20 7946 0958", "+442079460958"},
           {"+49 (0) 30 901820", "+4930901820"},
           {"+41(0)446681800", "+41446681800"},
           {"+44 ( 0 ) 20 7946 0958", "+442079460958"},
           {"+44 (020) 7946 0958", "+442079460958"},
           {"0044 ( 020) 7946 0958", "+442079460958"},
           {"+49 (030) 901820", "+4930901820"},
           {"+353 (01) 234 5678", "+35312345678"},
           // Numbers in Italy keep their 0.
           {"+39 (0)6 698 12345", "+390669812345"},
           {"+378 (0) 549 886377", "+3780549886377"},
           {"+225 (0)1 23456789", "+2250123456789"}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.given) {
      const auto result = normalise_phone(row.given);
      BOOST_TEST_REQUIRE(result.has_error());
      BOOST_TEST(result.error().code == "bad_phone_number");
      BOOST_TEST(result.error().detail ==
                 "'" + row.given +
                     "' has a 0 in parentheses, which is dialled inside the country only; write "
                     "the number as it is dialled from abroad: " +
                     row.right);
    }
  }
  // A number that would not be right without it either.
  for (const auto& text :
       {"(0)20 7946 0958"s, "+44 (0)(0)20 7946 0958"s, "(0)"s, "+44 (0)20 7946 095x"s,
        "+44 (0020) 7946 0958"s, "(020) 7946 0958"s, "+44 (0"s, "+44 ("s, repeated("(0)", 10'000)})
    BOOST_TEST(normalise_phone(text).error().detail.ends_with("such as +15551234567"), text);
  // A 0 that belongs to the number.
  const struct {
    std::string given, right;
  } kept[]{{"+39 (06) 698 12345", "+390669812345"},  {"0039 (02) 1234 5678", "+390212345678"},
           {"+378 (0549) 886377", "+3780549886377"}, {"+225 (01) 23456789", "+2250123456789"},
           {"+229 (01) 95123456", "+2290195123456"}, {"+241 (06) 031234", "+24106031234"},
           {"+242 (06) 1234567", "+242061234567"},   {"+1 555 (012) 3456", "+15550123456"},
           {"+1 (555) (012) 3456", "+15550123456"},  {"(00)44 20 79460958", "+442079460958"}};
  for (const auto& row : kept) {
    const auto result = normalise_phone(row.given);
    BOOST_TEST_REQUIRE(result.has_value(), row.given);
    BOOST_TEST(*result == row.right);
  }
}

BOOST_AUTO_TEST_CASE(phone_numbers_with_control_characters_are_refused) {
  check(
      {
          {"+15551234567\r\n", ""},
          {"+1555\n1234567", ""},
          {"\r+15551234567", ""},
          {"+15551234567\0"s, ""},
          {"+1555\0001234567"s, ""},
          {"+1555\t1234567", ""},
          {"+1555\x7f"
           "1234567",
           ""},
      },
      normalise_phone, "bad_phone_number");
}

BOOST_AUTO_TEST_CASE(email_addresses_keep_their_local_part_and_lose_capitals_in_the_domain) {
  const std::string local64(64, 'a');
  const std::string label63(63, 'b');
  const auto domain255 = label63 + '.' + label63 + '.' + label63 + '.' + label63;
  check(
      {
          {"bob@example.com", "bob@example.com"},
          {"Bob.Smith+tag@EXAMPLE.Com", "Bob.Smith+tag@example.com"},
          {"!#$%&'*+-/=?^_`{|}~@x.y", "!#$%&'*+-/=?^_`{|}~@x.y"},
          {"bob@localhost", "bob@localhost"},
          {"b\xc3\xb6"
           "b@example.com",
           "b\xc3\xb6"
           "b@example.com"},
          {"bob@b\xc3\xbc"
           "cher.example",
           "bob@xn--bcher-kva.example"},
          {"bob@B\xc3\x9c"
           "CHER.Example",
           "bob@xn--bcher-kva.example"},
          // With the dots beside the letter.
          {"bob@bu\xcc\x88"
           "cher.example",
           "bob@xn--bcher-kva.example"},
          {"bob@xn--bcher-kva.example", "bob@xn--bcher-kva.example"},
          {"bob@fa\xc3\x9f.example", "bob@xn--fa-hia.example"},
          {"Bob <bob@Example.com>", "bob@example.com"},
          {"\"Smith, Bob\" <bob@example.com>", "bob@example.com"},
          {"b\xc3\xb6"
           "b@example.com <bob@example.com>",
           "bob@example.com"},
          {"<bob@example.com>", "bob@example.com"},
          {local64 + "@x.y", local64 + "@x.y"},
          {"bob@" + domain255, "bob@" + domain255},
      },
      normalise_email, "bad_email_address");
}

BOOST_AUTO_TEST_CASE(wrong_email_addresses_are_refused) {
  const std::string label63(63, 'b');
  check(
      {
          {"", ""},
          {"@", ""},
          {"bob", ""},
          {"bob@", ""},
          {"@example.com", ""},
          {".bob@example.com", ""},
          {"bob.@example.com", ""},
          {"bo..b@example.com", ""},
          {"a@b@example.com", ""},
          {"bob@example..com", ""},
          {"bob@.example.com", ""},
          {"bob@example.com.", ""},
          {"bob@-example.com", ""},
          {"bob@example-.com", ""},
          {"bob@exa_mple.com", ""},
          {"bob@" + label63 + "b.com", ""},
          {"bob@" + label63 + '.' + label63 + '.' + label63 + '.' + label63 + ".x", ""},
          {std::string(65, 'a') + "@x.y", ""},
          {"Bob <bob@example.com", ""},
          {"Bob <bob@example.com> (work)", ""},
          {"Bob <bob@example.com>, Eve <eve@example.com>", ""},
          {"Bob <<bob@example.com>>", ""},
          {"Bob <>", ""},
          {"Bob < bob@example.com >", ""},
          {"bob@\xe2\x98\xba\xff.example", ""},
          {"bob@b\xc3\xbc..example", ""},
          {"bob@b\xc3\xbc\0.example"s, ""},
          {"bob,eve@example.com", ""},
          {"bob@example.com,eve@example.com", ""},
          {"bob(comment)@example.com", ""},
          {"\"bob\"@example.com", ""},
          {"bob@[127.0.0.1]", ""},
      },
      normalise_email, "bad_email_address");
}

BOOST_AUTO_TEST_CASE(email_addresses_that_would_reach_a_header_or_a_command_are_refused) {
  check(
      {
          {"bob@example.com\r\nBcc: eve@example.com", ""},
          {"bob@example.com\nRCPT TO:<eve@example.com>", ""},
          {"bob\r\n@example.com", ""},
          {"bob@exam\rple.com", ""},
          {"bob@example.com\0"s, ""},
          {"bob\0@example.com"s, ""},
          {"bob@example.com ", ""},
          {"bob smith@example.com", ""},
          {"bob\t@example.com", ""},
          {"bob\x7f@example.com", ""},
          {"bob@example.com> SIZE=1", ""},
          {"Bob\r\nBcc: eve@example.com <bob@example.com>", ""},
          {"Bob\n <bob@example.com>", ""},
      },
      normalise_email, "bad_email_address");
}

BOOST_AUTO_TEST_CASE(urls_have_a_scheme_a_host_and_at_least_a_slash) {
  const auto longest = "https://example.com/" + std::string(512 - 20, 'x');
  check(
      {
          {"https://example.com", "https://example.com/"},
          {"HTTPS://Example.COM/Path?Q=1", "https://example.com/Path?Q=1"},
          {"http://example.com:8080/hook", "http://example.com:8080/hook"},
          {"https://example.com?q", "https://example.com/?q"},
          {"https://example.com#f", "https://example.com/#f"},
          {"https://example.com/a@b", "https://example.com/a@b"},
          {"https://example.com/a?x=user@host", "https://example.com/a?x=user@host"},
          {"https://127.0.0.1:1/", "https://127.0.0.1:1/"},
          {"https://[::1]:65535/x", "https://[::1]:65535/x"},
          {"https://[2001:DB8::1]", "https://[2001:db8::1]/"},
          {"https://[::ffff:10.0.0.1]/", "https://[::ffff:10.0.0.1]/"},
          {longest, longest},
      },
      normalise_url, "bad_url");
}

BOOST_AUTO_TEST_CASE(what_may_not_stand_in_a_path_or_query_is_percent_encoded) {
  check(
      {
          {"https://example.com/h?q=\xc3\xa4", "https://example.com/h?q=%C3%A4"},
          {"https://example.com/\xf0\x9f\x90\xa2#\xc3\xa4#",
           "https://example.com/%F0%9F%90%A2#%C3%A4%23"},
          {"https://example.com/h?q=%c3%a4&r=%zz&s=%",
           "https://example.com/h?q=%c3%a4&r=%25zz&s=%25"},
          {"https://example.com/a?x[]=\"{<|>}\"^`\\",
           "https://example.com/a?x%5B%5D=%22%7B%3C%7C%3E%7D%22%5E%60%5C"},
          {"https://example.com/-._~!$&'()*+,;=:@/?/", "https://example.com/-._~!$&'()*+,;=:@/?/"},
          // It is longer than can be stored once it is encoded.
          {"https://example.com/" + std::string(165, '\xff'), ""},
      },
      normalise_url, "bad_url");
}

BOOST_AUTO_TEST_CASE(wrong_urls_are_refused) {
  check(
      {
          {"", ""},
          {"example.com", ""},
          {"//example.com/", ""},
          {"://example.com", ""},
          {"https:/example.com", ""},
          {"https://", ""},
          {"https:///path", ""},
          {"https://?x", ""},
          {"ftp://example.com/", ""},
          {"file:///etc/passwd", ""},
          {"javascript://example.com/", ""},
          {"gopher://example.com/", ""},
          {"https://user@example.com/", ""},
          {"https://user:pw@example.com/", ""},
          {"https://example.com\\@evil.example/", ""},
          {"https://example.com:/", ""},
          {"https://example.com:x/", ""},
          {"https://example.com:65536/", ""},
          {"https://example.com:99999/", ""},
          {"https://example.com:0/", ""},
          {"https://example.com:123456/", ""},
          {"https://:80/", ""},
          {"https://exa%6dple.com/", ""},
          {"https://[::1/", ""},
          {"https://::1/", ""},
          {"https://[]/", ""},
          {"https://[....]/", ""},
          {"https://[:::::]/", ""},
          {"https://[::1]x:80/", ""},
          {"https://[fe80::1%25eth0]/", ""},
          {"https://example.com/" + std::string(512 - 19, 'x'), ""},
      },
      normalise_url, "bad_url");
}

BOOST_AUTO_TEST_CASE(urls_with_control_characters_or_spaces_are_refused) {
  check(
      {
          {"https://example.com/\r\nHost: evil", ""},
          {"https://example.com/a\nb", ""},
          {"https://exam\rple.com/", ""},
          {"https://example.com/\0"s, ""},
          {"https://example.com/a b", ""},
          {" https://example.com/", ""},
          {"https://example.com/\x7f", ""},
          {"ht\ntps://example.com/", ""},
      },
      normalise_url, "bad_url");
}

BOOST_AUTO_TEST_CASE(no_normal_form_is_longer_than_can_be_stored) {
  // A slash is put in where there was none.
  for (const std::string middle : {"?", "#"}) {
    for (std::size_t size : {510U, 511U, 512U}) {
      auto url = "https://a.b" + middle;
      url.append(size - url.size(), 'x');
      const auto result = normalise_url(url);
      BOOST_TEST(result.has_value() == (size < persistence::max_recipient_bytes));
      if (result) BOOST_TEST(result->size() <= persistence::max_recipient_bytes);
    }
  }
}

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

BOOST_AUTO_TEST_CASE(what_is_none_of_them_or_several_is_told_so) {
  const auto said = [](std::string_view text) { return parse_recipient(text).error().detail; };
  BOOST_TEST(said("nobody") ==
             "'nobody' is neither a phone number (+ and 7 to 15 digits, such as +15551234567), an "
             "email address nor an https URL");
  BOOST_TEST(said("+1").find("is not a phone number in international form") != std::string::npos);
  for (const std::string_view several :
       {"ann@a.org, bob@b.org", "ann@a.org;bob@b.org", "+15551234567, +15557654321"})
    BOOST_TEST(said(several).find("give one address only") != std::string::npos, said(several));
  BOOST_TEST(said("Ann, Bob <ann@a org>").find("one address only") == std::string::npos);
  BOOST_TEST(normalise_url("localhost:8090")
                 .error()
                 .detail.ends_with("it must begin with http:// or https://"));
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
