#include "tests/actors/retry_policy_fixture.hpp"

namespace postrider::actors {
namespace {

BOOST_FIXTURE_TEST_SUITE(retry_rounds, policy_fixture)

// ---- rounds ------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_time_between_rounds_doubles_up_to_its_longest) {
  settings.retry_delay_max = 1000s;
  const std::chrono::seconds delays[]{100s, 200s, 400s, 800s, 1000s, 1000s};
  for (std::int32_t round = 0; round < 6; ++round)
    BOOST_CHECK(round_delay(round, settings) == delays[round]);
  settings.retry_backoff = 3;
  BOOST_CHECK(round_delay(2, settings) == 900s);
  // A longer retry_delay counts as it is, a shorter one than a second does not.
  settings.retry_delay = 5000s;
  for (std::int32_t round : {0, 1, 50, 2'000'000'000})
    BOOST_CHECK(round_delay(round, settings) == 5000s);
  settings.retry_delay = 0s;
  BOOST_CHECK(round_delay(0, settings) == 1s);
  BOOST_CHECK(round_delay(30, settings) == 1s);
}

BOOST_AUTO_TEST_CASE(a_round_goes_through_all_usable_providers_failover_delay_apart) {
  tried(2, error_code::unavailable);
  tried(3, error_code::unavailable);
  row.round = 1;
  ends(error_code::unavailable);
  usable(2);
  usable(3);
  usable(1);
  BOOST_TEST(text() == "wait 2 in 250 round 1 at 250");
  tried(2, error_code::unavailable);
  BOOST_TEST(text() == "wait 3 in 250 round 1 at 250");
  tried(3, error_code::unavailable);
  BOOST_TEST(text() == "wait 2 in 200000 round 2 at 200000");
}

BOOST_AUTO_TEST_CASE(jitter_stays_in_its_bounds_and_leaves_the_failover_delay_alone) {
  const struct {
    double random, jitter;
    std::int64_t delay_ms;
  } rows[]{{0.0, 0.2, 80'000},  {0.5, 0.2, 100'000}, {1.0, 0.2, 120'000}, {0.0, 0.0, 100'000},
           {1.0, 0.0, 100'000}, {0.0, 1.0, 1'000},   {1.0, 1.0, 200'000}, {0.25, 0.2, 90'000}};
  ends(error_code::unavailable);
  usable(1);
  for (const auto& one : rows) {
    BOOST_TEST_CONTEXT("random " << one.random << ", jitter " << one.jitter) {
      settings.retry_jitter = one.jitter;
      failure.random = one.random;
      const auto decision = decided();
      const auto& waits = std::get<wait_again>(decision);
      BOOST_TEST(std::abs((waits.due - now) / 1ms - one.delay_ms) <= 1);
    }
  }
  usable(2);
  BOOST_TEST(text() == "next 2 in 250");
}

BOOST_AUTO_TEST_CASE(no_round_calls_a_provider_before_the_time_that_it_named) {
  ends(error_code::throttled, 7200s);
  usable(1);
  BOOST_TEST(text() == "wait 1 in 7200000 round 1 at 100000");
  tried(2, error_code::unavailable);
  usable(2);
  BOOST_TEST(text() == "wait 2 in 100000 round 1 at 100000");
}

BOOST_AUTO_TEST_CASE(a_time_that_one_provider_named_does_not_stop_the_rounds_of_the_others) {
  // A quota: it takes nothing for six hours.
  tried(2, error_code::throttled, 6h);
  ends(error_code::unavailable);
  usable(1);
  usable(2, true);
  BOOST_TEST(text() == "wait 1 in 100000 round 1 at 100000");
  // This recipient's alone: it has no turn in the next round either.
  candidates.back().circuit_open = false;
  row.round = 1;
  ends(error_code::unavailable);
  BOOST_TEST(text() == "wait 1 in 200000 round 2 at 200000");
  // Named by both: the earlier one.
  ends(error_code::throttled, 3h);
  BOOST_TEST(text().starts_with("wait 1 in 10800000 "));
  candidates.back().circuit_open = true;
  BOOST_TEST(text().starts_with("wait 1 in 10800000 "));
}

// ---- providers that are down -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_chain_waits_in_the_lane_of_a_provider_that_is_down_in_its_old_place) {
  tried(2, error_code::unavailable);
  ends(error_code::unavailable);
  usable(1);
  usable(2, true);
  BOOST_TEST(text() == "wait 2 in -1000 round 1 at 100000");
  // The round that was planned stays planned, however often probes fail.
  ends(error_code::unavailable);
  row.round = 1;
  row.round_due = now + 50s;
  BOOST_TEST(text() == "wait 2 in -1000 round 1 at 50000");
  row.first_due = {};
  row.created_at = now - 5s;
  BOOST_TEST(text() == "wait 2 in -5000 round 1 at 50000");
  // A throttled chain waits until then, wherever.
  row.attempts.front().not_before = now + 30s;
  BOOST_TEST(text() == "wait 2 in 30000 round 1 at 50000");
}

BOOST_AUTO_TEST_CASE(a_provider_that_is_tried_late_in_a_round_has_its_time_before_the_next) {
  tried(2, error_code::unavailable);
  row.round = 1;
  row.round_due = now + 1s;
  // It was down until now.
  ends(error_code::unavailable);
  usable(1);
  usable(2);
  BOOST_TEST(text() == "wait 2 in 100000 round 1 at 100000");
  // The second time the round stays as it was planned.
  ends(error_code::unavailable);
  BOOST_TEST(text() == "wait 2 in 1000 round 1 at 1000");
}

BOOST_AUTO_TEST_CASE(an_untried_provider_that_is_down_comes_before_a_second_attempt) {
  ends(error_code::unavailable);
  usable(1);
  usable(2, true);
  BOOST_TEST(text() == "next 2 in 250");
}

BOOST_AUTO_TEST_CASE(one_transaction_waits_for_it_however_often_others_are_tried) {
  ends(error_code::unavailable);
  ends(error_code::unavailable);
  usable(1);
  usable(2, true);
  BOOST_TEST(text() == "wait 2 in -1000 round 1 at 100000");
}

BOOST_AUTO_TEST_CASE(a_waiting_row_goes_to_what_takes_it) {
  tried(1, error_code::unavailable);
  usable(1);
  usable(2, true);
  usable(3);
  const auto place = [&] {
    const auto* found = place_now(row, candidates, 9, now, settings);
    return found ? found->provider : 0;
  };
  // In the first round a retry_delay passes after the fallback.
  row.created_at = now - 100s + 1us;
  BOOST_TEST(place() == 3);
  row.created_at -= 1us;
  BOOST_TEST(place() == 1);
  row.round_due = now + 1us;
  BOOST_TEST(place() == 3);
  candidates.pop_back();
  BOOST_TEST(place() == 0);
  row.round_due = now;
  BOOST_TEST(place() == 1);
  row.attempts.front().not_before = now + 1us;
  BOOST_TEST(place() == 0);
  usable(9);
  BOOST_TEST(place() == 0);
}

// ---- the end of patience -----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(patience_ends_with_an_attempt_that_no_provider_took) {
  row.first_due = now - 24h;
  for (const auto error : not_sent) {
    row.attempts.clear();
    row.round = 0;
    candidates.clear();
    ends(error, error == error_code::throttled ? 3600s : 0s);
    usable(1, true);
    BOOST_TEST(text() == "give up: " + std::string(to_string(error)) + " (patience)");
    row.first_due += 1us;
    BOOST_TEST(text().starts_with("wait 1"));
    row.first_due -= 1us;
    // A provider that takes messages is still to be tried.
    usable(2);
    BOOST_TEST(text().starts_with("next 2"));
    tried(2, error_code::unavailable);
    BOOST_TEST(text().ends_with("(patience)"));
    row.round = 1;
    // The first one named a time behind it.
    const bool named = error == error_code::throttled;
    BOOST_TEST(text().starts_with(named ? "wait 2 in" : "wait 1 in"));
  }
}

BOOST_AUTO_TEST_CASE(a_provider_that_asks_to_slow_down_for_a_moment_ends_nothing) {
  row.first_due = now - 48h;
  ends(error_code::throttled, 10s);
  usable(1);
  BOOST_TEST(text().starts_with("wait 1 in 10000"));
}

BOOST_AUTO_TEST_CASE(a_provider_that_asks_to_slow_down_for_ever_takes_nothing) {
  row.first_due = now - 48h;
  ends(error_code::throttled, 10s);
  ends(error_code::throttled, 10s);
  usable(1);
  row.attempts.front().first.began = now - 24h + 1us;
  BOOST_TEST(text().starts_with("wait 1 in 10000"));
  row.attempts.front().first.began -= 1us;
  BOOST_TEST(text() == "give up: throttled (patience)");
  usable(2);
  BOOST_TEST(text() == "next 2 in 0");
  // Without patience that is an hour.
  failure.give_up_after = 0s;
  candidates.pop_back();
  row.attempts.front().first.began = now - settings.retry_delay_max + 1us;
  BOOST_TEST(text().starts_with("wait 1 in 10000"));
  row.attempts.front().first.began -= 1us;
  BOOST_TEST(text() == "next 1 in 100000 retry");
}

BOOST_AUTO_TEST_CASE(a_probe_that_is_under_way_may_still_take_it) {
  row.first_due = now - 48h;
  tried(2, error_code::unavailable);
  ends(error_code::unavailable);
  usable(1, true);
  usable(2, true);
  candidates.back().probing = true;
  BOOST_TEST(text().starts_with("wait"));
  candidates.back().probing = false;
  BOOST_TEST(text() == "give up: unavailable (patience)");
}

BOOST_AUTO_TEST_CASE(a_retry_that_is_due_is_not_ended_by_patience) {
  row.first_due = now - 48h;
  failure.due = true;
  ends(error_code::unavailable);
  usable(1);
  BOOST_TEST(text() == "wait 1 in 0 round 1 at 0");
  ends(error_code::outcome_unknown);
  BOOST_TEST(text() == "next 1 in 0 retry duplicate");
}

BOOST_AUTO_TEST_CASE(without_patience_what_was_not_sent_uses_up_retries) {
  failure.give_up_after = 0s;
  for (const auto error : {error_code::unavailable, error_code::misconfigured}) {
    row.attempts.clear();
    candidates.clear();
    ends(error);
    usable(1);
    BOOST_TEST(text() == "next 1 in 100000 retry");
    usable(2);
    // Untried ones come first all the same.
    BOOST_TEST(text() == "next 2 in 250 retry");
    row.retries_used = 3;
    BOOST_TEST(text() == "give up: " + std::string(to_string(error)));
    row.retries_used = 0;
  }
  for (const auto error : rejections) {
    ends(error);
    row.retries_used = 3;
    BOOST_TEST(text() == "next 2 in 0");
  }
}
BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
