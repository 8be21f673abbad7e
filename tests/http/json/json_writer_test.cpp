#include "http/json/json_writer.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

using postrider::http::append_json_string;
using postrider::http::json_writer;

namespace {

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_writer_)

BOOST_AUTO_TEST_CASE(puts_commas_where_they_belong) {
  std::string out;
  json_writer json(out);
  json.begin_object().member("a", 1).key("b").begin_array();
  json.begin_object().end_object().value(2).begin_array().end_array().end_array();
  json.key("c").begin_object().member("d", "x").end_object().member("e", true).end_object();
  BOOST_TEST(out == R"({"a":1,"b":[{},2,[]],"c":{"d":"x"},"e":true})");
}

BOOST_AUTO_TEST_CASE(writes_numbers_whole) {
  std::string out;
  json_writer json(out);
  json.begin_array()
      .value(std::numeric_limits<std::int64_t>::min())
      .value(std::numeric_limits<std::uint64_t>::max())
      .value(1.5)
      .value(std::numeric_limits<double>::infinity())
      .end_array();
  BOOST_TEST(out == "[-9223372036854775808,18446744073709551615,1.5,null]");
}

BOOST_AUTO_TEST_CASE(writes_null_for_what_is_not_there) {
  std::string out;
  json_writer json(out);
  json.begin_object()
      .text_or_null("a", "")
      .member("b", std::optional<int>())
      .member("c", std::optional<int>(3))
      .end_object();
  BOOST_TEST(out == R"({"a":null,"b":null,"c":3})");
}

BOOST_AUTO_TEST_CASE(escapes_what_json_asks_for) {
  BOOST_TEST(quoted("a\"b\\c\n\r\t") == R"("a\"b\\c\n\r\t")");
  BOOST_TEST(quoted(std::string_view("\0\x1f\x7f", 3)) == R"("\u0000\u001f\u007f")");
  BOOST_TEST(quoted("grüße 😀") == "\"grüße 😀\"");
}

BOOST_AUTO_TEST_CASE(replaces_what_is_not_utf8_so_that_the_document_stays_valid) {
  BOOST_TEST(quoted("a\xff\xfe"
                    "b") ==
             "\"a\xef\xbf\xbd\xef\xbf\xbd"
             "b\"");
  BOOST_TEST(quoted("\xe2\x82") == "\"\xef\xbf\xbd\xef\xbf\xbd\"");
}

BOOST_AUTO_TEST_SUITE_END()
