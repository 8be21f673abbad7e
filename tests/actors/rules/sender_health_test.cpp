#include "actors/rules/sender_health.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;

constexpr steady_point start{1h};
constexpr persistence::time_point wall{1h};

struct health_fixture {
  health_fixture() {
    settings.name = "alpha";
    settings.max_in_flight = 10;
    settings.circuit.failures = 2;
    settings.circuit.open_for = 30s;
    row.provider = 1;
    health.emplace(settings, start);
  }

  /// A call that starts and ends at that time.
  std::vector<sender_health::line> end(outcome result, steady_point at, bool simulated = false) {
    health->on_start(at);
    last = std::move(result);
    return health->on_outcome({row, at, at, simulated}, last, 5min, wall, at);
  }
  circuit_state takes(steady_point at) const { return health->condition(false, at).takes; }

  static outcome of(outcome_kind kind) {
    outcome result;
    result.kind = kind;
    return result;
  }
  static outcome throttled(std::optional<milliseconds> pause) {
    auto result = of(outcome_kind::throttled);
    result.retry_after = pause;
    return result;
  }

  provider_settings settings;
  persistence::transaction row;
  std::optional<sender_health> health;
  outcome last;
};

BOOST_FIXTURE_TEST_SUITE(health_of_a_sender, health_fixture)

BOOST_AUTO_TEST_CASE(failures_open_the_circuit_and_a_probe_that_succeeds_closes_it_gently) {
  BOOST_TEST(health->may_call(start));
  end(of(outcome_kind::unavailable), start);
  BOOST_TEST((takes(start) == circuit_state::closed));
  end(of(outcome_kind::unavailable), start);
  BOOST_TEST((takes(start) == circuit_state::open));
  BOOST_TEST(!health->may_call(start));
  BOOST_TEST((takes(start + 30s) == circuit_state::half_open));
  health->on_start(start + 30s);
  // With its probe in flight the provider takes nothing, and it is known why.
  BOOST_TEST(
      (health->condition(false, start + 30s) == provider_condition{circuit_state::open, true, 0}));
  last = of(outcome_kind::accepted);
  health->on_outcome({row, start + 30s, start + 30s, false}, last, 5min, wall, start + 31s);
  BOOST_TEST((takes(start + 31s) == circuit_state::closed));
  BOOST_TEST(health->limit() == slow_start::first);
}

BOOST_AUTO_TEST_CASE(a_refused_probe_is_counted) {
  end(of(outcome_kind::unavailable), start);
  end(of(outcome_kind::unavailable), start);
  BOOST_TEST(health->condition(false, start).refusals == 0u);
  end(of(outcome_kind::unavailable), start + 30s);
  BOOST_TEST(health->condition(false, start + 30s).refusals == 1u);
}

BOOST_AUTO_TEST_CASE(a_short_pause_is_waited_for_and_a_long_one_takes_nothing) {
  end(throttled(10s), start);
  BOOST_TEST(!health->may_call(start + 9s));
  BOOST_TEST((takes(start + 9s) == circuit_state::closed));
  BOOST_TEST(health->may_call(start + 10s));
  end(throttled(1h), start + 10s);
  BOOST_TEST((takes(start + 11s) == circuit_state::open));
  BOOST_TEST((takes(start + 10s + 1h) == circuit_state::closed));
  // It asks again, and accepted nothing in between: as a probe that was refused.
  end(throttled(1h), start + 10s + 1h);
  BOOST_TEST(health->condition(false, start + 2h).refusals == 1u);
}

BOOST_AUTO_TEST_CASE(a_throttle_without_an_end_gets_one_and_zero_is_a_second) {
  end(throttled(std::nullopt), start);
  BOOST_TEST((last.retry_after == 30s));
  end(throttled(0ms), start);
  BOOST_TEST((last.retry_after == 1s));
  auto quota = throttled(std::nullopt);
  quota.quota = true;
  end(quota, start + 1min);
  BOOST_TEST((last.retry_after == 1h));
  // Calls that were in flight when it was met say nothing new; a later one doubles the pause.
  last = quota;
  health->on_outcome({row, start, start, false}, last, 5min, wall, start + 2min);
  BOOST_TEST((last.retry_after == 59min));
  end(quota, start + 2h);
  BOOST_TEST((last.retry_after == 2h));
}

BOOST_AUTO_TEST_CASE(neither_a_test_nor_one_recipient_pauses_the_others) {
  end(throttled(10s), start, true);
  BOOST_TEST(health->may_call(start));
  auto own = throttled(10s);
  own.recipient_only = true;
  end(own, start);
  BOOST_TEST(health->may_call(start));
  BOOST_TEST((last.retry_after == 10s));
}

BOOST_AUTO_TEST_CASE(refused_settings_hold_the_provider_until_they_are_read_again) {
  const auto lines = end(of(outcome_kind::misconfigured), start);
  BOOST_REQUIRE(lines.size() == 1u);
  BOOST_TEST((lines[0].level == log_level::error));
  BOOST_TEST(lines[0].text.find("alpha is held") == 0u);
  BOOST_TEST(health->is_marked());
  health->configure(settings, false, start + 1s);
  BOOST_TEST(!health->is_marked());
  BOOST_TEST(health->may_call(start + 1s));
  BOOST_TEST(health->limit() == slow_start::first);
  // A call that began before says nothing of the new settings.
  last = of(outcome_kind::misconfigured);
  health->on_outcome({row, start, start, false}, last, 5min, wall, start + 2s);
  BOOST_TEST(health->may_call(start + 2s));
}

BOOST_AUTO_TEST_CASE(other_settings_end_a_pause_and_the_same_do_not) {
  end(throttled(1h), start);
  health->configure(settings, false, start);
  BOOST_TEST(!health->may_call(start + 1s));
  health->configure(settings, true, start);
  BOOST_TEST(health->may_call(start + 1s));
}

BOOST_AUTO_TEST_CASE(a_captcha_is_asked_for_until_it_is_solved_or_its_limit_ends) {
  auto asks = throttled(1h);
  asks.challenge = "token";
  const auto lines = end(asks, start);
  BOOST_REQUIRE(lines.size() == 1u);
  BOOST_TEST(lines[0].text.find("captcha") != std::string::npos);
  BOOST_TEST(end(asks, start + 1s).empty());
  BOOST_TEST(health->challenge(start + 59min).has_value());
  BOOST_TEST(!health->challenge(start + 2h).has_value());
  health->on_solved("another one");
  BOOST_TEST(health->challenge(start + 59min).has_value());
  health->on_solved("token");
  BOOST_TEST(!health->challenge(start + 59min).has_value());
}

BOOST_AUTO_TEST_CASE(an_idle_provider_takes_nothing_and_it_is_known_since_when) {
  BOOST_TEST((health->condition(true, start).takes == circuit_state::open));
  health->note(health->condition(true, start), start);
  health->note(health->condition(true, start + 1s), start + 1s);
  BOOST_TEST((health->down_since() == start));
  health->note(health->condition(false, start + 2s), start + 2s);
  BOOST_TEST(!health->down_since().has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
