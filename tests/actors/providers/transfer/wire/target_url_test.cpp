#include "actors/providers/transfer/wire/target_url.hpp"

#include <boost/test/unit_test.hpp>

/// Witness: RFC 3986 and RFC 9110 (4.2), inet_aton(3), and IDNA 2008 (RFC 5891).
namespace postrider::actors::wire {
namespace {

BOOST_AUTO_TEST_SUITE(target_urls)

BOOST_AUTO_TEST_CASE(a_url_is_taken_apart) {
  const struct {
    std::string_view text, host_header, authority, target;
  } rows[]{
      {"http://example.org", "example.org", "example.org:80", "/"},
      {"HTTPS://Example.ORG/", "example.org", "example.org:443", "/"},
      {"http://example.org:8080/a/b?c=d&e=/f#g", "example.org:8080", "example.org:8080",
       "/a/b?c=d&e=/f"},
      {"http://example.org?x=1", "example.org", "example.org:80", "/?x=1"},
      {"http://example.org#top", "example.org", "example.org:80", "/"},
      {"https://example.org:443/", "example.org", "example.org:443", "/"},
      {"https://example.org:80/", "example.org:80", "example.org:80", "/"},
      {"http://example.org:/x", "example.org", "example.org:80", "/x"},
      {"http://[::1]:8080/x", "[::1]:8080", "[::1]:8080", "/x"},
      {"http://[FD00::1]/", "[fd00::1]", "[fd00::1]:80", "/"},
      {"http://127.0.0.1/", "127.0.0.1", "127.0.0.1:80", "/"},
      {"http://0x7f.1/", "127.0.0.1", "127.0.0.1:80", "/"},
      {"http://2130706433/", "127.0.0.1", "127.0.0.1:80", "/"},
      {"http://0177.0.0.1/", "127.0.0.1", "127.0.0.1:80", "/"},
      {"http://b\xc3\xbc"
       "cher.example/\xc3\xbc?\xc3\xa4",
       "xn--bcher-kva.example", "xn--bcher-kva.example:80", "/%C3%BC?%C3%A4"},
      {"http://example.org/%20{x}|", "example.org", "example.org:80", "/%20{x}|"},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.text) {
      const auto url = parse_http_url(row.text);
      BOOST_TEST_REQUIRE(url.has_value());
      BOOST_TEST(url->host_header() == row.host_header);
      BOOST_TEST(url->authority() == row.authority);
      BOOST_TEST(url->target == row.target);
      BOOST_TEST(url->credentials == "");
    }
  }
  BOOST_TEST(parse_http_url("https://x/")->tls);
  BOOST_TEST(!parse_http_url("http://x/")->tls);
}

BOOST_AUTO_TEST_CASE(credentials_are_decoded_and_are_no_part_of_the_host) {
  const auto url = parse_http_url("http://user:p%40ss@example.org/");
  BOOST_TEST_REQUIRE(url.has_value());
  BOOST_TEST(url->credentials == "user:p@ss");
  BOOST_TEST(url->host == "example.org");
  // The last @ ends them, so that nobody is taken for another host.
  BOOST_TEST(parse_http_url("http://a@good.example@bad.example/")->host == "bad.example");
}

BOOST_AUTO_TEST_CASE(a_mail_server_has_ports_of_its_own) {
  BOOST_TEST(parse_smtp_url("smtp://mx.example")->authority() == "mx.example:25");
  BOOST_TEST(parse_smtp_url("smtps://mx.example")->authority() == "mx.example:465");
  BOOST_TEST(parse_smtp_url("smtp://mx.example:587/")->authority() == "mx.example:587");
  BOOST_TEST(parse_smtp_url("smtps://mx.example")->tls);
  BOOST_TEST(!parse_smtp_url("http://mx.example").has_value());
}

BOOST_AUTO_TEST_CASE(others_are_refused) {
  for (const auto* text : {"",
                           "http",
                           "http:",
                           "http:/x",
                           "http://",
                           "https:///x",
                           "ftp://x/",
                           "//x/",
                           "x",
                           "http://[::1",
                           "http://[]/",
                           "http://[1.2.3.4]/",
                           "http://[::1]8080/",
                           "http://x:0/",
                           "http://x:65536/",
                           "http://x:-1/",
                           "http://x:8a/",
                           "http://x:80:80/",
                           "http://a b/",
                           "http://x/ y",
                           "http://x/\t",
                           "http://x\\y/",
                           "http://x%2fy/",
                           "http://%zz@x/",
                           "http://\xff/"})
    BOOST_TEST(!parse_http_url(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors::wire
