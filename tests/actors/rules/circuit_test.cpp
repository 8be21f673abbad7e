#include "actors/rules/circuit.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;

constexpr steady_point t0{std::chrono::hours(1000)};
constexpr circuit_settings three_failures{3, 30s};

struct circuit_fixture {
  circuit breaker{three_failures};

  void start(steady_point at) {
    BOOST_TEST(breaker.allows(at));
    breaker.on_start(at);
  }
  void attempt(outcome_kind kind, steady_point at) {
    start(at);
    breaker.on_outcome(kind, to_string(kind), at, at);
  }
  void expect(std::string_view state, steady_point at) const {
    BOOST_TEST(to_string(breaker.state(at)) == state);
  }
  /// Opened at t0 by three failures, until t0 + 30 s.
  void open() {
    for (int i = 0; i < 3; ++i)
      attempt(outcome_kind::unavailable, t0);
    expect("open", t0);
  }
};

BOOST_FIXTURE_TEST_SUITE(circuits, circuit_fixture)

BOOST_AUTO_TEST_CASE(a_new_circuit_is_closed_and_lets_everything_through) {
  expect("closed", t0);
  for (int i = 0; i < 100; ++i)
    start(t0);
  BOOST_TEST(!breaker.open_until().has_value());
  BOOST_TEST(breaker.reason().empty());
}

BOOST_AUTO_TEST_CASE(each_outcome_has_its_verdict) {
  // The state after as many of them in a row as open the circuit.
  const struct {
    outcome_kind kind;
    std::string_view state;
    std::chrono::seconds open_for;
  } rows[]{{outcome_kind::accepted, "closed", 0s},
           {outcome_kind::recipient_rejected, "closed", 0s},
           {outcome_kind::message_rejected, "closed", 0s},
           {outcome_kind::throttled, "closed", 0s},
           {outcome_kind::unavailable, "open", 30s},
           {outcome_kind::unknown, "open", 30s},
           {outcome_kind::misconfigured, "open", 300s}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(to_string(row.kind)) {
      circuit one(three_failures);
      for (int i = 0; i < 3; ++i) {
        one.on_start(t0);
        one.on_outcome(row.kind, "why", t0, t0);
      }
      BOOST_TEST(to_string(one.state(t0)) == row.state);
      BOOST_TEST(one.open_until().has_value() == (row.open_for > 0s));
      if (one.open_until()) BOOST_CHECK(*one.open_until() == t0 + row.open_for);
      BOOST_TEST(one.held() == (row.kind == outcome_kind::misconfigured));
      BOOST_TEST(one.reason() == (row.state == "open" ? "why" : ""));
    }
  }
}

BOOST_AUTO_TEST_CASE(it_opens_at_the_configured_number_of_failures_in_a_row) {
  for (int failures : {1, 2, 5, 50}) {
    circuit one({failures, 30s});
    for (int i = 1; i < failures; ++i) {
      one.on_outcome(outcome_kind::unavailable, "down", t0, t0);
      BOOST_TEST(one.allows(t0));
    }
    one.on_outcome(outcome_kind::unavailable, "down", t0, t0);
    BOOST_TEST(!one.allows(t0));
    BOOST_TEST(one.consecutive_failures() == failures);
  }
}

BOOST_AUTO_TEST_CASE(healthy_work_starts_the_count_again) {
  for (auto healthy :
       {outcome_kind::accepted, outcome_kind::recipient_rejected, outcome_kind::message_rejected}) {
    circuit one(three_failures);
    for (int i = 0; i < 10; ++i) {
      one.on_outcome(outcome_kind::unavailable, "", t0, t0);
      one.on_outcome(outcome_kind::unknown, "", t0, t0);
      one.on_outcome(healthy, "", t0, t0);
    }
    BOOST_TEST(to_string(one.state(t0)) == "closed");
    BOOST_TEST(one.consecutive_failures() == 0);
  }
}

BOOST_AUTO_TEST_CASE(throttling_neither_counts_nor_starts_the_count_again) {
  attempt(outcome_kind::unavailable, t0);
  attempt(outcome_kind::unavailable, t0);
  for (int i = 0; i < 10; ++i)
    attempt(outcome_kind::throttled, t0);
  BOOST_TEST(breaker.consecutive_failures() == 2);
  attempt(outcome_kind::unavailable, t0);
  expect("open", t0);
}

BOOST_AUTO_TEST_CASE(failures_that_only_one_recipient_has_neither_count_nor_start_the_count_again) {
  attempt(outcome_kind::unavailable, t0);
  attempt(outcome_kind::unavailable, t0);
  for (auto kind :
       {outcome_kind::unavailable, outcome_kind::unknown, outcome_kind::misconfigured}) {
    for (int i = 0; i < 10; ++i) {
      start(t0);
      breaker.on_outcome(kind, "that endpoint is down", t0, t0, {.recipient_only = true});
    }
    expect("closed", t0);
    BOOST_TEST(breaker.consecutive_failures() == 2);
    BOOST_TEST(breaker.reason().empty());
  }
  attempt(outcome_kind::unavailable, t0);
  expect("open", t0);
}

BOOST_AUTO_TEST_CASE(a_success_is_healthy_whatever_it_is_said_of) {
  attempt(outcome_kind::unavailable, t0);
  breaker.on_outcome(outcome_kind::accepted, "", t0, t0, {.recipient_only = true});
  BOOST_TEST(breaker.consecutive_failures() == 0);
}

BOOST_AUTO_TEST_CASE(a_probe_that_fails_for_its_recipient_only_is_followed_by_another) {
  open();
  start(t0 + 30s);
  BOOST_TEST(!breaker.allows(t0 + 30s));
  breaker.on_outcome(outcome_kind::unavailable, "that endpoint is down", t0 + 30s, t0 + 31s,
                     {.recipient_only = true});
  expect("half_open", t0 + 31s);
  attempt(outcome_kind::accepted, t0 + 32s);
  expect("closed", t0 + 32s);
}

BOOST_AUTO_TEST_CASE(an_open_circuit_lets_nothing_through_until_its_time_has_passed) {
  open();
  for (auto later : {0ns, 1ns, std::chrono::nanoseconds(30s) - 1ns}) {
    BOOST_TEST(!breaker.allows(t0 + later));
    expect("open", t0 + later);
  }
  expect("half_open", t0 + 30s);
  BOOST_TEST(breaker.allows(t0 + 30s));
}

BOOST_AUTO_TEST_CASE(half_open_lets_one_delivery_through) {
  open();
  start(t0 + 30s);
  BOOST_TEST(!breaker.allows(t0 + 30s));
  BOOST_TEST(!breaker.allows(t0 + 24h));
  expect("half_open", t0 + 24h);
}

BOOST_AUTO_TEST_CASE(a_probe_that_is_healthy_closes_it) {
  for (auto healthy :
       {outcome_kind::accepted, outcome_kind::recipient_rejected, outcome_kind::message_rejected}) {
    circuit_fixture one;
    one.open();
    one.attempt(healthy, t0 + 31s);
    one.expect("closed", t0 + 31s);
    BOOST_TEST(one.breaker.consecutive_failures() == 0);
    BOOST_TEST(one.breaker.reason().empty());
    // It takes as many failures as ever to open it again.
    one.attempt(outcome_kind::unavailable, t0 + 32s);
    one.attempt(outcome_kind::unavailable, t0 + 32s);
    one.expect("closed", t0 + 32s);
  }
}

BOOST_AUTO_TEST_CASE(a_probe_that_fails_opens_it_again) {
  const struct {
    outcome_kind kind;
    std::chrono::seconds open_for;
  } rows[]{{outcome_kind::unavailable, 30s}, {outcome_kind::unknown, 30s}};
  for (const auto& row : rows) {
    circuit_fixture one;
    one.open();
    one.attempt(row.kind, t0 + 40s);
    one.expect("open", t0 + 40s);
    BOOST_CHECK(*one.breaker.open_until() == t0 + 40s + row.open_for);
    BOOST_TEST(one.breaker.reason() == to_string(row.kind));
    // And so on, as long as it fails.
    one.attempt(outcome_kind::unavailable, t0 + 1h);
    one.expect("open", t0 + 1h);
    one.attempt(outcome_kind::accepted, t0 + 2h);
    one.expect("closed", t0 + 2h);
  }
}

BOOST_AUTO_TEST_CASE(a_probe_that_is_throttled_or_withdrawn_is_followed_by_another) {
  open();
  attempt(outcome_kind::throttled, t0 + 30s);
  start(t0 + 31s);
  breaker.on_withdrawn(t0 + 31s);
  expect("half_open", t0 + 31s);
  attempt(outcome_kind::accepted, t0 + 32s);
  expect("closed", t0 + 32s);
}

BOOST_AUTO_TEST_CASE(there_is_a_second_between_two_probes_whatever_became_of_the_first) {
  const struct {
    outcome_kind kind;
    bool recipient_only;
  } rows[]{{outcome_kind::throttled, false},
           {outcome_kind::unavailable, true},
           {outcome_kind::unknown, true},
           {outcome_kind::unavailable, false},
           {outcome_kind::unknown, false}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(to_string(row.kind) << (row.recipient_only ? ", one recipient's" : "")) {
      circuit one({1, 10ms});
      one.on_start(t0);
      one.on_outcome(row.kind, "why", t0, t0);
      if (!one.open_until()) one.on_outcome(outcome_kind::unavailable, "down", t0, t0);
      for (auto at = t0 + 1s; at < t0 + 10s; at += 1s) {
        BOOST_TEST(!one.allows(at - 1ns));
        BOOST_TEST(one.allows(at));
        one.on_start(at);
        BOOST_TEST(!one.allows(at));
        one.on_outcome(row.kind, "why", at, at, {.recipient_only = row.recipient_only});
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_probe_that_took_longer_than_a_second_is_followed_by_another_at_once) {
  open();
  start(t0 + 30s);
  breaker.on_outcome(outcome_kind::throttled, "slow down", t0 + 30s, t0 + 35s);
  expect("half_open", t0 + 35s);
}

BOOST_AUTO_TEST_CASE(failures_that_were_in_flight_when_it_opened_do_not_prolong_the_pause) {
  open();
  for (auto later : {1s, 10s, 29s}) {
    breaker.on_outcome(outcome_kind::unavailable, "late", t0 - 1s, t0 + later);
    breaker.on_outcome(outcome_kind::unknown, "late", t0 - 1s, t0 + later);
  }
  BOOST_CHECK(*breaker.open_until() == t0 + 30s);
  BOOST_TEST(breaker.reason() == "unavailable");
  BOOST_TEST(breaker.consecutive_failures() == 9);
}

BOOST_AUTO_TEST_CASE(a_success_that_was_in_flight_when_it_opened_closes_it) {
  open();
  breaker.on_outcome(outcome_kind::accepted, "", t0 - 1s, t0 + 1s);
  expect("closed", t0 + 1s);
  BOOST_TEST(breaker.allows(t0 + 1s));
}

BOOST_AUTO_TEST_CASE(throttling_that_was_in_flight_when_it_opened_changes_nothing) {
  open();
  breaker.on_outcome(outcome_kind::throttled, "late", t0 - 1s, t0 + 1s);
  BOOST_CHECK(*breaker.open_until() == t0 + 30s);
  BOOST_TEST(!breaker.allows(t0 + 1s));
}

BOOST_AUTO_TEST_CASE(what_was_in_flight_when_it_opened_is_not_taken_for_the_probe) {
  open();
  start(t0 + 30s);
  breaker.on_outcome(outcome_kind::unavailable, "late", t0 - 1s, t0 + 31s);
  breaker.on_outcome(outcome_kind::throttled, "late", t0 - 1s, t0 + 31s);
  breaker.on_withdrawn(t0 - 1s);
  expect("half_open", t0 + 31s);
  BOOST_TEST(!breaker.allows(t0 + 31s));
  breaker.on_outcome(outcome_kind::accepted, "", t0 + 30s, t0 + 32s);
  expect("closed", t0 + 32s);
}

BOOST_AUTO_TEST_CASE(states_have_names) {
  BOOST_TEST(to_string(circuit_state::closed) == "closed");
  BOOST_TEST(to_string(circuit_state::open) == "open");
  BOOST_TEST(to_string(circuit_state::half_open) == "half_open");
}

// ---- suspicion ---------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_suspicion_opens_at_once_and_is_soon_tried_again) {
  start(t0);
  breaker.on_suspicion("the same words", t0, t0);
  expect("open", t0);
  BOOST_TEST(breaker.reason() == "the same words");
  BOOST_TEST(!breaker.held());
  // 1, 2, 4, 8, 16 s, then as long as any failure opens it.
  auto at = t0;
  for (const auto open_for : {1s, 2s, 4s, 8s, 16s, 30s, 30s}) {
    expect("open", at + open_for - 1ms);
    expect("half_open", at + open_for);
    at += open_for;
    start(at);
    breaker.on_suspicion("the same words", at, at);
  }
}

BOOST_AUTO_TEST_CASE(a_success_ends_a_suspicion_and_the_next_begins_anew) {
  breaker.on_suspicion("the same words", t0, t0);
  start(t0 + 1s);
  breaker.on_suspicion("the same words", t0 + 1s, t0 + 1s);
  attempt(outcome_kind::accepted, t0 + 3s);
  expect("closed", t0 + 3s);
  breaker.on_suspicion("the same words", t0 + 4s, t0 + 4s);
  expect("half_open", t0 + 5s);
}

BOOST_AUTO_TEST_CASE(what_was_under_way_prolongs_no_suspicion) {
  breaker.on_suspicion("the same words", t0, t0);
  for (int i = 0; i < 5; ++i)
    breaker.on_suspicion("the same words", t0 - 1s, t0 + 500ms);
  expect("half_open", t0 + 1s);
}

BOOST_AUTO_TEST_CASE(only_a_probe_that_fails_is_a_refused_probe) {
  circuit breaker({1, 30s});
  const auto fails = [&](outcome_kind kind, steady_point started, steady_point at,
                         bool recipient_only = false) {
    return breaker.on_outcome(kind, "", started, at, {.recipient_only = recipient_only});
  };
  // The call that opens it is none, nor is one that was under way.
  BOOST_TEST(!fails(outcome_kind::unavailable, t0, t0));
  BOOST_TEST(!fails(outcome_kind::unavailable, t0 - 1s, t0 + 1s));
  auto at = t0 + 30s;
  const auto probe = [&] {
    at += 30s;
    BOOST_REQUIRE(breaker.allows(at));
    breaker.on_start(at);
  };
  // One that says nothing of the provider, or that it is well, is none either.
  probe();
  BOOST_TEST(!fails(outcome_kind::unavailable, at, at, true));
  probe();
  BOOST_TEST(!fails(outcome_kind::throttled, at, at));
  for (const auto kind : {outcome_kind::unavailable, outcome_kind::unknown}) {
    probe();
    BOOST_TEST(fails(kind, at, at));
  }
  probe();
  BOOST_TEST(breaker.on_suspicion("", at, at));
  probe();
  BOOST_TEST(!fails(outcome_kind::accepted, at, at));
  BOOST_TEST(!breaker.on_suspicion("", at, at));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
