#include "http/json/json_reader.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

namespace json = boost::json;
using postrider::http::parse_json;

namespace {

struct refused {
  const char* text;
  const char* message;
};

std::string error_of(std::string_view text) {
  const auto parsed = parse_json(text, {});
  return parsed.has_error() ? to_string(parsed.error()) : "taken";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_reader)

BOOST_AUTO_TEST_CASE(takes_every_kind_of_value) {
  const std::string text = R"({"a":[1,-2,18446744073709551615,1.5,true,null,"x"],"b":{}})";
  const auto parsed = parse_json(text, {});
  BOOST_REQUIRE(parsed.has_value());
  BOOST_TEST(json::serialize(parsed->at("b")) == "{}");
  BOOST_TEST(parsed->at("a").as_array().size() == 7U);
  BOOST_TEST(parsed->at("a").at(2).as_uint64() == 18446744073709551615ULL);
}

BOOST_AUTO_TEST_CASE(says_where_a_text_stops_being_json) {
  const refused cases[] = {
      {"", "line 1, column 1: the document ends too early"},
      {"{\"a\":1", "line 1, column 7: the document ends too early"},
      {"{\n  \"a\": nope\n}", "line 2, column 8: syntax error"},
      {"{\"ä\": nope}", "line 1, column 7: syntax error"},
      {"{} {}", "line 1, column 4: there is more after the end of the document"},
      {"{'a':1}", "line 1, column 2: syntax error"},
      {"[1,]", "line 1, column 4: syntax error"},
      {"[01]", "line 1, column 3: syntax error"},
      {"// no\n{}", "line 1, column 1: syntax error"},
      {"\xef\xbb\xbf{}", "line 1, column 1: syntax error"},
      {"[NaN]", "line 1, column 2: syntax error"},
      {"[Infinity]", "line 1, column 2: syntax error"},
  };
  for (const auto& one : cases)
    BOOST_TEST_CONTEXT(one.text) { BOOST_TEST(error_of(one.text) == one.message); }
}

BOOST_AUTO_TEST_CASE(refuses_what_is_not_utf8) {
  for (const char* text : {"\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf5\x80\x80\x80\"",
                           "\"\xe2\x82\"", "{\"\xff\":1}"})
    BOOST_TEST(error_of(text) != "taken");
}

BOOST_AUTO_TEST_CASE(refuses_half_a_surrogate_pair) {
  BOOST_TEST(error_of(R"(["\ud83d"])") != "taken");
  BOOST_TEST(error_of(R"(["\ude00"])") != "taken");
  BOOST_TEST(error_of(R"(["\ud83d\ude00"])") == "taken");
}

BOOST_AUTO_TEST_CASE(refuses_control_characters_in_strings_unless_escaped) {
  BOOST_TEST(error_of("[\"a\nb\"]") != "taken");
  BOOST_TEST(error_of(std::string("[\"a\0b\"]", 7)) != "taken");
  const auto parsed = parse_json(R"(["a\u0000b"])", {});
  BOOST_REQUIRE(parsed.has_value());
  BOOST_TEST(parsed->at(0).as_string().size() == 3U);
}

BOOST_AUTO_TEST_CASE(refuses_a_member_that_appears_twice) {
  const refused cases[] = {
      {R"({"a":1,"a":1})", "line 1, column 10: the member \"a\" appears twice"},
      {"{\"a\":1,\n \"b\":{\"c\":[],\"c\":{}}}",
       "line 2, column 16: the member \"c\" appears twice"},
      {R"([{"x":0},{"y":{"k":1,"k":2}}])", "line 1, column 24: the member \"k\" appears twice"},
      {R"({"a":{"b":1,"c":2},"a":{}})", "line 1, column 22: the member \"a\" appears twice"},
      {R"({"a":1,"\u0061":2})", "line 1, column 15: the member \"a\" appears twice"},
  };
  for (const auto& one : cases)
    BOOST_TEST_CONTEXT(one.text) { BOOST_TEST(error_of(one.text) == one.message); }
  BOOST_TEST(error_of(R"([{"a":1},{"a":1}])") == "taken");
}

BOOST_AUTO_TEST_CASE(refuses_numbers_beyond_range) {
  for (const char* text : {"[1e400]", "[-1e400]", "[18446744073709551616]",
                           "[-9223372036854775809]", "[123456789012345678901234567890]"})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(error_of(text).find("beyond the range") != std::string::npos);
    }
  BOOST_TEST(error_of("[9223372036854775807, -9223372036854775808, 1e300]") == "taken");
}

BOOST_AUTO_TEST_CASE(refuses_nesting_that_would_cost_its_reader_the_stack) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  BOOST_TEST(error_of(nested(postrider::http::max_json_depth)) == "taken");
  BOOST_TEST(error_of(nested(postrider::http::max_json_depth + 1)).find("16 levels") !=
             std::string::npos);
  BOOST_TEST(error_of(std::string(1'000'000, '[')).find("16 levels") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
