#include "actors/providers/test_mode.hpp"
#include "actors/rules/explanation.hpp"
#include "tests/simulation/reroute_fixture.hpp"

#include <algorithm>
#include <iterator>

using namespace std::chrono_literals;
using namespace postrider;
using namespace postrider::tests;

BOOST_FIXTURE_TEST_SUITE(reroute_, reroute_fixture)

BOOST_AUTO_TEST_CASE(what_waits_in_a_senders_memory_goes_elsewhere_when_its_circuit_opens) {
  start();
  send_many(50);
  process->run_for(100ms);
  BOOST_TEST(calls["alpha"] == 2);
  process->run_for(3s);
  // The two that were called failed over, with a retry; the others used up none.
  BOOST_TEST((attempts() == std::map<std::size_t, int>{{1, 48}, {2, 2}}));
  BOOST_TEST(calls["alpha"] == 2);
  BOOST_TEST(calls["beta"] == 50);
  for (std::size_t i = 2; i < ids.size(); ++i) {
    const auto info = status(ids[i]);
    const auto& row = info.recipients.at(0).transactions.at(0);
    BOOST_TEST(row.provider == "beta");
    BOOST_TEST(row.transaction.retry_count == 0);
    // Its own, and none at alpha.
    BOOST_TEST(row.transaction.attempts.size() == 1u);
    const auto decision = actors::recorded_decision::of(row.transaction);
    BOOST_REQUIRE(decision);
    BOOST_TEST(decision->ranking().front().provider == row.transaction.provider);
  }
  verify();
}

BOOST_AUTO_TEST_CASE(what_waits_free_in_the_database_goes_elsewhere_as_well) {
  settings.limits.sender_window = 8;
  settings.limits.batch = 5;
  start();
  send_many(100);
  process->run_for(1min);
  BOOST_TEST(attempts()[0] == 0);
  BOOST_TEST(calls["beta"] == 100);
  // The two that opened its circuit, and a probe when it was half-open, if anything waited still.
  BOOST_TEST(calls["alpha"] <= 4);
  verify();
}

BOOST_AUTO_TEST_CASE(nobody_looks_for_another_provider_where_only_those_of_test_mode_are_well) {
  settings.providers.resize(1);
  settings.providers[0].circuit.open_for = 1h;
  std::ranges::copy(actors::test_providers(), std::back_inserter(settings.providers));
  start();
  send_many(20);
  process->run_for(10s);
  for (int i = 0; i < 50; ++i) {
    process->run_for(100ms);
    const auto away = inspect("scheduler").at("scheduler").at("away").as_array();
    BOOST_REQUIRE(away.size() == 1);
    BOOST_TEST(away[0].at("walk").as_string() == "idle");
  }
  BOOST_TEST(calls["alpha"] == 2);
  verify();
}

BOOST_AUTO_TEST_CASE(the_healthy_providers_window_bounds_what_is_brought_there) {
  settings.limits.sender_window = 8;
  settings.providers[1].max_in_flight = 1;
  replies["beta"] = [](const std::string& body) {
    auto slow = success(body);
    slow.after = 200ms;
    return slow;
  };
  start();
  send_many(60);
  process->run_for(3s);
  for (int i = 0; i < 40; ++i) {
    process->run_for(100ms);
    const auto senders = inspect("senders");
    for (const auto& sender : senders.at("senders").as_array())
      BOOST_TEST(sender.at("window").at("room").to_number<int>() >= 0);
  }
  process->run_for(1min);
  BOOST_TEST(attempts()[0] == 0);
  verify();
}

BOOST_AUTO_TEST_CASE(a_message_without_fallback_waits_for_its_provider_and_uses_up_no_retry) {
  auto& beta = settings.providers[1];
  beta.type = "sms";
  beta.keys = {{"api", "kannel"},
               {"url", "http://beta.test/cgi-bin/sendsms"},
               {"username", "someone"},
               {"password", "something"},
               {"from", "+15550001111"}};
  replies["beta"] = [](const std::string&) {
    return scripted_engine::answer{http_reply(202, "0: Accepted for delivery"), 20ms};
  };
  bool up = false;
  const auto dead = replies["alpha"];
  replies["alpha"] = [&, dead](const std::string& body) { return up ? success(body) : dead(body); };
  start();
  for (const bool fallback : {false, true}) {
    for (int i = 0; i < 10; ++i) {
      actors::send_request request;
      request.user = 1;
      request.text = "message " + std::to_string(i);
      request.type = "signal";
      request.fallback = fallback;
      request.recipients.emplace(1, actors::recipient_input{"+15550000001", {}, {}, {}});
      const auto receipt = send(std::move(request));
      BOOST_REQUIRE(receipt);
      BOOST_TEST(receipt->transactions.at(0).provider == "alpha");
      ids.push_back(receipt->message);
    }
  }
  process->run_for(20s);
  BOOST_TEST(calls["beta"] == 10);
  int waiting = 0;
  for (std::size_t i = 0; i < 10; ++i)
    waiting += status(ids[i]).recipients.at(0).transactions.at(0).transaction.retry_count == 0;
  BOOST_TEST(waiting == 10);
  up = true;
  process->run_for(2min);
  // The two calls that opened the circuit were of the first ones; they wait for their retry.
  for (std::size_t i = 2; i < ids.size(); ++i)
    BOOST_TEST(to_string(status(ids[i]).status) == "success");
  verify();
}

BOOST_AUTO_TEST_CASE(while_all_circuits_are_open_everything_waits_and_nothing_fails) {
  dies_after = 100ms;
  settings.providers[1].circuit.failures = 2;
  settings.providers[1].max_in_flight = 2;
  replies["beta"] = replies["alpha"];
  settings.messaging.max_retries = 1;
  start();
  send_many(40);
  process->run_for(10min);
  int failed = 0, untouched = 0;
  for (const auto& id : ids) {
    const auto info = status(id);
    failed += to_string(info.status) == "failed";
    untouched += info.recipients.at(0).transactions.back().transaction.attempts.empty();
  }
  // Only what was called in vain: two to open each circuit, then a probe of each every 30 s.
  BOOST_TEST(calls["alpha"] + calls["beta"] <= 4 + 2 * 20);
  BOOST_TEST(untouched >= 40 - calls["alpha"] - calls["beta"]);
  BOOST_TEST(failed <= (calls["alpha"] + calls["beta"]) / 2);
  verify();
}

BOOST_AUTO_TEST_CASE(what_waited_for_all_of_them_is_sent_when_one_comes_back) {
  dies_after = 100ms;
  settings.providers[1].circuit.failures = 2;
  bool beta_is_back = false;
  const auto dead = replies["alpha"];
  replies["beta"] = [&, dead](const std::string& body) {
    return beta_is_back ? success(body) : dead(body);
  };
  settings.messaging.max_retries = 20;
  start();
  send_many(40);
  process->run_for(20s);
  beta_is_back = true;
  const auto in_vain = calls["beta"];
  // Its next probe comes within 30 s of the last one; nothing new has to arrive for that.
  process->run_for(35s);
  const auto done = attempts();
  int delivered = 0;
  for (const auto& [count, messages] : done)
    delivered += count > 0 ? messages : 0;
  // All but those of the failed calls, which wait an hour for their retry.
  BOOST_TEST(delivered >= 40 - calls["alpha"] - in_vain);
  BOOST_TEST(delivered >= 25);
  verify();
}

BOOST_AUTO_TEST_CASE(new_messages_go_to_the_healthy_provider_while_the_circuit_is_open) {
  dies_after = 20ms;
  start();
  send_many(5);
  process->run_for(2s);
  const auto before = calls["alpha"];
  ids.clear();
  send_many(100);
  process->run_for(2s);
  BOOST_TEST((attempts() == std::map<std::size_t, int>{{1, 100}}));
  BOOST_TEST(calls["alpha"] == before);
  verify();
}

BOOST_AUTO_TEST_CASE(scheduled_messages_are_rerouted_when_they_are_due) {
  dies_after = 20ms;
  start();
  actors::send_request request;
  request.user = 1;
  request.text = "later";
  request.recipients.emplace(1, actors::recipient_input{"+15550000001", {}, {}, {}});
  request.send_at = clock.wall() + 20s;
  const auto receipt = send(std::move(request));
  BOOST_REQUIRE(receipt);
  BOOST_TEST(receipt->transactions.at(0).provider == "alpha");
  send_many(3);
  process->run_for(10s);
  BOOST_TEST(to_string(status(receipt->message).status) == "pending");
  process->run_for(12s);
  const auto info = status(receipt->message);
  BOOST_TEST(to_string(info.status) == "success");
  BOOST_TEST(info.recipients.at(0).transactions.at(0).provider == "beta");
  BOOST_TEST(info.recipients.at(0).transactions.size() == 1u);
  verify();
}

BOOST_AUTO_TEST_CASE(nothing_is_lost_or_sent_twice_when_the_process_crashes_while_it_reroutes) {
  settings.limits.sender_window = 8;
  settings.limits.batch = 5;
  settings.messaging.retry_delay = 1min;
  settings.messaging.max_retries = 20;
  replies["beta"] = [](const std::string& body) {
    auto slow = success(body);
    slow.after = 50ms;
    return slow;
  };
  start();
  send_many(100);
  process->run_for(1100ms);
  int moved = 0;
  for (const auto& id : ids)
    moved += status(id).recipients.at(0).transactions.back().provider == "beta";
  BOOST_TEST(moved > 0);
  BOOST_TEST(moved < 100);
  crash();
  start();
  process->run_for(2h);
  for (const auto& id : ids)
    BOOST_TEST(to_string(status(id).status) == "success");
  // Each begun call of the crash may be repeated, and no other.
  BOOST_TEST(calls["beta"] <= 100 + 10);
  verify();
}

BOOST_AUTO_TEST_CASE(what_has_a_way_out_is_found_behind_much_that_has_none_from_probe_to_probe) {
  settings.providers[0].circuit.open_for = 1s;
  settings.messaging.retry_delay = 12h;
  dies_after = 30s;
  start();
  bool listed = false;
  process->gateway().put_user_providers(2, {{"alpha", 1, true, ""}},
                                        [&](auto result) { listed = !!result; });
  BOOST_REQUIRE(process->run_until([&] { return listed; }, 20s));
  constexpr int without = 4'000;
  int stored = 0;
  for (int i = 0; i < without; ++i) {
    actors::send_request request;
    request.user = 2;
    request.text = "for alpha alone";
    request.recipients.emplace(1, actors::recipient_input{"+15550000001", {}, {}, {}});
    process->gateway().send(std::move(request), "test", [&](auto result) { stored += !!result; });
  }
  BOOST_REQUIRE(process->run_until([&] { return stored == without; }, 20s));
  send_many(20);
  dies_after = 10ms;
  process->run_for(1min);
  BOOST_TEST(attempts()[1] == 20);
  BOOST_TEST(calls["alpha"] > 20);
  verify();
}

BOOST_AUTO_TEST_CASE(a_walk_leaves_the_probe_to_those_who_may_go) {
  settings.providers[0].circuit.open_for = 10min;
  settings.providers[1].circuit.failures = 1;
  settings.providers[1].circuit.open_for = 5s;
  settings.messaging.retry_delay = 30min;
  settings.messaging.failover_delay = 1s;
  dies_after = 10ms;
  start();
  send_many(2);
  process->run_for(2s);
  BOOST_TEST((attempts() == std::map<std::size_t, int>{{2, 2}}));
  // One that was tried at beta, and waits at alpha now until its next round.
  replies["beta"] = [](const std::string&) { return refused(); };
  send_many(1);
  process->run_for(3s);
  BOOST_TEST(calls["beta"] == 3);
  replies["beta"] = success;
  process->run_for(4s);
  ids.clear();
  send_many(3);
  process->run_for(3s);
  BOOST_TEST((attempts() == std::map<std::size_t, int>{{1, 3}}));
  verify();
}

BOOST_AUTO_TEST_CASE(a_provider_that_was_tried_is_not_called_again_before_the_next_round) {
  settings.providers[0].circuit.failures = 50;
  settings.providers[1].circuit.failures = 1;
  settings.providers[1].max_in_flight = 1;
  dies_after = 10ms;
  replies["beta"] = [](const std::string&) {
    auto late = refused();
    late.after = 1s;
    return late;
  };
  start();
  // Both are refused by alpha; the second one waits at beta while the first opens its circuit.
  send_many(2);
  process->run_for(20s);
  BOOST_TEST(calls["beta"] == 1);
  BOOST_TEST(calls["alpha"] == 2);
  replies["alpha"] = success;
  process->run_for(58min);
  BOOST_TEST(calls["alpha"] == 2);
  process->run_for(70min);
  BOOST_TEST(calls["alpha"] == 4);
  BOOST_TEST(attempts()[0] == 0);
  verify();
}

BOOST_AUTO_TEST_CASE(a_failure_that_only_waits_leaves_the_probe_to_others) {
  settings.providers[0].circuit.failures = 50;
  settings.providers[1].circuit.failures = 1;
  dies_after = 10ms;
  replies["beta"] = [](const std::string&) { return refused(); };
  start();
  send_many(1);
  process->run_for(1s);
  process->gateway().cancel({ids.back()}, [](const auto&) {});
  process->run_for(30s);
  BOOST_TEST(calls["beta"] == 1);
  // Half-open now, and nothing waits there.
  replies["beta"] = success;
  const auto refuses = replies["alpha"];
  replies["alpha"] = [](const std::string&) { return lost(); };
  send_many(1);
  process->run_for(1s);
  replies["alpha"] = refuses;
  send_many(1);
  process->run_for(1s);
  BOOST_TEST(calls["beta"] == 2);
  BOOST_TEST(to_string(status(ids.back()).status) == "success");
  verify();
}

BOOST_AUTO_TEST_CASE(inspect_tells_what_was_rerouted_and_why) {
  dies_after = 20ms;
  start();
  send_many(20);
  process->run_for(2s);
  const auto scheduler = inspect("scheduler").at("scheduler").as_object();
  BOOST_TEST(scheduler.at("rerouted").to_number<int>() == 18);
  const auto& away = scheduler.at("away").as_array();
  BOOST_REQUIRE(away.size() == 1u);
  BOOST_TEST(away[0].at("provider").as_string() == "alpha");
  BOOST_TEST(away[0].at("takes").as_string() == "nothing");
}

BOOST_AUTO_TEST_SUITE_END()
