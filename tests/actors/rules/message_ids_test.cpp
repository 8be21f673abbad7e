#include "actors/rules/message_ids.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;

constexpr persistence::time_point t0{std::chrono::milliseconds(0x0190'0000'0000)};

std::uint64_t milliseconds_of(const persistence::message_id& id) {
  std::uint64_t value = 0;
  for (int i = 0; i < 6; ++i)
    value = value << 8 | id.bytes[static_cast<std::size_t>(i)];
  return value;
}

void check_form(const persistence::message_id& id) {
  BOOST_TEST(id.bytes[6] >> 4 == 7);
  BOOST_TEST(id.bytes[8] >> 6 == 2);
}

BOOST_AUTO_TEST_SUITE(message_ids)

BOOST_AUTO_TEST_CASE(an_id_has_the_version_the_variant_and_the_time) {
  message_id_generator ids(1);
  for (int i = 0; i < 10'000; ++i) {
    const auto id = ids.next(t0 + i * 1ms);
    check_form(id);
    BOOST_TEST(milliseconds_of(id) == 0x0190'0000'0000U + static_cast<unsigned>(i));
  }
  BOOST_TEST(to_string(message_id_generator(1).next(t0)).substr(0, 19) == "01900000-0000-7000-");
}

BOOST_AUTO_TEST_CASE(ids_sort_in_the_order_they_were_made) {
  message_id_generator ids(2);
  auto last = ids.next(t0);
  for (int i = 1; i < 50'000; ++i) {
    const auto next = ids.next(t0 + (i / 100) * 1ms);
    BOOST_TEST_REQUIRE((last < next));
    last = next;
  }
}

BOOST_AUTO_TEST_CASE(a_clock_that_goes_back_does_not_break_the_order) {
  message_id_generator ids(3);
  auto last = ids.next(t0);
  for (auto at : {t0 + 10s, t0 - 24h, t0 + 9s, t0 - 1ms, t0, t0 + 10s, t0 + 11s}) {
    for (int i = 0; i < 5'000; ++i) {
      const auto next = ids.next(at);
      BOOST_TEST_REQUIRE((last < next));
      check_form(next);
      last = next;
    }
  }
  BOOST_TEST(milliseconds_of(last) >= milliseconds_of(message_id_generator(0).next(t0 + 11s)));
}

BOOST_AUTO_TEST_CASE(more_than_4096_in_one_millisecond_run_ahead_of_the_clock) {
  message_id_generator ids(4);
  std::vector<persistence::message_id> made;
  for (int i = 0; i < 20'000; ++i)
    made.push_back(ids.next(t0));
  BOOST_TEST(std::is_sorted(made.begin(), made.end()));
  BOOST_TEST(milliseconds_of(made.front()) == milliseconds_of(made[4095]));
  BOOST_TEST(milliseconds_of(made[4096]) == milliseconds_of(made.front()) + 1);
  // And the clock overtakes them again.
  BOOST_TEST(milliseconds_of(ids.next(t0 + 1s)) == milliseconds_of(made.front()) + 1000);
}

BOOST_AUTO_TEST_CASE(ids_of_one_and_of_many_generators_are_all_different) {
  std::set<persistence::message_id> seen;
  std::size_t made = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    message_id_generator ids(seed);
    for (int i = 0; i < 2'000; ++i, ++made)
      seen.insert(ids.next(t0));
  }
  BOOST_TEST(seen.size() == made);
}

BOOST_AUTO_TEST_CASE(the_same_seed_and_clock_give_the_same_ids) {
  message_id_generator one(5), other(5), third(6);
  BOOST_CHECK(one.next(t0) == other.next(t0));
  BOOST_CHECK(one.next(t0) != third.next(t0));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
