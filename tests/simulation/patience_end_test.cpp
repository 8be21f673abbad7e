#include "tests/simulation/patience_fixture.hpp"

#include <algorithm>

/// Which waiting messages end after their patience and which do not, and how long limits without a
/// named end are waited for.
namespace postrider::tests {

namespace {

BOOST_FIXTURE_TEST_SUITE(patience_end, patience_fixture)

// ---- a backlog that is older than its patience
// ---------------------------------------------------

/// Everything waits at one provider that was down for longer than the horizon.
struct backlog_fixture : patience_fixture {
  static constexpr int count = 20;
  backlog_fixture() {
    only(1);
    settings.providers[0].max_in_flight = 5;
    start();
    for (int i = 0; i < count; ++i)
      ids.push_back(post("+1555000" + std::to_string(1000 + i)));
  }
  int ended() {
    return static_cast<int>(std::ranges::count_if(
        ids, [&](const auto& id) { return state_of(id) == "failed unavailable"; }));
  }
  std::vector<persistence::message_id> ids;
};

BOOST_FIXTURE_TEST_CASE(calls_that_open_the_circuit_of_a_provider_that_works_end_no_backlog,
                        backlog_fixture) {
  // The server is off meanwhile; five calls fail when it is back, and then all is well.
  crash();
  clock.steady += 30h;
  int failing = 5;
  replies["alpha"] = [&](const std::string& body) {
    if (failing-- > 0) return refused();
    ++arrived["alpha"];
    return success(body);
  };
  start();
  pass(2h);
  // Their own attempts were not sent.
  BOOST_TEST(ended() == 5);
  BOOST_TEST(all_arrived() == count - 5);
  verify();
}

BOOST_FIXTURE_TEST_CASE(a_probe_that_says_nothing_of_the_provider_ends_no_backlog,
                        backlog_fixture) {
  const auto horizon = last_of(ids.front()).created_at + 24h;
  bool first = true;
  replies["alpha"] = [&](const std::string& body) {
    if (clock.wall() < horizon) return refused();
    if (std::exchange(first, false)) return throttled(body, 2);
    ++arrived["alpha"];
    return success(body);
  };
  pass(26h);
  BOOST_TEST(!first);
  BOOST_TEST(ended() == 0);
  BOOST_TEST(all_arrived() == count);
  verify();
}

BOOST_AUTO_TEST_CASE(what_the_probe_of_another_provider_may_take_is_not_ended) {
  only(2);
  settings.providers[0].timeout = 120s;
  start();
  std::vector<persistence::message_id> ids;
  for (int i = 0; i < 8; ++i)
    ids.push_back(post("+1555000" + std::to_string(1000 + i)));
  pass(24h - 35s);
  // Its probe begins before the horizon and is accepted after it; meanwhile beta refuses one.
  replies["alpha"] = [this](const std::string& body) {
    auto answer = success(body);
    answer.after = 100s;
    ++arrived["alpha"];
    return answer;
  };
  pass(36s);
  const auto refused_by_beta = calls["beta"];
  pass(34s);
  BOOST_TEST(calls["beta"] > refused_by_beta);
  BOOST_TEST(arrived["alpha"] == 1);
  pass(2h);
  for (const auto& id : ids)
    BOOST_TEST(state_of(id) == "success");
  BOOST_TEST(all_arrived() == 8);
  verify();
}

BOOST_AUTO_TEST_CASE(a_provider_that_named_a_far_time_does_not_stop_the_rounds_of_another) {
  only(2);
  replies["alpha"] = [](const std::string& body) { return throttled(body, 6 * 3600); };
  start();
  const auto id = post();
  pass(10s);
  BOOST_TEST(calls["alpha"] == 1);
  BOOST_TEST(calls["beta"] == 1);
  alive("beta");
  pass(settings.messaging.retry_delay * 3 / 2);
  BOOST_TEST(state_of(id) == "success");
  BOOST_TEST(calls["alpha"] == 1);
  verify();
}

BOOST_AUTO_TEST_CASE(a_provider_that_only_ever_asks_to_slow_down_loses_its_messages) {
  only(2);
  replies["alpha"] = [](const std::string&) {
    return scripted_engine::answer{http_reply(429, "slow down"), 20ms};
  };
  alive("beta");
  start();
  const auto id = post();
  pass(10min);
  BOOST_TEST(state_of(id) == "success");
  BOOST_TEST(arrived["beta"] == 1);
  BOOST_TEST(calls["alpha"] <= 4);
  verify();
}

/// Twilio's daily limit (63038) says nothing of its end.
BOOST_AUTO_TEST_CASE(a_quota_is_tried_again_after_one_hour_two_hours_and_then_six) {
  auto& twilio = settings.providers[0];
  twilio.type = "sms";
  twilio.keys = twilio_keys();
  settings.messaging.default_provider_type = "sms";
  settings.messaging.give_up_after = 96h;
  only(1);
  replies["alpha"] = [](const std::string&) {
    return scripted_engine::answer{
        http_reply(429, R"({"code":63038,"message":"daily limit","status":429})"), 20ms};
  };
  start();
  const auto id = post();
  pass(1s);
  for (const auto hours : {1h, 2h, 4h, 6h, 6h}) {
    const auto before = calls["alpha"];
    const auto begun = clock.steady;
    BOOST_TEST(process->run_until([&] { return calls["alpha"] > before; }, 12h));
    BOOST_CHECK(clock.steady - begun >= hours - 1min);
    BOOST_CHECK(clock.steady - begun <= hours + 10min);
    pass(1s);
  }
  BOOST_TEST(state_of(id) == "pending");
  verify();
}

/// Ten calls are under way when the limit is met: they are one meeting with it.
BOOST_AUTO_TEST_CASE(a_quota_that_many_calls_meet_together_is_met_once) {
  auto& twilio = settings.providers[0];
  twilio.type = "sms";
  twilio.max_in_flight = 10;
  twilio.keys = twilio_keys();
  settings.messaging.default_provider_type = "sms";
  only(1);
  bool limited = true;
  int turn = 0;
  replies["alpha"] = [&](const std::string& body) {
    if (!limited) {
      ++arrived["alpha"];
      return scripted_engine::answer{
          http_reply(201, R"({"sid":"SM00000000000000000000000000000001","status":"queued"})"),
          20ms};
    }
    const auto reply = http_reply(429, R"({"code":63038,"message":"daily limit","status":429})");
    return scripted_engine::answer{reply, 100ms + 10ms * turn++};
  };
  start();
  std::vector<actors::send_request> requests(10);
  int accepted = 0;
  for (auto& request : requests) {
    request.user = 1;
    request.text = "hello";
    request.recipients.emplace(1, actors::recipient_input{"+15550000001", {}, {}, {}});
    process->gateway().send(std::move(request), "test", [&](auto result) { accepted += !!result; });
  }
  pass(10s);
  BOOST_TEST(accepted == 10);
  BOOST_TEST(turn > 3);
  limited = false;
  pass(1h + 10min);
  BOOST_TEST(arrived["alpha"] == 10);
  verify();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace

}  // namespace postrider::tests
