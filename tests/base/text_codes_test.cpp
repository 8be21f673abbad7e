#include "base/text_codes.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(text_codes)

BOOST_AUTO_TEST_CASE(percent_encoding_leaves_only_what_rfc_3986_leaves) {
  BOOST_TEST(percent_encoded("AZaz09-._~") == "AZaz09-._~");
  BOOST_TEST(percent_encoded("+14155552671") == "%2B14155552671");
  BOOST_TEST(percent_encoded("a b&c=d%e/?#\n") == "a%20b%26c%3Dd%25e%2F%3F%23%0A");
  BOOST_TEST(percent_encoded("€\0\xff"s) == "%E2%82%AC%00%FF");
  BOOST_TEST(percent_encoded("") == "");
}

BOOST_AUTO_TEST_CASE(forms_come_back_as_they_were) {
  const form_fields fields{{"a", "1 + 1 = 2 & more"}, {"empty", ""}, {"a", "é%41"}, {"", "x"}};
  const auto text = form_encoded(fields);
  BOOST_TEST(text == "a=1%20%2B%201%20%3D%202%20%26%20more&empty=&a=%C3%A9%2541&=x");
  BOOST_CHECK(form_decoded(text) == fields);
}

BOOST_AUTO_TEST_CASE(forms_are_read_as_browsers_write_them) {
  const struct {
    std::string_view text;
    form_fields fields;
  } rows[]{{"", {}},
           {"a", {{"a", ""}}},
           {"a=b=c", {{"a", "b=c"}}},
           {"a+b=c+d", {{"a b", "c d"}}},
           {"&&a=1&", {{"a", "1"}}},
           {"a=%2b%2B", {{"a", "++"}}},
           {"a=%e2%82%AC", {{"a", "€"}}}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.text) { BOOST_CHECK(form_decoded(row.text) == row.fields); }
  }
  for (const auto* bad : {"a=%", "a=%4", "a=%4g", "%g1=a", "a=1&b=%z"})
    BOOST_TEST(!form_decoded(bad).has_value(), bad);
}

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

BOOST_AUTO_TEST_CASE(code_points_are_those_of_utf_8_and_nothing_else) {
  BOOST_CHECK(code_points("aé€🐴") == U"aé€🐴");
  BOOST_CHECK(code_points("") == U"");
  // A byte that begins nothing, one that is cut off, too long a form, a surrogate, too large.
  BOOST_CHECK(code_points("\x80") == U"\ufffd");
  BOOST_CHECK(code_points("a\xe2\x82") == U"a\ufffd\ufffd");
  BOOST_CHECK(code_points("\xc0\xaf") == U"\ufffd\ufffd");
  BOOST_CHECK(code_points("\xed\xa0\x80") == U"\ufffd\ufffd\ufffd");
  BOOST_CHECK(code_points("\xf4\x90\x80\x80z") == U"\ufffd\ufffd\ufffd\ufffdz");
}

BOOST_AUTO_TEST_CASE(an_address_is_shown_whole_or_not_at_all) {
  const auto kept = [](std::string_view text, std::size_t most) {
    return std::string(text.substr(0, shown_size(text, most)));
  };
  const std::string_view mail = "mailbox of <ann.lee@example.org> is full";
  const std::string_view phone = "no such number: +1 (555) 123-4567, sorry";
  for (std::size_t most = 0; most <= mail.size(); ++most) {
    const auto shown = kept(mail, most);
    BOOST_TEST(shown.size() <= most);
    BOOST_TEST((shown.find("ann") == shown.npos || shown.find("example.org") != shown.npos), shown);
  }
  for (std::size_t most = 0; most <= phone.size(); ++most) {
    const auto shown = kept(phone, most);
    BOOST_TEST(
        (shown.find_first_of("0123456789") == shown.npos || shown.find("4567") != shown.npos),
        shown);
  }
  BOOST_TEST(kept(mail, 100) == mail);
  BOOST_TEST(kept(mail, 33) == "mailbox of <ann.lee@example.org> ");
  BOOST_TEST(kept(std::string(300, 'x'), 200).size() == 200U);
}

BOOST_AUTO_TEST_CASE(a_quoted_reply_costs_what_is_shown_of_it) {
  // Replaced one by one in all of it this would move gigabytes.
  const std::string page(16 << 20, 'a');
  BOOST_TEST(quoted_reply(page, {"aaaa"}).ends_with("***..."));
  BOOST_TEST(quoted_reply("say abcdef and abc", {"abc", "abcdef"}) == "say *** and ***");
}

BOOST_AUTO_TEST_CASE(a_quoted_reply_is_one_short_line_without_secrets) {
  BOOST_TEST(quoted_reply("Temporal failure,\r\ntry again\t\n") == "Temporal failure,  try again");
  BOOST_TEST(quoted_reply(std::string(200, 'x')) == std::string(200, 'x'));
  BOOST_TEST(quoted_reply(std::string(201, 'x')) == std::string(200, 'x') + "...");
  BOOST_TEST(quoted_reply(std::string(199, 'x') + "é") == std::string(199, 'x') + "...");
  BOOST_TEST(quoted_reply("s3cret or s3crets3cret", {"", "s3cret"}) == "*** or ******");
  // Cut after it was blanked, so that no part of it is left at the end.
  BOOST_TEST(quoted_reply(std::string(197, 'x') + "s3cret", {"s3cret"}) ==
             std::string(197, 'x') + "***");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
