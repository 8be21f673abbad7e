#include "actors/rules/priority_turns.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <string>

namespace postrider::actors {
namespace {

using flags = priority_turns::flags;

/// The turns as letters: h, n, l.
std::string turns(priority_turns& rule, const flags& waiting, int count) {
  std::string letters;
  for (int i = 0; i < count; ++i)
    letters += "hnl"[rule.next(waiting)];
  return letters;
}

BOOST_AUTO_TEST_SUITE(turns_of_priorities)

BOOST_AUTO_TEST_CASE(each_has_its_turn_while_others_wait) {
  const struct {
    flags waiting;
    std::string_view expected;
  } rows[]{
      {{true, false, false}, "hhhhhhhhhhhhhhhhhhhhhhhh"},
      {{false, true, false}, "nnnnnnnnnnnnnnnnnnnnnnnn"},
      {{false, false, true}, "llllllllllllllllllllllll"},
      {{true, true, false}, "hhhhhhhhhnhhhhhhhhhnhhhh"},
      {{true, false, true}, "hhhhhhhhhlhhhhhhhhhlhhhh"},
      {{false, true, true}, "nnnnnnnnnlnnnnnnnnnlnnnn"},
      {{true, true, true}, "hhhhhhhhhnlhhhhhhhhnlhhh"},
  };
  for (const auto& row : rows) {
    priority_turns rule;
    BOOST_TEST(turns(rule, row.waiting, static_cast<int>(row.expected.size())) == row.expected);
  }
}

BOOST_AUTO_TEST_CASE(what_comes_late_waits_its_own_time) {
  priority_turns rule;
  turns(rule, {true, false, false}, 100);
  BOOST_TEST(turns(rule, {true, false, true}, 11) == "hhhhhhhhhlh");
}

BOOST_AUTO_TEST_CASE(what_stopped_waiting_has_no_turn_left_over) {
  priority_turns rule;
  turns(rule, {true, true, false}, 9);
  turns(rule, {true, false, false}, 1);
  BOOST_TEST(turns(rule, {true, true, false}, 10) == "hhhhhhhhhn");
}

BOOST_AUTO_TEST_CASE(of_every_ten_turns_one_is_of_a_lower_priority_that_waits_throughout) {
  const auto seed = std::random_device()();
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937 random(seed);
  priority_turns rule;
  int high_in_row = 0, without_low = 0;
  for (int i = 0; i < 100'000; ++i) {
    // Low always waits, the others as it comes; mostly they do.
    const auto chosen = rule.next({random() % 20 != 0, random() % 3 != 0, true});
    high_in_row = chosen == 0 ? high_in_row + 1 : 0;
    without_low = chosen == 2 ? 0 : without_low + 1;
    BOOST_REQUIRE_MESSAGE(high_in_row < 10, "seed " << seed);
    BOOST_REQUIRE_MESSAGE(without_low < 11, "seed " << seed);
  }
}

BOOST_AUTO_TEST_CASE(a_claim_is_divided_as_its_turns_would_be) {
  priority_turns rule;
  BOOST_TEST((rule.divide(110, {true, true, true}) == priority_turns::shares{89, 11, 10}));
  BOOST_TEST((rule.divide(10, {false, false, false}) == priority_turns::shares{}));
  BOOST_TEST((rule.divide(0, {true, true, true}) == priority_turns::shares{}));
  // However small the claims are, low has a share in the end.
  int low = 0;
  for (int i = 0; i < 110; ++i)
    low += rule.divide(1, {true, false, true})[2];
  BOOST_TEST(low >= 10);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
