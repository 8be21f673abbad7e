#include "base/utf8.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

namespace postrider {
namespace {

BOOST_AUTO_TEST_SUITE(utf8)

BOOST_AUTO_TEST_CASE(code_points_are_those_of_utf_8_and_nothing_else) {
  BOOST_CHECK(code_points("aé€🐴") == U"aé€🐴");
  BOOST_CHECK(code_points("").empty());
  // A byte that begins nothing, one that is cut off, too long a form, a surrogate, too large.
  BOOST_CHECK(code_points("\x80") == U"\ufffd");
  BOOST_CHECK(code_points("a\xe2\x82") == U"a\ufffd\ufffd");
  BOOST_CHECK(code_points("\xc0\xaf") == U"\ufffd\ufffd");
  BOOST_CHECK(code_points("\xed\xa0\x80") == U"\ufffd\ufffd\ufffd");
  BOOST_CHECK(code_points("\xf4\x90\x80\x80z") == U"\ufffd\ufffd\ufffd\ufffdz");
}

BOOST_AUTO_TEST_CASE(counts_code_points_of_valid_utf8_only) {
  BOOST_TEST(utf8_length("aä€😀").value() == 4U);
  for (const char* text : {"\x80", "\xc1\x81", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
                           "\xf4\x90\x80\x80", "\xe2\x82", "a\xff"})
    BOOST_TEST(!utf8_length(text).has_value());
}

BOOST_AUTO_TEST_CASE(utf8_is_told_from_what_looks_like_it) {
  for (const char* good : {"", "abc", "é", "€", "🚀", "\xF4\x8F\xBF\xBF", "\xEF\xBF\xBF"})
    BOOST_TEST(is_utf8(good));
  for (const char* bad : {"\x80", "\xC3", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80",
                          "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "a\xE2\x82"})
    BOOST_TEST(!is_utf8(bad));
}

BOOST_AUTO_TEST_CASE(tidy_text_is_cut_between_characters) {
  BOOST_TEST(tidy_text("€€", 6) == "€€");
  BOOST_TEST(tidy_text("€€", 5) == "€");
  BOOST_TEST(tidy_text("a\xFF"
                       "b",
                       10) ==
             "a\xEF\xBF\xBD"
             "b");
  BOOST_TEST(tidy_text("a\xFF", 3) == "a");
}

/// An encoder of its own, as RFC 3629, 3 has it.
std::string encoded(char32_t point) {
  const auto byte = [](char32_t value) { return static_cast<char>(value); };
  if (point < 0x80) return {byte(point)};
  if (point < 0x800) return {byte(0xc0 | point >> 6), byte(0x80 | (point & 0x3f))};
  if (point < 0x10000)
    return {byte(0xe0 | point >> 12), byte(0x80 | (point >> 6 & 0x3f)),
            byte(0x80 | (point & 0x3f))};
  return {byte(0xf0 | point >> 18), byte(0x80 | (point >> 12 & 0x3f)),
          byte(0x80 | (point >> 6 & 0x3f)), byte(0x80 | (point & 0x3f))};
}

BOOST_AUTO_TEST_CASE(each_code_point_is_read_and_each_surrogate_refused) {
  for (char32_t point = 0; point < 0x110400; ++point) {
    const auto text = encoded(point);
    const bool good = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
    if (utf8_sequence(text) != (good ? text.size() : 0) || (good && utf8_code_point(text) != point))
      BOOST_FAIL("U+" << std::hex << static_cast<std::uint32_t>(point));
  }
}

BOOST_AUTO_TEST_CASE(no_byte_is_read_twice_or_left_out) {
  std::mt19937 random(3629);
  for (int round = 0; round < 5'000; ++round) {
    // Many bytes of the critical ranges, so that whole sequences occur.
    constexpr std::string_view critical =
        "a\x80\x8f\x90\x9f\xa0\xbf\xc2\xdf\xe0\xe2\xed\xf0\xf4\xff";
    std::string text(random() % 12, '\0');
    for (char& byte : text)
      byte = critical[random() % critical.size()];
    const auto tidy = tidy_text(text, 100);
    BOOST_REQUIRE(is_utf8(tidy));
    BOOST_REQUIRE_EQUAL(tidy == text, is_utf8(text));
    BOOST_REQUIRE(code_points(tidy) == code_points(text));
    BOOST_REQUIRE_EQUAL(*utf8_length(tidy), code_points(text).size());
    for (std::size_t most = 0; most <= tidy.size(); ++most) {
      const auto front = whole_characters(tidy, most);
      BOOST_REQUIRE(is_utf8(front) && front.size() <= most && most - front.size() < 4);
      BOOST_REQUIRE_EQUAL(tidy_text(text, most), front);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider
