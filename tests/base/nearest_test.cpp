#include "base/nearest.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <random>

namespace postrider {
namespace {

BOOST_AUTO_TEST_SUITE(nearest_names)

BOOST_AUTO_TEST_CASE(a_transposed_letter_is_one_edit) {
  BOOST_TEST(edit_distance("signal", "signal") == 0U);
  BOOST_TEST(edit_distance("signal", "singal") == 1U);
  BOOST_TEST(edit_distance("Signal", "signl") == 1U);
  BOOST_TEST(edit_distance("", "abc") == 3U);
}

BOOST_AUTO_TEST_CASE(only_what_is_near_is_suggested) {
  const std::vector<std::string> names{"max_retries", "retry_delay", "warning", "url"};
  BOOST_TEST(nearest("retry_dely", names) == "retry_delay");
  BOOST_TEST(nearest("warn", names) == "warning");
  BOOST_TEST(nearest("uri", names) == "url");
  BOOST_TEST(nearest("colour", names) == "");
  BOOST_TEST(nearest("ab", names) == "");
}

BOOST_AUTO_TEST_CASE(members_of_requests_are_suggested_too) {
  constexpr std::array<std::string_view, 4> known{"message", "user_id", "recipients", "type"};
  BOOST_TEST(nearest("mesage", known) == "message");
  BOOST_TEST(nearest("recipient", known) == "recipients");
  BOOST_TEST(nearest("userId", known) == "user_id");
  BOOST_TEST(nearest("tpye", known) == "type");
  BOOST_TEST(nearest("", known) == "");
  BOOST_TEST(nearest("completely_else", known) == "");
  BOOST_TEST(nearest(std::string(10'000, 'm'), known) == "");
}

BOOST_AUTO_TEST_CASE(a_distance_is_one_in_both_directions) {
  std::mt19937 random(1965);
  const auto word = [&] {
    std::string letters(random() % 7, 'a');
    for (char& letter : letters)
      letter = static_cast<char>('a' + random() % 3);
    return letters;
  };
  for (int round = 0; round < 2'000; ++round) {
    const auto a = word(), b = word();
    const auto distance = edit_distance(a, b);
    BOOST_REQUIRE_EQUAL(distance, edit_distance(b, a));
    BOOST_REQUIRE_EQUAL(distance == 0, a == b);
    BOOST_REQUIRE(distance <= std::max(a.size(), b.size()));
    BOOST_REQUIRE(distance >= std::max(a.size(), b.size()) - std::min(a.size(), b.size()));
    // One more letter is one more edit at most.
    BOOST_REQUIRE(edit_distance(a + "z", b) <= distance + 1);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider
