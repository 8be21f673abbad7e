#include "tests/simulation/pipeline_fixture.hpp"

using namespace std::chrono_literals;
using namespace postrider;
using namespace postrider::tests;
using persistence::error_code;
using persistence::time_point;

namespace {

/// Actors look as often as they do in the server, and the wall clock moves as a case says.
struct time_fixture : pipeline_fixture {
  time_fixture() { polls = {500ms, 1s, 10s, 1s}; }

  actors::send_request request(std::string text = "hello") const {
    actors::send_request request;
    request.user = 1;
    request.text = std::move(text);
    request.recipients.emplace();
    request.recipients->push_back({"+15550000001", {}, {}, {}});
    return request;
  }
  persistence::message_id accepted(actors::send_request request) {
    const auto receipt = send(std::move(request));
    BOOST_REQUIRE_MESSAGE(receipt, receipt.error().detail);
    return receipt->message;
  }
  persistence::message_id at(std::chrono::nanoseconds from_now) {
    auto wanted = request();
    wanted.send_at = clock.wall() + std::chrono::duration_cast<std::chrono::microseconds>(from_now);
    return accepted(wanted);
  }
  persistence::message_id within(std::chrono::seconds ttl) {
    auto wanted = request();
    wanted.ttl = ttl;
    return accepted(wanted);
  }
  void jump(std::chrono::microseconds by) { clock.epoch += by; }
  int all_calls() const {
    int sum = 0;
    for (const auto& [name, count] : calls)
      sum += count;
    return sum;
  }
  std::string state(const persistence::message_id& id) {
    return std::string(to_string(status(id).status));
  }
  const persistence::transaction last(const persistence::message_id& id) {
    return status(id).recipients.at(0).transactions.back().transaction;
  }
  void expect_expired(const persistence::message_id& id) {
    const auto info = status(id);
    const auto& end = info.recipients.at(0).transactions.back();
    BOOST_TEST(to_string(info.status) == "failed");
    BOOST_TEST(end.archived);
    BOOST_TEST(end.final);
    BOOST_CHECK(end.transaction.error == error_code::expired);
    verify();
  }
  void every_provider(const reply& script) {
    for (auto& [name, current] : replies)
      current = script;
  }
  /// One provider whose circuit is open for hours.
  void one_that_never_works() {
    settings.providers.resize(1);
    settings.providers[0].circuit = {1, 6h};
    settings.messaging.max_retries = 20;
    replies["alpha"] = [](const auto&) { return refused(); };
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(time_, time_fixture)

BOOST_AUTO_TEST_CASE(a_message_is_sent_at_its_time_and_not_before) {
  start();
  const auto id = at(2h);
  process->run_for(2h - 1ms);
  BOOST_TEST(all_calls() == 0);
  BOOST_TEST(state(id) == "pending");
  process->run_for(1s);
  BOOST_TEST(all_calls() == 1);
  process->run_for(1s);
  BOOST_TEST(state(id) == "success");
  verify();
}

BOOST_AUTO_TEST_CASE(a_message_for_a_time_that_has_passed_is_sent_now_and_before_nobody) {
  start();
  const auto id = at(-24h);
  process->run_for(1s);
  BOOST_TEST(state(id) == "success");
  BOOST_CHECK(last(id).due_at >= last(id).created_at);
}

BOOST_AUTO_TEST_CASE(what_is_sent_later_survives_crashes_and_stops) {
  start();
  const auto id = at(24h);
  process->run_for(5h);
  crash();
  process = nullptr;
  start();
  process->run_for(10h);
  BOOST_REQUIRE(process->stop());
  start();
  const auto due = last(id).due_at;
  process->run_for(due - clock.wall() - 1ms);
  BOOST_TEST(all_calls() == 0);
  process->run_for(1001ms);
  BOOST_TEST(all_calls() == 1);
  verify();
}

BOOST_AUTO_TEST_CASE(what_became_due_while_no_process_ran_is_sent_at_the_start) {
  start();
  const auto id = at(1h);
  crash();
  clock.steady += 3h;
  start();
  process->run_for(2s);
  BOOST_TEST(state(id) == "success");
}

BOOST_AUTO_TEST_CASE(what_waits_in_an_open_circuits_lane_expires) {
  one_that_never_works();
  start();
  send("opens the circuit");
  process->run_for(1s);
  BOOST_TEST(all_calls() == 1);
  const auto id = within(60s);
  process->run_for(59s);
  BOOST_TEST(state(id) == "pending");
  process->run_for(3s);
  expect_expired(id);
  process->run_for(12h);
  expect_expired(id);
}

BOOST_AUTO_TEST_CASE(what_is_in_the_senders_queue_expires_and_is_not_sent_after) {
  settings.providers.resize(1);
  settings.providers[0].max_in_flight = 1;
  replies["alpha"] = [](const std::string& body) {
    auto slow = success(body);
    slow.after = 20s;
    return slow;
  };
  start();
  send("first");
  const auto id = within(10s);
  process->run_for(12s);
  expect_expired(id);
  process->run_for(1min);
  BOOST_TEST(all_calls() == 1);
  const auto next = accepted(request("room again"));
  process->run_for(1min);
  BOOST_TEST(state(next) == "success");
}

BOOST_AUTO_TEST_CASE(what_has_no_room_in_a_sender_expires_in_the_database) {
  one_that_never_works();
  settings.limits.sender_window = 2;
  start();
  send("opens the circuit");
  process->run_for(1s);
  std::vector<persistence::message_id> ids;
  for (int i = 0; i < 10; ++i)
    ids.push_back(within(30s));
  process->run_for(32s);
  for (const auto& id : ids)
    expect_expired(id);
}

BOOST_AUTO_TEST_CASE(what_expires_while_no_process_runs_ends_at_the_start) {
  one_that_never_works();
  start();
  send("opens the circuit");
  process->run_for(1s);
  const auto id = within(60s);
  crash();
  process = nullptr;
  clock.steady += 1h;
  replies["alpha"] = success;
  start();
  process->run_for(3s);
  expect_expired(id);
  process->run_for(10min);
  // The other one has no limit, and the retry found a provider that works.
  BOOST_TEST(all_calls() == 2);
}

BOOST_AUTO_TEST_CASE(what_waits_for_a_provider_that_has_gone_expires) {
  settings.providers[0].max_in_flight = 1;
  start();
  auto wanted = request();
  wanted.send_at = clock.wall() + 1h;
  wanted.ttl = 60s;
  const auto id = accepted(wanted);
  crash();
  // No other provider is there to take it.
  settings.providers.clear();
  start();
  process->run_for(1h + 62s);
  expect_expired(id);
  BOOST_TEST(all_calls() == 0);
}

BOOST_AUTO_TEST_CASE(a_retry_that_could_only_come_too_late_is_not_waited_for) {
  every_provider([](const auto&) { return refused(); });
  start();
  const auto id = within(60s);
  process->run_for(5s);
  BOOST_TEST(state(id) == "failed");
  BOOST_TEST(all_calls() == 3);
  process->run_for(1h);
  BOOST_TEST(all_calls() == 3);
  verify();
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_after_it_expired_on_any_path) {
  every_provider([&](const std::string& body) {
    return calls.size() % 2 == 0 ? lost() : throttled(body, 20);
  });
  settings.messaging.max_retries = 20;
  start();
  std::vector<std::pair<time_point, persistence::message_id>> all;
  for (int i = 1; i <= 20; ++i)
    all.emplace_back(clock.wall() + i * 30s, within(i * 30s));
  const auto longest = all.back().first;
  bool late = false;
  every_provider([&](const std::string& body) {
    late |= clock.wall() >= longest;
    return all_calls() % 2 == 0 ? lost() : throttled(body, 20);
  });
  process->run_for(2h);
  BOOST_TEST(!late);
  for (const auto& [expires, id] : all)
    BOOST_TEST(state(id) == "failed");
  verify();
}

BOOST_AUTO_TEST_CASE(a_ttl_begins_when_the_message_may_be_sent) {
  start();
  auto wanted = request();
  wanted.send_at = clock.wall() + 1h;
  wanted.ttl = 5s;
  const auto id = accepted(wanted);
  BOOST_CHECK(last(id).expires_at == *wanted.send_at + 5s);
  process->run_for(1h + 2s);
  BOOST_TEST(state(id) == "success");
}

BOOST_AUTO_TEST_CASE(times_that_exclude_each_other_are_refused) {
  start();
  auto wanted = request();
  wanted.send_at = clock.wall() + 2h;
  wanted.expires_at = clock.wall() + 1h;
  const auto refused_send = send(wanted);
  BOOST_REQUIRE(!refused_send);
  BOOST_TEST(refused_send.error().problems.at(0).code == "before_send_at");
  wanted = request();
  wanted.expires_at = clock.wall() - 1s;
  BOOST_TEST(send(wanted).error().problems.at(0).code == "in_the_past");
}

// ---- the wall clock jumps ----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_clock_that_jumps_forward_brings_what_it_says_is_due_and_expired) {
  one_that_never_works();
  start();
  send("opens the circuit");
  process->run_for(1s);
  const auto expiring = within(3h), later = at(10h);
  process->run_for(1min);
  BOOST_TEST(state(expiring) == "pending");
  jump(5h);
  process->run_for(3s);
  expect_expired(expiring);
  BOOST_TEST(state(later) == "pending");
  BOOST_REQUIRE(process->pipeline() != nullptr);
  verify();
}

BOOST_AUTO_TEST_CASE(a_scheduled_message_follows_the_clock_in_both_directions) {
  start();
  const auto sooner = at(2h), later = at(3h);
  process->run_for(1h);
  jump(90min);
  process->run_for(2s);
  BOOST_TEST(state(sooner) == "success");
  BOOST_TEST(state(later) == "pending");
  jump(-2h);
  process->run_for(2h);
  BOOST_TEST(all_calls() == 1);
  process->run_for(31min);
  BOOST_TEST(all_calls() == 2);
  verify();
}

BOOST_AUTO_TEST_CASE(a_clock_that_jumps_back_loses_nothing_and_holds_no_new_message_up) {
  every_provider([](const auto&) { return refused(); });
  settings.messaging.max_retries = 5;
  start();
  const auto waiting = accepted(request("waits for its retry"));
  process->run_for(10s);
  every_provider(success);
  jump(-2h);
  const auto fresh = accepted(request("fresh"));
  process->run_for(35s);
  BOOST_TEST(state(fresh) == "success");
  BOOST_TEST(state(waiting) == "pending");
  // Its retry is due when the clock says so.
  process->run_for(2h + 3min);
  BOOST_TEST(state(waiting) == "success");
  const auto calls_then = all_calls();
  process->run_for(24h);
  BOOST_TEST(all_calls() == calls_then);
  verify();
}

BOOST_AUTO_TEST_CASE(ids_and_leases_live_through_jumps) {
  start();
  for (const auto by : {-3h, 7h, -7h, 24h}) {
    jump(by);
    const auto id = accepted(request());
    process->run_for(10min);
    BOOST_TEST(state(id) == "success", by.count());
  }
  BOOST_TEST(all_calls() == 4);
  verify();
}

// ---- priority and fallback ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(high_goes_before_normal_and_low_in_the_queue_and_in_the_backlog) {
  settings.providers.resize(1);
  settings.providers[0].max_in_flight = 1;
  settings.limits.sender_window = 6;
  std::vector<std::string> order;
  replies["alpha"] = [&](const std::string& body) {
    order.push_back(body);
    auto slow = success(body);
    slow.after = 1s;
    return slow;
  };
  start();
  send("first of all");
  process->run_for(100ms);
  using persistence::priority;
  for (int i = 0; i < 8; ++i)
    for (const auto p : {priority::low, priority::normal, priority::high}) {
      auto wanted = request("is " + std::string(to_string(p)));
      wanted.priority = p;
      accepted(wanted);
    }
  process->run_for(1min);
  BOOST_REQUIRE(order.size() == 25U);
  // The sender has what came first; behind that the backlog comes high before low.
  const auto place = [&](std::string_view text, bool latest) {
    std::size_t found = 0;
    for (std::size_t i = 0; i < order.size(); ++i)
      if (order[i].find(text) != std::string::npos && (latest || found == 0)) found = i;
    return found;
  };
  BOOST_TEST(order[1].find("is high") != std::string::npos);
  BOOST_TEST(place("is high", true) < place("is low", true));
  BOOST_TEST(order.back().find("is low") != std::string::npos);
  verify();
}

BOOST_AUTO_TEST_CASE(without_fallback_only_the_type_is_tried) {
  settings.providers.resize(2);
  settings.providers[1].type = "webhook";
  settings.providers[1].keys = {{"secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
                                {"allow_private", "true"}};
  replies["alpha"] = unregistered;
  replies["beta"] = [](const auto&) { return scripted_engine::answer{http_reply(204, ""), 20ms}; };
  start();
  for (const bool fallback : {true, false}) {
    calls.clear();
    auto wanted = request();
    wanted.recipients->front() = {"", "+15550000001", "", "http://beta.test/hook"};
    wanted.type = "signal";
    wanted.fallback = fallback;
    const auto id = accepted(wanted);
    process->run_for(1h);
    BOOST_TEST(state(id) == (fallback ? "success" : "failed"));
    BOOST_TEST(calls["alpha"] == 1);
    BOOST_TEST(calls["beta"] == (fallback ? 1 : 0));
  }
  verify();
}

BOOST_AUTO_TEST_SUITE_END()
