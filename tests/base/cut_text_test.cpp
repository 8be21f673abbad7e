#include "base/cut_text.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider {
namespace {

auto at_most(std::size_t bytes) {
  return [bytes](std::string_view text) { return text.size() <= bytes; };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cut_texts)

BOOST_AUTO_TEST_CASE(a_text_that_fits_stays) {
  for (const auto* text : {"", "a", "a\n(cut: 7 more characters)"})
    BOOST_TEST(cut_text(text, at_most(100)) == text);
}

BOOST_AUTO_TEST_CASE(the_longest_front_that_fits_is_left_with_a_count) {
  const std::string text(500, 'x');
  for (std::size_t room = 30; room < 500; ++room) {
    const auto cut = cut_text(text, at_most(room));
    BOOST_REQUIRE(cut.size() <= room);
    const auto kept = cut.find('\n');
    BOOST_REQUIRE(cut.substr(kept) ==
                  "\n(cut: " + std::to_string(500 - kept) + " more characters)");
    // One more would be too long, unless the count has a digit less then.
    BOOST_REQUIRE(cut.size() + 2 > room);
  }
}

BOOST_AUTO_TEST_CASE(characters_stay_whole) {
  std::string text;
  for (int i = 0; i < 100; ++i)
    text += "\xf0\x9f\x9a\x80";
  const auto cut = cut_text(text, at_most(100));
  const auto kept = cut.find('\n');
  BOOST_TEST(kept % 4 == 0U);
  BOOST_TEST(cut.substr(kept) == "\n(cut: " + std::to_string(100 - kept / 4) + " more characters)");
  BOOST_TEST(characters("\xf0\x9f\x9a\x80\xc3\xa4z") == 3U);
}

BOOST_AUTO_TEST_CASE(a_second_cut_counts_both) {
  const auto once = cut_text(std::string(1'000, 'x'), at_most(300));
  const auto twice = cut_text(once, at_most(100));
  const auto kept = twice.find('\n');
  BOOST_TEST(twice.substr(kept) == "\n(cut: " + std::to_string(1'000 - kept) + " more characters)");
  // A line of the text itself that only looks like one.
  const auto own = "\n(cut: many more characters)" + std::string(200, 'x');
  BOOST_TEST(cut_text(own, at_most(100)).starts_with("\n(cut: many more"));
}

BOOST_AUTO_TEST_CASE(without_any_room_the_count_is_left) {
  BOOST_TEST(cut_text("abc", [](std::string_view) { return false; }) ==
             "\n(cut: 3 more characters)");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider
