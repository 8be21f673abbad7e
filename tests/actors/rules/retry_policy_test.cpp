#include "tests/actors/retry_policy_fixture.hpp"

namespace postrider::actors {
namespace {

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
