#include "actors/retry_policy.hpp"

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

struct policy_fixture {
  persistence::transaction transaction;
  std::vector<candidate> candidates{{2, "+15551234567", exclusion::none, false, 0}};
  messaging_settings settings;
  failed_chain failure;

  policy_fixture() {
    transaction.provider = 1;
    transaction.max_retries = 3;
    settings.failover_delay = 250ms;
    settings.retry_delay = 100s;
    failure.now = now;
  }

  retry_decision decided() {
    failure.transaction = &transaction;
    failure.candidates = candidates;
    return decide(failure, settings);
  }
  try_next next() {
    const auto decision = decided();
    BOOST_TEST_REQUIRE(std::holds_alternative<try_next>(decision));
    return std::get<try_next>(decision);
  }
  std::string_view given_up() {
    const auto decision = decided();
    const auto* end = std::get_if<give_up>(&decision);
    return end ? to_string(end->error) : "it goes on";
  }
  void tried(std::int32_t times) { candidates.front().tries = times; }
};

BOOST_FIXTURE_TEST_SUITE(retry_policy, policy_fixture)

// ---- delays ------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(each_outcome_has_its_delay) {
  const struct {
    error_code error;
    std::chrono::milliseconds before_untried, before_tried;
    bool possible_duplicate;
  } rows[]{
      {error_code::throttled, 250ms, 100s, false},
      {error_code::unavailable, 250ms, 100s, false},
      {error_code::misconfigured, 250ms, 100s, false},
      {error_code::outcome_unknown, 100s, 100s, true},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(to_string(row.error)) {
      failure.error = row.error;
      tried(0);
      BOOST_TEST(next().delay.count() == row.before_untried.count());
      BOOST_TEST(next().possible_duplicate == row.possible_duplicate);
      tried(1);
      BOOST_TEST(next().delay.count() == row.before_tried.count());
    }
  }
}

BOOST_AUTO_TEST_CASE(after_a_rejection_the_next_provider_is_tried_at_once) {
  for (auto error : {error_code::recipient_rejected, error_code::message_rejected}) {
    failure.error = error;
    BOOST_TEST(next().delay.count() == 0);
    BOOST_TEST(!next().possible_duplicate);
  }
}

BOOST_AUTO_TEST_CASE(each_further_round_waits_longer_by_the_backoff) {
  settings.retry_backoff = 2.0;
  const std::chrono::milliseconds by_tries[]{250ms, 100s, 200s, 400s, 800s};
  for (std::int32_t tries = 0; tries < 5; ++tries) {
    tried(tries);
    BOOST_TEST(next().delay.count() == by_tries[tries].count());
  }
  settings.retry_backoff = 1.0;
  for (std::int32_t tries = 1; tries < 5; ++tries) {
    tried(tries);
    BOOST_TEST(next().delay.count() == 100'000);
  }
}

BOOST_AUTO_TEST_CASE(jitter_stays_in_its_bounds_and_leaves_the_failover_delay_alone) {
  const struct {
    double random, jitter;
    std::int64_t delay_ms;
  } rows[]{{0.0, 0.2, 80'000},  {0.5, 0.2, 100'000}, {1.0, 0.2, 120'000}, {0.0, 0.0, 100'000},
           {1.0, 0.0, 100'000}, {0.0, 1.0, 0},       {1.0, 1.0, 200'000}, {0.25, 0.2, 90'000}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT("random " << row.random << ", jitter " << row.jitter) {
      settings.retry_jitter = row.jitter;
      failure.random = row.random;
      tried(1);
      BOOST_TEST(std::abs(next().delay.count() - row.delay_ms) <= 1);
      tried(0);
      BOOST_TEST(next().delay.count() == 250);
    }
  }
}

BOOST_AUTO_TEST_CASE(no_backoff_makes_a_delay_that_overflows) {
  settings.retry_backoff = 10.0;
  settings.retry_delay = std::chrono::hours(24);
  transaction.max_retries = 1000;
  for (std::int32_t tries : {2, 20, 400, 2'000'000'000}) {
    tried(tries);
    BOOST_TEST(next().delay.count() > 0);
    BOOST_CHECK(next().delay <= std::chrono::hours(24 * 36));
  }
}

BOOST_AUTO_TEST_CASE(a_retry_that_is_due_has_waited_already) {
  failure.due = true;
  settings.retry_backoff = 3;
  for (auto error : failures) {
    failure.error = error;
    for (std::int32_t tries : {0, 1, 5}) {
      tried(tries);
      BOOST_TEST(next().delay.count() == 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_next_candidate_is_the_best_usable_one) {
  candidates.push_back({7, "x", exclusion::none, false, 0});
  BOOST_TEST(next().next.provider == 2);
  BOOST_TEST(next().next.address == "+15551234567");
}

// ---- duplicates --------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(once_a_chain_may_have_arrived_each_further_attempt_is_a_possible_duplicate) {
  transaction.possible_duplicate = true;
  for (auto error : failures) {
    failure.error = error;
    BOOST_TEST(next().possible_duplicate);
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
  failure.error = error_code::outcome_unknown;
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT("own " << to_string(row.own) << ", provider " << to_string(row.provider)) {
      transaction.on_unknown = row.own;
      failure.provider_on_unknown = row.provider;
      BOOST_TEST(given_up() == (row.goes_on ? "it goes on" : "outcome_unknown"));
    }
  }
}

BOOST_AUTO_TEST_CASE(hold_concerns_unknown_outcomes_only) {
  transaction.on_unknown = on_unknown::hold;
  failure.provider_on_unknown = on_unknown::hold;
  for (auto error : failures) {
    failure.error = error;
    BOOST_TEST(given_up() ==
               (error == error_code::outcome_unknown ? "outcome_unknown" : "it goes on"));
  }
}

BOOST_AUTO_TEST_CASE(
    what_is_held_stays_an_unknown_outcome_even_when_it_expired_or_has_no_retry_left) {
  failure.error = error_code::outcome_unknown;
  transaction.on_unknown = on_unknown::hold;
  transaction.expires_at = now - 1s;
  transaction.retry_count = 3;
  candidates.clear();
  BOOST_TEST(given_up() == "outcome_unknown");
}

// ---- the end of a chain ------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(max_retries_bounds_the_chain_after_every_outcome) {
  for (auto error : failures) {
    failure.error = error;
    for (std::int32_t max = 0; max <= 20; ++max) {
      transaction.max_retries = max;
      for (std::int32_t count = 0; count <= max; ++count) {
        transaction.retry_count = count;
        BOOST_TEST(given_up() == (count < max ? "it goes on" : to_string(error)));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_due_retry_is_bound_by_max_retries_too) {
  failure.due = true;
  transaction.retry_count = 3;
  BOOST_TEST(given_up() == "unavailable");
}

BOOST_AUTO_TEST_CASE(without_a_usable_candidate_the_last_error_is_final) {
  for (auto error : failures) {
    failure.error = error;
    candidates.clear();
    BOOST_TEST(given_up() == to_string(error));
    for (auto reason : {exclusion::user_provider_inactive, exclusion::other_type,
                        exclusion::no_address, exclusion::rejected}) {
      candidates = {{2, "", reason, false, 0}};
      BOOST_TEST(given_up() == to_string(error));
    }
  }
}

BOOST_AUTO_TEST_CASE(only_a_provider_that_was_tried_is_waited_for_when_it_is_away) {
  for (auto error : failures) {
    for (bool due : {false, true}) {
      for (auto reason : {exclusion::provider_inactive, exclusion::not_configured}) {
        failure.error = error;
        failure.due = due;
        failure.random = 0.5;
        candidates = {{1, "", exclusion::rejected, false, 1}, {2, "", reason, false, 0}};
        BOOST_TEST(given_up() == to_string(error));
        candidates = {{1, "", exclusion::rejected, false, 1}, {2, "", reason, false, 1}};
        const auto decision = decided();
        const auto* later = std::get_if<try_later>(&decision);
        BOOST_REQUIRE(later);
        BOOST_CHECK(later->delay == settings.retry_delay);
        candidates.insert(candidates.begin(), {3, "x", exclusion::none, false, 0});
        BOOST_TEST(given_up() == "it goes on");
        BOOST_TEST(!std::holds_alternative<try_later>(decided()));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(an_open_circuit_is_no_reason_to_give_up) {
  candidates = {{2, "x", exclusion::none, true, 0}};
  BOOST_TEST(given_up() == "it goes on");
}

BOOST_AUTO_TEST_CASE(what_has_expired_is_never_tried_again) {
  for (auto error : failures) {
    for (bool due : {false, true}) {
      failure.error = error;
      failure.due = due;
      for (auto ago : {0us, 1us, std::chrono::microseconds(24h)}) {
        transaction.expires_at = now - ago;
        // An attempt that may have arrived is more to know than that time ran out.
        BOOST_TEST(given_up() ==
                   (error == error_code::outcome_unknown ? "outcome_unknown" : "expired"));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_retry_that_would_come_too_late_is_not_waited_for) {
  struct row {
    error_code error;
    std::int32_t tries;
    std::chrono::milliseconds delay;
  };
  const row rows[]{{error_code::unavailable, 0, 250ms},
                   {error_code::unavailable, 1, 100s},
                   {error_code::throttled, 1, 100s},
                   {error_code::misconfigured, 0, 250ms},
                   {error_code::outcome_unknown, 0, 100s}};
  for (const auto& one : rows) {
    BOOST_TEST_CONTEXT(to_string(one.error) << " after " << one.tries << " tries") {
      failure.error = one.error;
      tried(one.tries);
      transaction.expires_at = now + one.delay;
      BOOST_TEST(given_up() == to_string(one.error));
      transaction.expires_at = now + one.delay + 1us;
      BOOST_TEST(given_up() == "it goes on");
    }
  }
}

BOOST_AUTO_TEST_CASE(without_a_delay_a_chain_goes_on_until_it_expires) {
  transaction.expires_at = now + 1us;
  for (auto error : {error_code::recipient_rejected, error_code::message_rejected}) {
    failure.error = error;
    BOOST_TEST(given_up() == "it goes on");
  }
  failure.error = error_code::unavailable;
  failure.due = true;
  BOOST_TEST(given_up() == "it goes on");
}

// ---- the successor -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_successor_remembers_one_attempt_more) {
  transaction.attempts = {{5, error_code::throttled}};
  const auto attempts = attempts_after(transaction, error_code::outcome_unknown);
  BOOST_CHECK((attempts == std::vector<persistence::attempt>{{5, error_code::throttled},
                                                             {1, error_code::outcome_unknown}}));
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
