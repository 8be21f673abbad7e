#include "http/connection/header_scan.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using postrider::http::header_scan;
using state = header_scan::state;

namespace {

state whole(std::string_view text) { return header_scan().feed(text); }

/// The first answer other than "more" when the bytes come one by one.
state byte_by_byte(std::string_view text) {
  header_scan scan;
  for (std::size_t size = 1; size <= text.size(); ++size)
    if (const auto now = scan.feed(text.substr(0, size)); now != state::more) return now;
  return state::more;
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(header_scan::state)

BOOST_AUTO_TEST_SUITE(header_scan_)

BOOST_AUTO_TEST_CASE(sees_the_same_in_one_piece_and_byte_by_byte) {
  const struct {
    const char* text;
    state expected;
  } cases[] = {
      {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", state::complete},
      {"\r\nGET / HTTP/1.1\r\n\r\n", state::complete},
      {"GET / HTTP/1.1\r\nHost: a\r\n", state::more},
      {"GET / HTTP/1.1\nHost: a\n\n", state::bare_line_feed},
      {"GET / HTTP/1.1\r\nHost: a\n\r\n", state::bare_line_feed},
      {"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", state::folded},
      {"GET / HTTP/1.1\r\nA: b\r\n\tc\r\n\r\n", state::folded},
      {" GET / HTTP/1.1\r\n\r\n", state::not_http},
      {"\x16\x03\x01\x02", state::not_http},
      {"\n\nGET", state::not_http},
  };
  for (const auto& one : cases)
    BOOST_TEST_CONTEXT(one.text) {
      BOOST_TEST(whole(one.text) == one.expected);
      BOOST_TEST(byte_by_byte(one.text) == one.expected);
    }
}

BOOST_AUTO_TEST_CASE(leaves_the_next_request_alone) {
  header_scan scan;
  const std::string first = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  BOOST_TEST(scan.feed(first + "GET /b") == state::complete);
  BOOST_TEST(scan.size() == first.size());
  BOOST_TEST(scan.skipped() == 0U);
}

BOOST_AUTO_TEST_CASE(skips_one_empty_line_before_a_request) {
  header_scan scan;
  BOOST_TEST(scan.feed("\r\nGET / HTTP/1.1\r\n\r\n") == state::complete);
  BOOST_TEST(scan.skipped() == 2U);
  BOOST_TEST(whole("\r\n\r\nGET") == state::not_http);
}

BOOST_AUTO_TEST_SUITE_END()
