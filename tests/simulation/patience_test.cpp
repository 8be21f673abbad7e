#include "tests/simulation/patience_fixture.hpp"

#include <algorithm>

/// Messages that no provider takes for a while: virtual users count what arrived.
namespace postrider::tests {

namespace {

BOOST_FIXTURE_TEST_SUITE(patience, patience_fixture)

BOOST_AUTO_TEST_CASE(one_message_survives_twelve_hours_of_its_only_provider) {
  only(1);
  start();
  const auto id = post();
  pass(12h);
  BOOST_TEST(state_of(id) == "pending");
  BOOST_TEST(transactions_of(id) == 1u);
  const auto waiting = last_of(id);
  BOOST_TEST(waiting.retries_used == 0);
  BOOST_REQUIRE_EQUAL(waiting.attempts.size(), 1u);
  // The second refusal opened the circuit; from then on the message is its probe.
  BOOST_TEST(waiting.attempts[0].count > 1000);
  BOOST_CHECK(waiting.attempts[0].first.began < waiting.attempts[0].last.began - 11h);
  alive("alpha");
  pass(1min);
  BOOST_TEST(state_of(id) == "success");
  BOOST_TEST(all_arrived() == 1);
  verify();
}

BOOST_AUTO_TEST_CASE(
    three_dead_providers_are_all_called_at_once_and_the_first_that_is_back_delivers) {
  settings.messaging.give_up_after = 96h;
  start();
  const auto id = post();
  pass(1s);
  for (const auto* name : {"alpha", "beta", "gamma"})
    BOOST_TEST(calls[name] == 1, name);
  BOOST_TEST(transactions_of(id) == 3u);
  pass(72h);
  BOOST_TEST(state_of(id) == "pending");
  BOOST_TEST(transactions_of(id) == 3u);
  alive("beta");
  pass(2min);
  BOOST_TEST(state_of(id) == "success");
  BOOST_TEST(arrived["beta"] == 1);
  BOOST_TEST(all_arrived() == 1);
  verify();
}

BOOST_AUTO_TEST_CASE(max_retries_0_switches_fallback_not_off) {
  settings.messaging.max_retries = 0;
  alive("gamma");
  start();
  const auto id = post();
  pass(1s);
  BOOST_TEST(state_of(id) == "success");
  BOOST_TEST(last_of(id).retry_count == 2);
  BOOST_TEST(last_of(id).retries_used == 0);
  verify();
}

BOOST_AUTO_TEST_CASE(down_up_down_each_message_arrives_once) {
  only(2);
  start();
  std::vector<persistence::message_id> ids;
  for (int hour = 0; hour < 12; ++hour) {
    if (hour % 3 == 2) alive(hour % 2 ? "alpha" : "beta");
    else dead("alpha"), dead("beta");
    for (int i = 0; i < 2; ++i)
      ids.push_back(post());
    pass(1h);
  }
  alive("alpha");
  // Its next round is an hour away at most.
  pass(70min);
  for (const auto& id : ids)
    BOOST_TEST(state_of(id) == "success");
  BOOST_TEST(all_arrived() == static_cast<int>(ids.size()));
  verify();
}

BOOST_AUTO_TEST_CASE(when_nobody_takes_it_for_longer_than_its_patience_it_fails_and_says_so) {
  start();
  const auto id = post();
  pass(23h + 50min);
  BOOST_TEST(state_of(id) == "pending");
  pass(15min);
  BOOST_TEST(state_of(id) == "failed unavailable");
  const auto text = last_of(id).error_message;
  BOOST_TEST(text.find("86400 s (give_up_after)") != std::string::npos, text);
  const auto called = all_calls();
  pass(2h);
  BOOST_TEST(all_calls() == called);
  verify();
}

BOOST_AUTO_TEST_CASE(what_was_never_begun_ends_with_the_probe_of_another_message) {
  only(1);
  settings.providers[0].circuit.failures = 1;
  settings.messaging.give_up_after = 1h;
  start();
  std::vector<persistence::message_id> ids;
  for (int i = 0; i < 300; ++i)
    ids.push_back(post());
  pass(59min);
  for (const auto& id : ids)
    BOOST_REQUIRE(state_of(id) == "pending");
  pass(3min);
  int never_begun = 0;
  for (const auto& id : ids) {
    BOOST_REQUIRE_EQUAL(state_of(id), "failed unavailable");
    never_begun += last_of(id).attempts.empty();
  }
  // A probe in thirty seconds is far from all of them.
  BOOST_TEST(never_begun > 100);
  verify();
}

BOOST_AUTO_TEST_CASE(a_server_that_was_off_for_longer_than_the_horizon_ends_nothing_unseen) {
  start();
  const auto id = post();
  pass(10min);
  crash();
  clock.steady += 72h;
  alive("alpha");
  start();
  pass(10min);
  BOOST_TEST(state_of(id) == "success");
  BOOST_TEST(all_arrived() == 1);
  verify();
}

BOOST_AUTO_TEST_CASE(a_backlog_at_a_slow_provider_that_works_is_never_ended) {
  only(1);
  settings.messaging.give_up_after = 1min;
  settings.providers[0].rate.per_second = 0.1;
  alive("alpha");
  start();
  std::vector<persistence::message_id> ids;
  for (int i = 0; i < 60; ++i)
    ids.push_back(post());
  pass(15min);
  for (const auto& id : ids)
    BOOST_TEST(state_of(id) == "success");
  BOOST_TEST(all_arrived() == 60);
  verify();
}

BOOST_AUTO_TEST_CASE(one_row_that_is_never_taken_does_not_keep_a_provider_down) {
  only(1);
  settings.providers[0].circuit.failures = 1;
  start();
  const auto poison = post("+15550000009");
  pass(1s);
  const auto other = post("+15550000001");
  replies["alpha"] = [this](const std::string& body) {
    if (body.find("+15550000009") != std::string::npos) return refused();
    ++arrived["alpha"];
    return success(body);
  };
  pass(3min);
  BOOST_TEST(state_of(other) == "success");
  BOOST_TEST(state_of(poison) == "pending");
  verify();
}

BOOST_AUTO_TEST_CASE(the_second_refusal_of_a_chain_opens_the_circuit) {
  only(1);
  settings.providers[0].circuit.failures = 1'000'000;
  start();
  const auto id = post();
  pass(1s);
  BOOST_TEST(calls["alpha"] == 1);
  pass(settings.messaging.retry_delay);
  BOOST_TEST(calls["alpha"] == 2);
  // Now it is called as the probe of its circuit, which is open for 30 s.
  pass(5min);
  BOOST_TEST(calls["alpha"] > 8);
  alive("alpha");
  pass(1min);
  BOOST_TEST(state_of(id) == "success");
}

BOOST_AUTO_TEST_CASE(a_success_of_somebody_in_between_keeps_the_circuit_closed) {
  only(1);
  settings.providers[0].circuit.failures = 1'000'000;
  start();
  const auto refuse_one = [this](const std::string& body) {
    if (body.find("+15550000009") != std::string::npos) return refused();
    return success(body);
  };
  replies["alpha"] = refuse_one;
  const auto id = post("+15550000009");
  pass(1min);
  post("+15550000001");
  pass(settings.messaging.retry_delay);
  BOOST_TEST(calls["alpha"] == 3);
  pass(5min);
  // Its next round is six minutes later.
  BOOST_TEST(calls["alpha"] == 3);
  BOOST_TEST(state_of(id) == "pending");
}

BOOST_AUTO_TEST_CASE(rounds_of_a_chain_are_an_hour_apart_at_most) {
  only(1);
  settings.providers[0].circuit.failures = 1'000'000;
  start();
  replies["alpha"] = [](const std::string& body) {
    if (body.find("+15550000009") != std::string::npos) return refused();
    return success(body);
  };
  const auto id = post("+15550000009");
  int others = 0;
  for (int minute = 0; minute < 10 * 60; ++minute) {
    if (minute % 2 == 0) post(), ++others;
    pass(1min);
  }
  // 0, 3, 9, 21, 45, 93, 153, 213, ... minutes.
  BOOST_TEST(calls["alpha"] - others == 14);
  BOOST_TEST(last_of(id).attempts[0].count == 14);
  BOOST_TEST(transactions_of(id) == 1u);
}

BOOST_AUTO_TEST_CASE(an_unknown_outcome_among_many_refusals_is_the_outcome_of_the_chain) {
  only(1);
  settings.messaging.give_up_after = 1h;
  replies["alpha"] = [](const std::string&) { return lost(); };
  start();
  const auto id = post();
  pass(1s);
  dead("alpha");
  pass(3h);
  BOOST_TEST(state_of(id) == "failed outcome_unknown");
  BOOST_TEST(last_of(id).retries_used == 1);
  verify();
}

BOOST_AUTO_TEST_CASE(without_patience_refusals_use_up_the_retries) {
  only(1);
  settings.messaging.give_up_after = 0s;
  settings.messaging.max_retries = 2;
  start();
  const auto id = post();
  pass(2 * settings.messaging.retry_delay + 1s);
  BOOST_TEST(state_of(id) == "failed unavailable");
  BOOST_TEST(calls["alpha"] == 3);
  BOOST_TEST(last_of(id).retries_used == 2);
  verify();
}

BOOST_AUTO_TEST_CASE(a_retry_by_hand_makes_due_what_waits_for_its_round) {
  only(1);
  settings.providers[0].circuit.failures = 1'000'000;
  start();
  const auto id = post();
  pass(1s);
  alive("alpha");
  auto answer = std::make_shared<std::optional<actors::result<actors::retry_report>>>();
  process->gateway().retry({}, [answer](auto result) { *answer = std::move(result); });
  process->run_until([&] { return answer->has_value(); }, 60s);
  BOOST_REQUIRE(answer->has_value() && (*answer)->has_value());
  BOOST_TEST((**answer)->retried == 1);
  pass(2s);
  BOOST_TEST(state_of(id) == "success");
  BOOST_TEST(calls["alpha"] == 2);
  verify();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace

}  // namespace postrider::tests
