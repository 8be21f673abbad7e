#include "actors/retry_policy.hpp"

#include "persistence/attempts.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using persistence::error_code;
using persistence::on_unknown;

constexpr persistence::time_point now{std::chrono::hours(24 * 365 * 50)};
constexpr std::array failures{error_code::recipient_rejected, error_code::message_rejected,
                              error_code::throttled,          error_code::unavailable,
                              error_code::misconfigured,      error_code::outcome_unknown};
constexpr std::array not_sent{error_code::throttled, error_code::unavailable,
                              error_code::misconfigured};
constexpr std::array rejections{error_code::recipient_rejected, error_code::message_rejected};

std::string ms_text(persistence::time_point at) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(at - now).count());
}

/// A chain whose attempt at provider 1 has just ended. Delays: failover 250 ms, retry 100 s.
struct policy_fixture {
  persistence::transaction row;
  messaging_settings settings;
  failed_chain failure;
  std::vector<candidate> candidates;

  policy_fixture() {
    row.provider = 1;
    row.max_retries = 3;
    row.first_due = now - 1s;
    settings.failover_delay = 250ms;
    settings.retry_delay = 100s;
    settings.retry_jitter = 0;
    failure.now = now;
    failure.give_up_after = 24h;
  }

  /// An attempt of the chain that ended before or just now.
  void tried(persistence::provider_id provider, error_code error, std::chrono::seconds pause = 0s) {
    const auto own = std::exchange(row.provider, provider);
    persistence::attempt_result ended{error, {}, {}, now, now};
    if (pause != 0s) ended.not_before = now + pause;
    persistence::end_attempt(row, ended, now, now);
    row.provider = own;
  }
  /// The attempt that is judged: the chain's last one, at provider 1.
  void ends(error_code error, std::chrono::seconds pause = 0s) {
    tried(1, error, pause);
    failure.error = error;
  }
  void usable(persistence::provider_id provider, bool open = false) {
    candidates.push_back({provider, "+1555", exclusion::none, open, 0});
  }
  void excluded(persistence::provider_id provider, exclusion why, std::int32_t tries = 0) {
    candidates.push_back({provider, "", why, false, tries});
  }

  retry_decision decided() {
    failure.transaction = &row;
    for (auto& one : candidates)
      if (const auto* known = persistence::find_attempt(row.attempts, one.provider))
        one.tries = known->count;
    failure.candidates = candidates;
    return decide(failure, settings);
  }
  /// "next 2 in 250", "next 2 in 250 retry duplicate", "wait 1 in 100000 round 1",
  /// "later in 100000", "give up: unavailable", "give up: unavailable (patience)".
  std::string text() {
    const auto decision = decided();
    if (const auto* end = std::get_if<give_up>(&decision))
      return "give up: " + std::string(to_string(end->error)) +
             (end->out_of_patience ? " (patience)" : "");
    if (const auto* later = std::get_if<try_later>(&decision))
      return "later in " + std::to_string(later->delay.count());
    if (const auto* waits = std::get_if<wait_again>(&decision))
      return "wait " + std::to_string(waits->next.provider) + " in " + ms_text(waits->due) +
             " round " + std::to_string(waits->round) + " at " + ms_text(waits->round_due);
    const auto& next = std::get<try_next>(decision);
    return "next " + std::to_string(next.next.provider) + " in " +
           std::to_string(next.delay.count()) + (next.uses_retry ? " retry" : "") +
           (next.possible_duplicate ? " duplicate" : "");
  }
};

BOOST_FIXTURE_TEST_SUITE(retry_policy, policy_fixture)

// ---- the table ---------------------------------------------------------------------------------

struct table_row {
  error_code error;
  std::chrono::seconds pause;
  std::string untried, tried, none;
};

BOOST_AUTO_TEST_CASE(each_end_of_an_attempt_has_its_meaning) {
  const table_row rows[]{
      {error_code::recipient_rejected, 0s, "next 2 in 0", "wait 2 in 100000 round 1 at 100000",
       "give up: recipient_rejected"},
      {error_code::message_rejected, 0s, "next 2 in 0", "wait 2 in 100000 round 1 at 100000",
       "give up: message_rejected"},
      {error_code::unavailable, 0s, "next 2 in 250", "wait 2 in 100000 round 1 at 100000",
       "give up: unavailable"},
      {error_code::misconfigured, 0s, "next 2 in 250", "wait 2 in 100000 round 1 at 100000",
       "give up: misconfigured"},
      {error_code::throttled, 3600s, "next 2 in 0", "wait 2 in 100000 round 1 at 100000",
       "give up: throttled"},
      {error_code::outcome_unknown, 0s, "next 2 in 100000 retry duplicate",
       "next 2 in 100000 retry duplicate", "give up: outcome_unknown"},
      {error_code::undelivered, 0s, "next 2 in 0", "next 2 in 100000 retry",
       "give up: undelivered"},
  };
  for (const auto& one : rows) {
    BOOST_TEST_CONTEXT(to_string(one.error)) {
      const policy_fixture fresh;
      for (const auto& [already, expected] :
           {std::pair{false, one.untried}, std::pair{true, one.tried}}) {
        static_cast<policy_fixture&>(*this) = fresh;
        if (already) tried(2, error_code::unavailable);
        ends(one.error, one.pause);
        usable(2);
        BOOST_TEST(text() == expected);
      }
      static_cast<policy_fixture&>(*this) = fresh;
      ends(one.error, one.pause);
      excluded(1, exclusion::rejected, 1);
      excluded(2, exclusion::no_address);
      BOOST_TEST(text() == one.none);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_short_throttle_is_waited_for_at_the_same_provider) {
  ends(error_code::throttled, 100s);
  usable(2);
  usable(1);
  BOOST_TEST(text() == "wait 1 in 100000 round 0 at " + ms_text({}));
  row.attempts.back().not_before += 1us;
  BOOST_TEST(text() == "next 2 in 0");
  // It was switched off meanwhile.
  row.attempts.back().not_before = now + 10s;
  candidates.pop_back();
  BOOST_TEST(text() == "next 2 in 0");
}

BOOST_AUTO_TEST_CASE(
    what_never_may_have_arrived_uses_no_retry_and_max_retries_0_switches_nothing_off) {
  for (const auto error : not_sent) {
    row.max_retries = row.retries_used = 0;
    row.attempts.clear();
    ends(error, error == error_code::throttled ? 3600s : 0s);
    candidates.clear();
    usable(2);
    BOOST_TEST(text().starts_with("next 2 in "));
    tried(2, error_code::unavailable);
    candidates.clear();
    usable(2);
    BOOST_TEST(text() == "wait 2 in 100000 round 1 at 100000");
  }
}

BOOST_AUTO_TEST_CASE(
    what_may_have_arrived_is_sent_again_max_retries_times_untried_providers_or_not) {
  ends(error_code::outcome_unknown);
  usable(1);
  usable(2);
  for (std::int32_t max = 0; max <= 20; ++max) {
    row.max_retries = max;
    for (row.retries_used = 0; row.retries_used <= max; ++row.retries_used)
      BOOST_TEST(text() == (row.retries_used < max ? "next 2 in 100000 retry duplicate"
                                                   : "give up: outcome_unknown"));
  }
  failure.due = true;
  BOOST_TEST(text() == "give up: outcome_unknown");
}

BOOST_AUTO_TEST_CASE(refusals_before_do_not_make_a_retry_wait_longer) {
  settings.retry_backoff = 10;
  for (int i = 0; i < 50; ++i)
    ends(error_code::unavailable);
  ends(error_code::outcome_unknown);
  usable(1);
  BOOST_TEST(text() == "next 1 in 100000 retry duplicate");
  row.retries_used = 1;
  BOOST_TEST(text() == "next 1 in 1000000 retry duplicate");
}

BOOST_AUTO_TEST_CASE(an_undelivered_message_needs_a_retry_only_for_a_provider_that_was_tried) {
  row.max_retries = 0;
  ends(error_code::undelivered);
  usable(1);
  BOOST_TEST(text() == "give up: undelivered");
  usable(2, true);
  BOOST_TEST(text() == "next 2 in 0");
}

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
  row.round = 1;
  row.round_due = now + 50s;
  BOOST_TEST(text() == "wait 2 in -1000 round 1 at 50000");
  row.first_due = {};
  row.created_at = now - 5s;
  BOOST_TEST(text() == "wait 2 in -5000 round 1 at 50000");
  // What was throttled waits until then, wherever.
  row.attempts.front().not_before = now + 30s;
  BOOST_TEST(text() == "wait 2 in 30000 round 1 at 50000");
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

// ---- duplicates --------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(once_a_chain_may_have_arrived_each_further_attempt_is_a_possible_duplicate) {
  tried(3, error_code::outcome_unknown);
  for (auto error : failures) {
    ends(error, error == error_code::throttled ? 3600s : 0s);
    candidates.clear();
    usable(2);
    BOOST_TEST(text().ends_with("duplicate"));
  }
}

BOOST_AUTO_TEST_CASE(hold_or_retry_after_unknown_is_the_messages_choice_before_the_providers) {
  const struct {
    on_unknown own, provider;
    bool goes_on;
  } rows[]{
      {on_unknown::by_provider, on_unknown::retry, true},
      {on_unknown::by_provider, on_unknown::hold, false},
      {on_unknown::retry, on_unknown::hold, true},
      {on_unknown::hold, on_unknown::retry, false},
      {on_unknown::hold, on_unknown::hold, false},
      {on_unknown::retry, on_unknown::retry, true},
      {on_unknown::by_provider, on_unknown::by_provider, true},
  };
  ends(error_code::outcome_unknown);
  usable(2);
  for (const auto& one : rows) {
    BOOST_TEST_CONTEXT("own " << to_string(one.own) << ", provider " << to_string(one.provider)) {
      row.on_unknown = one.own;
      failure.provider_on_unknown = one.provider;
      BOOST_TEST(text() ==
                 (one.goes_on ? "next 2 in 100000 retry duplicate" : "give up: outcome_unknown"));
    }
  }
}

BOOST_AUTO_TEST_CASE(hold_concerns_unknown_outcomes_only) {
  row.on_unknown = on_unknown::hold;
  failure.provider_on_unknown = on_unknown::hold;
  for (auto error : failures) {
    row.attempts.clear();
    ends(error, error == error_code::throttled ? 3600s : 0s);
    candidates.clear();
    usable(2);
    BOOST_TEST((text() == "give up: outcome_unknown") == (error == error_code::outcome_unknown));
  }
}

BOOST_AUTO_TEST_CASE(
    what_is_held_stays_an_unknown_outcome_even_when_it_expired_or_has_no_retry_left) {
  ends(error_code::outcome_unknown);
  row.on_unknown = on_unknown::hold;
  row.expires_at = now - 1s;
  row.retries_used = 3;
  BOOST_TEST(text() == "give up: outcome_unknown");
}

// ---- the end of a chain ------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(only_a_provider_that_was_tried_is_waited_for_when_it_is_away) {
  for (auto error : failures) {
    for (bool due : {false, true}) {
      for (auto reason : {exclusion::provider_inactive, exclusion::not_configured}) {
        row.attempts.clear();
        ends(error);
        failure.due = due;
        candidates.clear();
        excluded(1, exclusion::rejected, 1);
        excluded(2, reason);
        BOOST_TEST(text() == "give up: " + std::string(to_string(error)));
        candidates.clear();
        excluded(1, exclusion::rejected, 1);
        excluded(2, reason, 1);
        BOOST_TEST(text() == "later in 100000");
        usable(3);
        BOOST_TEST(text().starts_with("next 3"));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(what_has_expired_is_never_tried_again) {
  usable(2);
  for (auto error : failures) {
    for (bool due : {false, true}) {
      ends(error);
      failure.due = due;
      for (auto ago : {0us, 1us, std::chrono::microseconds(24h)}) {
        row.expires_at = now - ago;
        // An attempt that may have arrived is more to know than that time ran out.
        BOOST_TEST(text() == (error == error_code::outcome_unknown ? "give up: outcome_unknown"
                                                                   : "give up: expired"));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(an_attempt_that_would_come_too_late_is_not_waited_for) {
  const struct {
    error_code error;
    bool untried;
    std::chrono::milliseconds delay;
  } rows[]{{error_code::unavailable, true, 250ms},
           {error_code::unavailable, false, 100s},
           {error_code::misconfigured, true, 250ms},
           {error_code::outcome_unknown, true, 100s}};
  for (const auto& one : rows) {
    BOOST_TEST_CONTEXT(to_string(one.error)) {
      row.attempts.clear();
      candidates.clear();
      ends(one.error);
      usable(one.untried ? 2 : 1);
      row.expires_at = now + one.delay;
      BOOST_TEST(text() == "give up: " + std::string(to_string(one.error)));
      row.expires_at = now + one.delay + 1us;
      BOOST_TEST(!text().starts_with("give up"));
    }
  }
  // Where a provider is down nothing is too late: it may be back at once.
  row.attempts.clear();
  candidates.clear();
  ends(error_code::unavailable);
  usable(1, true);
  row.expires_at = now + 1us;
  BOOST_TEST(text().starts_with("wait 1"));
}

BOOST_AUTO_TEST_CASE(a_retry_that_is_due_has_waited_already) {
  failure.due = true;
  tried(2, error_code::unavailable);
  for (auto error : failures) {
    ends(error, 0s);
    candidates.clear();
    usable(2);
    BOOST_TEST(text().find(" in 0") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(every_outcome_has_its_error_code) {
  BOOST_TEST(to_string(error_of(outcome_kind::accepted)) == "");
  for (auto kind :
       {outcome_kind::recipient_rejected, outcome_kind::message_rejected, outcome_kind::throttled,
        outcome_kind::unavailable, outcome_kind::misconfigured})
    BOOST_TEST(to_string(error_of(kind)) == to_string(kind));
  BOOST_TEST(to_string(error_of(outcome_kind::unknown)) == "outcome_unknown");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
