#include "actors/rules/circuit.hpp"

#include <boost/test/unit_test.hpp>

/// A provider that refuses its credentials or settings: when it is probed, and what ends the hold.
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using enum outcome_kind;

constexpr steady_point t0{std::chrono::hours(1000)};

struct held_fixture {
  circuit breaker{{3, 30s}};

  void probe(outcome_kind kind, steady_point at, const outcome_context& context = {}) {
    BOOST_TEST(!breaker.allows(at - 1ns));
    BOOST_TEST_REQUIRE(breaker.allows(at));
    breaker.on_start(at);
    BOOST_TEST(!breaker.allows(at));
    breaker.on_outcome(kind, to_string(kind), at, at, context);
  }
  void refuse(bool credentials, steady_point at = t0) {
    breaker.on_start(at);
    breaker.on_outcome(misconfigured, "refused", at, at, {.credentials = credentials});
    BOOST_TEST(breaker.held());
  }
};

BOOST_FIXTURE_TEST_SUITE(held_circuits, held_fixture)

BOOST_AUTO_TEST_CASE(probes_come_at_doubled_distances_up_to_six_hours) {
  const struct {
    bool credentials;
    std::vector<std::chrono::minutes> distances;
  } rows[]{{false, {5min, 10min, 20min, 40min, 80min, 160min, 320min, 360min, 360min}},
           {true, {30min, 60min, 120min, 240min, 360min, 360min}}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT("credentials " << row.credentials) {
      breaker = circuit({3, 30s});
      auto at = t0;
      refuse(row.credentials);
      for (const auto distance : row.distances) {
        BOOST_CHECK(breaker.open_until() == at + distance);
        at += distance;
        probe(misconfigured, at, {.credentials = row.credentials});
        BOOST_TEST(breaker.held());
        BOOST_TEST(breaker.reason() == "misconfigured");
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(refused_credentials_wait_for_half_an_hour_whatever_was_refused_before) {
  refuse(false);
  probe(misconfigured, t0 + 5min, {.credentials = true});
  BOOST_CHECK(breaker.open_until() == t0 + 35min);
  probe(misconfigured, t0 + 35min);
  BOOST_CHECK(breaker.open_until() == t0 + 95min);
}

BOOST_AUTO_TEST_CASE(several_refusals_at_once_are_one) {
  refuse(false);
  for (int i = 0; i < 5; ++i)
    breaker.on_outcome(misconfigured, "late", t0 - 1s, t0 + 1s, {.credentials = true});
  BOOST_CHECK(breaker.open_until() == t0 + 5min);
}

BOOST_AUTO_TEST_CASE(a_probe_that_is_healthy_ends_the_hold_and_the_next_begins_anew) {
  for (auto healthy : {accepted, recipient_rejected, message_rejected}) {
    breaker = circuit({3, 30s});
    refuse(false);
    probe(misconfigured, t0 + 5min);
    probe(healthy, t0 + 15min);
    BOOST_TEST(!breaker.held());
    BOOST_TEST(to_string(breaker.state(t0 + 15min)) == "closed");
    BOOST_TEST(breaker.reason().empty());
    refuse(false, t0 + 16min);
    BOOST_CHECK(breaker.open_until() == t0 + 21min);
  }
}

BOOST_AUTO_TEST_CASE(a_probe_that_tells_nothing_is_followed_by_one_after_the_first_distance) {
  const struct {
    outcome_kind kind;
    bool recipient_only;
  } rows[]{{unavailable, false}, {unknown, false},  {throttled, false},   {unavailable, true},
           {unknown, true},      {throttled, true}, {misconfigured, true}};
  for (const auto& row : rows) {
    for (const bool credentials : {false, true}) {
      BOOST_TEST_CONTEXT(to_string(row.kind) << " " << row.recipient_only << credentials) {
        breaker = circuit({3, 30s});
        const std::chrono::minutes first = credentials ? 30min : 5min;
        refuse(credentials);
        probe(row.kind, t0 + first, {.recipient_only = row.recipient_only});
        BOOST_TEST(breaker.held());
        BOOST_TEST(breaker.reason() == "refused");
        BOOST_CHECK(breaker.open_until() == t0 + 2 * first);
        // It neither began anew nor counted as a refusal.
        probe(misconfigured, t0 + 2 * first, {.credentials = credentials});
        BOOST_CHECK(breaker.open_until() == t0 + 4 * first);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_probe_that_is_suspected_or_withdrawn_is_followed_by_another) {
  refuse(false);
  breaker.on_start(t0 + 5min);
  breaker.on_suspicion("the same words", t0 + 5min, t0 + 5min);
  BOOST_TEST(breaker.reason() == "refused");
  BOOST_CHECK(breaker.open_until() == t0 + 10min);
  breaker.on_start(t0 + 10min);
  breaker.on_withdrawn(t0 + 10min);
  probe(accepted, t0 + 10min);
  BOOST_TEST(!breaker.held());
}

BOOST_AUTO_TEST_CASE(what_was_under_way_changes_nothing) {
  refuse(false);
  for (auto kind : {unavailable, unknown, throttled, accepted, recipient_rejected})
    breaker.on_outcome(kind, "late", t0 - 1s, t0 + 1s);
  breaker.on_suspicion("late", t0 - 1s, t0 + 1s);
  BOOST_TEST(breaker.held());
  BOOST_TEST(breaker.reason() == "refused");
  BOOST_CHECK(breaker.open_until() == t0 + 5min);
}

BOOST_AUTO_TEST_CASE(an_open_circuit_is_held_when_a_refusal_shows) {
  for (int i = 0; i < 3; ++i)
    breaker.on_outcome(unavailable, "down", t0, t0);
  BOOST_TEST(!breaker.held());
  breaker.on_outcome(misconfigured, "bad password", t0 - 1s, t0 + 1s, {.credentials = true});
  BOOST_TEST(breaker.held());
  BOOST_TEST(breaker.reason() == "bad password");
  BOOST_CHECK(breaker.open_until() == t0 + 1s + 30min);
}

BOOST_AUTO_TEST_CASE(waits_are_written_for_people) {
  const struct {
    std::chrono::nanoseconds wait;
    std::string_view text;
  } rows[]{{-5s, "1 min"},  {0s, "1 min"},    {61s, "2 min"}, {5min, "5 min"},
           {2h, "120 min"}, {2h + 1s, "3 h"}, {6h, "6 h"}};
  for (const auto& row : rows)
    BOOST_TEST(wait_text(row.wait) == row.text);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
