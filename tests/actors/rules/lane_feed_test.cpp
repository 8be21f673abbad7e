#include "actors/rules/lane_feed.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using claimed = std::array<lane_feed::claimed, priority_turns::count>;

constexpr steady_point start{1h};
constexpr lane_feed::health well{circuit_state::closed, true};
constexpr lane_feed::health half_open{circuit_state::half_open, true};
constexpr lane_feed::health down{circuit_state::open, true};
constexpr lane_feed::health hopeless{circuit_state::open, false};
constexpr lane_feed::credit full{0, 100};
constexpr lane_feed::credit little{24, 100};
constexpr lane_feed::credit enough{25, 100};

std::string text_of(const lane_feed::step& taken) {
  struct {
    std::string operator()(lane_feed::nothing) const { return "nothing"; }
    std::string operator()(lane_feed::claim one) const {
      return "claim " + std::to_string(one.rows);
    }
    std::string operator()(lane_feed::probe) const { return "probe"; }
    std::string operator()(lane_feed::scan_page) const { return "scan"; }
    std::string operator()(lane_feed::wait one) const {
      return "wait " + std::to_string((one.until - start) / 1ms) + " ms";
    }
  } text;
  return std::visit(text, taken);
}

claimed rows(std::int32_t high, std::int32_t normal, std::int32_t low) {
  const persistence::lane_position place{persistence::time_point(1s), 7};
  return {{{high, place}, {normal, place}, {low, place}}};
}

/// The feed of a provider that was woken, and what it does first.
lane_feed woken() {
  lane_feed feed;
  feed.wake();
  return feed;
}

BOOST_AUTO_TEST_SUITE(feed_of_lanes)

BOOST_AUTO_TEST_CASE(the_next_step_follows_from_health_and_credit) {
  const struct {
    lane_feed::health provider;
    lane_feed::credit window;
    std::string_view expected;
  } cases[]{
      {well, {100, 100}, "claim 100"},
      {well, {2'000, 2'000}, "claim 500"},
      {well, enough, "claim 25"},
      {well, little, "claim 24"},
      {well, {1, 1}, "claim 1"},
      {well, full, "nothing"},
      {half_open, enough, "probe"},
      {half_open, {1, 100}, "probe"},
      {half_open, full, "nothing"},
      {down, enough, "scan"},
      {down, full, "scan"},
      {hopeless, enough, "nothing"},
  };
  for (const auto& one : cases)
    BOOST_TEST(text_of(woken().next(one.provider, one.window, start)) == one.expected);
  for (const auto& one : cases)
    BOOST_TEST(text_of(lane_feed().next(one.provider, one.window, start)) == "nothing");
}

BOOST_AUTO_TEST_CASE(one_step_is_under_way_at_a_time) {
  auto feed = woken();
  feed.begin_claim(10, start);
  feed.wake();
  BOOST_TEST(text_of(feed.next(well, enough, start)) == "nothing");
  BOOST_TEST(text_of(feed.next(down, enough, start)) == "nothing");
  feed = woken();
  feed.begin_page(start);
  feed.wake();
  BOOST_TEST(text_of(feed.next(down, enough, start)) == "nothing");
}

BOOST_AUTO_TEST_CASE(a_lane_that_gave_all_that_was_asked_for_may_have_more) {
  auto feed = woken();
  const auto shares = feed.begin_claim(25, start);
  BOOST_TEST((shares == lane_feed::shares{21, 2, 2}));
  feed.end_claim(rows(21, 1, 0), start);
  BOOST_TEST(feed.backlog(start));
  // The credit that is left is not worth a query: whoever returns more of it wakes.
  BOOST_TEST(text_of(feed.next(well, little, start + 1h)) == "nothing");
  BOOST_TEST(text_of(feed.next(well, enough, start)) == "claim 25");
  BOOST_TEST((feed.begin_claim(25, start) == lane_feed::shares{25, 0, 0}));
  feed.end_claim(rows(24, 0, 0), start);
  BOOST_TEST(!feed.backlog(start));
  BOOST_TEST(text_of(feed.next(well, enough, start)) == "nothing");
}

BOOST_AUTO_TEST_CASE(a_wake_during_a_claim_is_followed_by_another_claim_of_all_lanes) {
  auto feed = woken();
  feed.begin_claim(25, start);
  feed.wake();
  feed.end_claim(rows(0, 0, 0), start);
  BOOST_TEST(feed.backlog(start));
  BOOST_TEST(text_of(feed.next(well, enough, start)) == "claim 25");
  const auto shares = feed.begin_claim(25, start);
  BOOST_TEST((std::ranges::find(shares, 0) == shares.end()));
  feed.end_claim(rows(0, 0, 0), start);
  BOOST_TEST(!feed.backlog(start));
}

BOOST_AUTO_TEST_CASE(new_rows_are_claimed_with_little_credit_but_not_row_by_row) {
  auto feed = woken();
  feed.begin_claim(100, start);
  feed.end_claim(rows(82, 9, 9), start);
  BOOST_TEST(text_of(feed.next(well, little, start)) == "nothing");
  feed.wake();
  BOOST_TEST(text_of(feed.next(well, little, start + 4ms)) == "wait 10 ms");
  BOOST_TEST(text_of(feed.next(well, full, start + 4ms)) == "nothing");
  BOOST_TEST(text_of(feed.next(well, enough, start + 4ms)) == "claim 25");
  BOOST_TEST(text_of(feed.next(well, little, start + 10ms)) == "claim 24");
}

BOOST_AUTO_TEST_CASE(a_database_that_does_not_answer_is_left_alone_for_a_while) {
  auto feed = woken();
  feed.begin_claim(25, start);
  feed.claim_failed(start);
  BOOST_TEST(text_of(feed.next(well, enough, start)) == "wait 1000 ms");
  BOOST_TEST(text_of(feed.next(well, enough, start + 1s)) == "claim 25");
  feed = woken();
  feed.begin_page(start);
  feed.page_failed(start);
  BOOST_TEST(text_of(feed.next(down, enough, start + 999ms)) == "wait 1000 ms");
  BOOST_TEST(text_of(feed.next(down, enough, start + 1s)) == "scan");
}

BOOST_AUTO_TEST_CASE(each_probe_is_another_row_and_a_second_after_the_last_one) {
  auto feed = woken();
  BOOST_TEST((feed.begin_probe(start) == lane_feed::shares{1, 0, 0}));
  BOOST_TEST((feed.begin_of(0) == persistence::lane_position{}));
  feed.end_claim(rows(1, 0, 0), start + 5ms);
  feed.wake();
  BOOST_TEST(text_of(feed.next(half_open, enough, start + 6ms)) == "wait 1005 ms");
  BOOST_TEST(text_of(feed.next(half_open, enough, start + 1005ms)) == "probe");
  feed.begin_probe(start + 1005ms);
  BOOST_TEST((feed.begin_of(0) == persistence::lane_position{persistence::time_point(1s), 7}));
  // Behind it nothing waits: the next one is the first row of the lane again, at once.
  feed.end_claim(rows(0, 0, 0), start + 1005ms);
  BOOST_TEST(text_of(feed.next(half_open, enough, start + 1005ms)) == "probe");
  feed.begin_probe(start + 1005ms);
  BOOST_TEST((feed.begin_of(0) == persistence::lane_position{}));
}

BOOST_AUTO_TEST_CASE(a_probe_is_looked_for_in_all_lanes_and_then_no_more) {
  auto feed = woken();
  for (std::size_t lane = 0; lane < 3; ++lane) {
    BOOST_TEST(text_of(feed.next(half_open, enough, start)) == "probe");
    BOOST_TEST(feed.begin_probe(start)[lane] == 1);
    feed.end_claim(rows(0, 0, 0), start);
  }
  BOOST_TEST(text_of(feed.next(half_open, enough, start)) == "nothing");
}

BOOST_AUTO_TEST_CASE(a_claim_begins_at_the_front_of_its_lanes) {
  auto feed = woken();
  feed.begin_probe(start);
  feed.end_claim(rows(1, 0, 0), start);
  feed.begin_claim(25, start);
  BOOST_TEST((feed.begin_of(0) == persistence::lane_position{}));
}

BOOST_AUTO_TEST_CASE(a_scan_goes_on_to_its_last_page_and_begins_again_when_woken) {
  auto feed = woken();
  feed.begin_page(start);
  feed.end_page(lane_feed::page::moved, false, start);
  BOOST_TEST(text_of(feed.next(down, full, start)) == "scan");
  feed.begin_page(start);
  // Nothing on this page could go: pages rest, as such rows must not cost more than the others.
  feed.end_page(lane_feed::page::stuck, false, start);
  BOOST_TEST(text_of(feed.next(down, full, start)) == "wait 100 ms");
  BOOST_TEST(text_of(feed.next(down, full, start + 100ms)) == "scan");
  feed.begin_page(start + 100ms);
  feed.end_page(lane_feed::page::stuck, true, start + 100ms);
  BOOST_TEST(text_of(feed.next(down, full, start + 1h)) == "nothing");
  BOOST_TEST(feed.backlog(start + 1h));
  feed.wake();
  BOOST_TEST(text_of(feed.next(down, full, start + 1h)) == "scan");
}

BOOST_AUTO_TEST_CASE(a_scan_that_moved_nothing_rests_before_the_next_one) {
  auto feed = woken();
  feed.begin_page(start);
  feed.wake();
  feed.end_page(lane_feed::page::stuck, true, start);
  BOOST_TEST(text_of(feed.next(down, full, start)) == "wait 100 ms");
  feed = woken();
  feed.begin_page(start);
  feed.end_page(lane_feed::page::moved, false, start);
  feed.begin_page(start);
  feed.wake();
  feed.end_page(lane_feed::page::stuck, true, start);
  BOOST_TEST(text_of(feed.next(down, full, start)) == "scan");
}

BOOST_AUTO_TEST_CASE(an_empty_lane_does_not_put_off_the_next_one) {
  auto feed = woken();
  feed.begin_page(start);
  feed.end_page(lane_feed::page::empty, false, start);
  BOOST_TEST(text_of(feed.next(down, full, start)) == "scan");
  feed.begin_page(start);
  feed.wake();
  feed.end_page(lane_feed::page::empty, true, start);
  BOOST_TEST(text_of(feed.next(down, full, start)) == "wait 100 ms");
}

BOOST_AUTO_TEST_CASE(a_provider_that_recovers_is_fed_at_once) {
  auto feed = woken();
  feed.begin_page(start);
  feed.health_changed(false);
  feed.wake();
  BOOST_TEST(text_of(feed.next(half_open, enough, start)) == "probe");
  // The scan is interrupted, not over.
  BOOST_TEST(text_of(feed.next(down, enough, start)) == "scan");
  feed.begin_page(start);
  feed.end_page(lane_feed::page::stuck, false, start);
  feed.health_changed(true);
  BOOST_TEST(text_of(feed.next(well, enough, start)) == "claim 25");
}

BOOST_AUTO_TEST_CASE(rows_that_are_due_later_are_waited_for) {
  lane_feed feed;
  feed.rows_from(start + 5s);
  feed.rows_from(start + 3s);
  BOOST_TEST(!feed.backlog(start));
  BOOST_TEST(text_of(feed.next(well, enough, start)) == "wait 3000 ms");
  BOOST_TEST(text_of(feed.next(down, enough, start)) == "wait 3000 ms");
  BOOST_TEST(text_of(feed.next(well, enough, start + 3s)) == "claim 25");
  BOOST_TEST(feed.backlog(start + 3s));
  feed.begin_claim(25, start + 3s);
  feed.end_claim(rows(0, 0, 0), start + 3s);
  BOOST_TEST(text_of(feed.next(well, enough, start + 3s)) == "nothing");
}

BOOST_AUTO_TEST_CASE(a_claim_does_not_forget_the_rows_that_are_due_later) {
  auto feed = woken();
  feed.rows_from(start + 3s);
  feed.begin_claim(25, start);
  feed.end_claim(rows(0, 0, 0), start);
  BOOST_TEST(text_of(feed.next(well, enough, start)) == "wait 3000 ms");
  // The credit may be there before, or never.
  feed.wake();
  BOOST_TEST(text_of(feed.next(well, full, start)) == "wait 3000 ms");
  BOOST_TEST(text_of(feed.next(hopeless, enough, start)) == "wait 3000 ms");
  // At a provider that is down they are new to the scan.
  feed.begin_page(start);
  feed.end_page(lane_feed::page::stuck, true, start);
  BOOST_TEST(text_of(feed.next(down, enough, start + 2s)) == "wait 3000 ms");
  BOOST_TEST(text_of(feed.next(down, enough, start + 3s)) == "scan");
}

BOOST_AUTO_TEST_CASE(rows_that_were_behind_due_ones_are_looked_for_when_no_more_are_due) {
  auto feed = woken();
  feed.begin_claim(25, start);
  feed.end_claim(rows(3, 0, 0), start);
  BOOST_TEST(!feed.take_wish_to_look());
  feed.rows_are_due();
  const auto shares = feed.begin_claim(25, start);
  feed.end_claim(rows(shares[0], 0, 0), start);
  BOOST_TEST(!feed.take_wish_to_look());
  feed.begin_claim(25, start);
  // The rows that were due may have gone elsewhere.
  feed.end_claim(rows(0, 0, 0), start);
  BOOST_TEST(feed.take_wish_to_look());
  BOOST_TEST(!feed.take_wish_to_look());
  // So may the row that was waited for; another one may wait behind it.
  feed.rows_from(start + 1s);
  feed.begin_claim(25, start + 1s);
  feed.end_claim(rows(0, 0, 0), start + 1s);
  BOOST_TEST(feed.take_wish_to_look());
}

BOOST_AUTO_TEST_CASE(a_scan_that_ends_wants_a_look_for_rows_behind_those_that_were_due) {
  for (const auto seen : {lane_feed::page::moved, lane_feed::page::stuck}) {
    const bool moved = seen == lane_feed::page::moved;
    lane_feed feed;
    feed.rows_are_due();
    feed.begin_page(start);
    feed.end_page(seen, false, start);
    BOOST_TEST(!feed.take_wish_to_look());
    BOOST_TEST(!feed.take_late_wish_to_look());
    feed.begin_page(start);
    feed.end_page(lane_feed::page::empty, true, start);
    // Soon after rows that went elsewhere; rows that could not would be found again each time.
    BOOST_TEST(feed.take_wish_to_look() == moved);
    BOOST_TEST(feed.take_late_wish_to_look() == !moved);
    BOOST_TEST(!feed.take_wish_to_look());
    BOOST_TEST(!feed.take_late_wish_to_look());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
