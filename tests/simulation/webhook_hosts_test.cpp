#include "tests/simulation/pipeline_fixture.hpp"

using namespace std::chrono_literals;
using namespace postrider;
using namespace postrider::tests;

namespace {

/// One webhook provider with eight calls at a time. Nothing comes from "alpha" until its calls time
/// out; "beta" and others answer at once.
struct hosts_fixture : pipeline_fixture {
  hosts_fixture() {
    actors::provider_settings hooks;
    hooks.name = "hooks";
    hooks.type = "webhook";
    hooks.timeout = 30s;
    hooks.max_in_flight = 8;
    hooks.on_unknown = persistence::on_unknown::hold;
    hooks.keys = {{"secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, {"allow_private", "true"}};
    settings.providers = {hooks};
    settings.messaging.default_provider_type = "webhook";
    replies["alpha"] = [this](const auto&) {
      if (alpha_works) return quick();
      return scripted_engine::answer{transfer_failure(actors::transfer_error::timeout,
                                                      actors::transfer_stage::request_written),
                                     30s};
    };
    replies["beta"] = replies["gamma"] = [](const auto&) { return quick(); };
  }
  static scripted_engine::answer quick() { return {http_reply(204, ""), 20ms}; }
  /// Messages that are stored; they need not be begun.
  std::vector<persistence::message_id> post(const std::string& host, int count) {
    std::vector<persistence::message_id> all;
    for (int i = 0; i < count; ++i) {
      const auto posted = send("hello", "http://" + host + ".test/hook" + std::to_string(i));
      BOOST_REQUIRE(posted);
      all.push_back(posted->message);
    }
    return all;
  }
  int ended(const std::vector<persistence::message_id>& all) {
    int count = 0;
    for (const auto& id : all)
      count += to_string(status(id).status) == "success" ? 1 : 0;
    return count;
  }

  bool alpha_works = false;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(webhook_hosts, hosts_fixture)

BOOST_AUTO_TEST_CASE(a_host_that_hangs_holds_a_quarter_of_the_calls) {
  start();
  post("alpha", 60);
  const auto others = post("beta", 60);
  process->run_for(5s);
  BOOST_TEST(ended(others) == 60);
  BOOST_TEST(calls["alpha"] == 2);
  process->run_for(26s);
  BOOST_TEST(calls["alpha"] == 4);
  alpha_works = true;
  process->run_for(40s);
  BOOST_TEST(calls["alpha"] == 60);
  verify();
}

BOOST_AUTO_TEST_CASE(a_host_that_answers_gets_three_quarters) {
  replies["alpha"] = [](const auto&) { return scripted_engine::answer{http_reply(204, ""), 1s}; };
  start();
  const auto all = post("alpha", 50);
  // 2, 4 and then 6 at a time.
  process->run_for(1500ms);
  BOOST_TEST(calls["alpha"] == 2 + 4);
  process->run_for(1s);
  BOOST_TEST(calls["alpha"] == 2 + 4 + 6);
  process->run_for(8s);
  BOOST_TEST(ended(all) == 50);
  verify();
}

/// The rows of the host that hangs would fill the window, so that no others are claimed.
BOOST_AUTO_TEST_CASE(a_long_backlog_of_a_host_that_hangs_leaves_room_in_the_window) {
  settings.limits.sender_window = 40;
  // A postponed delivery is due when nothing else happens.
  polls.lanes = 1s;
  start();
  post("alpha", 300);
  const auto others = post("beta", 100);
  process->run_for(15s);
  BOOST_TEST(ended(others) == 100);
  alpha_works = true;
  process->run_for(3min);
  // Two calls were under way when it began to work, and their outcome is not known.
  BOOST_TEST(calls["alpha"] == 300);
  verify();
}

/// Its rows fill the window, and none is put off: they do not have to wait for that.
BOOST_AUTO_TEST_CASE(a_long_backlog_of_a_host_that_answers_is_sent_at_its_pace) {
  settings.limits.sender_window = 40;
  start();
  const auto all = post("beta", 400);
  process->run_for(8s);
  BOOST_TEST(ended(all) == 400);
  verify();
}

BOOST_AUTO_TEST_CASE(many_hosts_that_hang_leave_room_in_the_window) {
  settings.limits.sender_window = 40;
  settings.providers[0].max_in_flight = 40;
  replies["gamma"] = replies["alpha"];
  start();
  post("alpha", 200);
  post("gamma", 200);
  const auto others = post("beta", 50);
  process->run_for(15s);
  BOOST_TEST(ended(others) == 50);
  verify();
}

BOOST_AUTO_TEST_CASE(what_waits_for_its_host_is_sent_when_the_configuration_changes) {
  start();
  post("alpha", 20);
  process->run_for(1s);
  BOOST_TEST(calls["alpha"] == 2);
  settings.providers[0].max_in_flight = 16;
  bool done = false;
  process->reload(settings.providers, [&](const auto& report) { done = report.has_value(); });
  process->run_until([&] { return done; }, 10s);
  process->run_for(1s);
  BOOST_TEST(calls["alpha"] == 4);
  verify();
}

BOOST_AUTO_TEST_CASE(what_waits_for_its_host_is_cancelled_and_expires) {
  start();
  const auto first = post("alpha", 10);
  actors::send_request request;
  request.user = 1;
  request.text = "hello";
  request.recipients.emplace();
  request.recipients->push_back({"http://alpha.test/late", {}, {}, {}});
  request.ttl = 5s;
  const auto late = send(std::move(request));
  BOOST_REQUIRE(late);
  bool cancelled = false;
  process->gateway().cancel({first.back()}, [&](const auto& report) { cancelled = bool(report); });
  process->run_for(10s);
  BOOST_TEST(cancelled);
  const auto ended = status(late->message).recipients.at(0).transactions.at(0).transaction.error;
  BOOST_TEST((ended == persistence::error_code::expired));
  alpha_works = true;
  process->run_for(2min);
  BOOST_TEST(calls["alpha"] == 9);
  verify();
}

BOOST_AUTO_TEST_SUITE_END()
