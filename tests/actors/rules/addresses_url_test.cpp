#include "address_rows.hpp"

namespace postrider::actors {
namespace {

using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(urls)

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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
