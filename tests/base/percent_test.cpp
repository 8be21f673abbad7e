#include "base/percent.hpp"

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

BOOST_AUTO_TEST_SUITE(percent)

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

BOOST_AUTO_TEST_CASE(an_escape_is_decoded_once) {
  const struct {
    std::string_view text;
    std::optional<std::string> itself, space;
  } rows[]{{"", "", ""},          {"a+b", "a+b", "a b"},   {"a%20b", "a b", "a b"},
           {"%2B", "+", "+"},     {"%252F", "%2F", "%2F"}, {"%c3%A4", "ä", "ä"},
           {"%00", "\0"s, "\0"s}, {"ä", "ä", "ä"},         {"%", {}, {}},
           {"%2", {}, {}},        {"a%2", {}, {}},         {"%zz", {}, {}},
           {"%2g", {}, {}},       {"%%20", {}, {}}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.text) {
      BOOST_CHECK(percent_decoded(row.text) == row.itself);
      BOOST_CHECK(percent_decoded(row.text, plus_sign::space) == row.space);
    }
  }
}

BOOST_AUTO_TEST_CASE(any_bytes_come_back_from_percent_encoding_and_forms) {
  std::mt19937 random(3986);
  for (int round = 0; round < 2'000; ++round) {
    const auto name = random_bytes(random, 20), value = random_bytes(random, 20);
    BOOST_REQUIRE(percent_decoded(percent_encoded(value)) == value);
    const form_fields fields{{name, value}, {value, name}};
    BOOST_REQUIRE(form_decoded(form_encoded(fields)) == fields);
  }
}

BOOST_AUTO_TEST_CASE(fields_are_taken_one_by_one_and_stay_encoded) {
  std::string_view text = "a=%20&&b&=c&d=e=f&";
  const std::pair<std::string_view, std::string_view> expected[]{
      {"a", "%20"}, {"b", ""}, {"", "c"}, {"d", "e=f"}};
  for (const auto& [name, value] : expected) {
    const auto field = next_field(text);
    BOOST_REQUIRE(field);
    BOOST_TEST(field->name == name);
    BOOST_TEST(field->value == value);
  }
  BOOST_TEST(!next_field(text).has_value());
  BOOST_TEST(text.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider
