#include "tests/simulation/pipeline_fixture.hpp"

using namespace std::chrono_literals;
using namespace postrider;
using namespace postrider::tests;

namespace {

/// One webhook provider, "hooks", and endpoints at http://alpha.test and http://beta.test.
struct webhook_fixture : pipeline_fixture {
  webhook_fixture() {
    actors::provider_settings hooks;
    hooks.name = "hooks";
    hooks.type = "webhook";
    hooks.timeout = 30s;
    hooks.keys = {{"secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, {"allow_private", "true"}};
    settings.providers = {hooks};
    settings.messaging.default_provider_type = "webhook";
    settings.messaging.max_retries = 0;
    replies["alpha"] = [](const auto&) {
      return scripted_engine::answer{http_reply(204, ""), 20ms};
    };
    replies["beta"] = replies["alpha"];
    start();
  }
  std::string header(const std::string& name, const std::string& start) {
    for (const auto& line : requests[name].headers)
      if (line.starts_with(start + ": ")) return line.substr(start.size() + 2);
    return "(none)";
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(webhook_pipeline, webhook_fixture)

BOOST_AUTO_TEST_CASE(posts_a_message_to_its_recipients_url_signed_with_the_time_of_the_attempt) {
  const auto receipt = send("hello", "http://beta.test/hook");
  BOOST_REQUIRE(receipt);
  process->run_for(1s);
  BOOST_TEST(to_string(status(receipt->message).status) == "success");
  BOOST_TEST(requests["beta"].url == "http://beta.test/hook");
  BOOST_TEST(header("beta", "webhook-id") == "msg_" + to_string(receipt->message) + "_0");
  const auto now = std::chrono::floor<std::chrono::seconds>(clock.wall()).time_since_epoch();
  BOOST_TEST(std::stoll(header("beta", "webhook-timestamp")) <= now.count());
  BOOST_TEST(std::stoll(header("beta", "webhook-timestamp")) >= now.count() - 2);
  verify();
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_fails_does_not_stop_the_messages_to_the_others) {
  const reply failures[]{[](const auto&) { return refused(); }, [](const auto&) { return lost(); },
                         [](const auto&) {
                           auto busy = http_reply(429, "");
                           busy.headers = {{"retry-after", "3600"}};
                           return scripted_engine::answer{busy, 20ms};
                         }};
  for (const auto& failure : failures) {
    replies["alpha"] = failure;
    calls.clear();
    // Five in a row open a circuit.
    for (int i = 0; i < 10; ++i) {
      BOOST_REQUIRE(send("message " + std::to_string(i), "http://alpha.test/hook"));
      process->run_for(1s);
    }
    BOOST_TEST(calls["alpha"] == 10);
    const auto receipt = send("hello", "http://beta.test/hook");
    BOOST_REQUIRE(receipt);
    process->run_for(1s);
    BOOST_TEST(to_string(status(receipt->message).status) == "success");
  }
  verify();
}

/// The sender is not paused by one endpoint that asks to slow down, and no retry is used up.
BOOST_AUTO_TEST_CASE(an_endpoint_that_is_throttled_gets_its_message_when_it_said) {
  bool busy = true;
  replies["alpha"] = [&](const auto&) {
    auto answer = http_reply(busy ? 429 : 204, "");
    answer.headers = {{"date", "Sun, 06 Nov 1994 08:49:37 GMT"},
                      {"retry-after", "Sun, 06 Nov 1994 08:49:43 GMT"}};
    return scripted_engine::answer{answer, 20ms};
  };
  const auto throttled = send("hello", "http://alpha.test/hook");
  BOOST_REQUIRE(throttled);
  process->run_for(1s);
  busy = false;
  const auto other = send("hello", "http://beta.test/hook");
  BOOST_REQUIRE(other);
  process->run_for(1s);
  BOOST_TEST(to_string(status(other->message).status) == "success");
  BOOST_TEST(calls["alpha"] == 1);
  process->run_for(3s);
  BOOST_TEST(calls["alpha"] == 1);
  process->run_for(5s);
  BOOST_TEST(calls["alpha"] == 2);
  BOOST_TEST(to_string(status(throttled->message).status) == "success");
  verify();
}

BOOST_AUTO_TEST_CASE(an_endpoint_is_not_called_before_an_hour_that_it_named) {
  bool busy = true;
  replies["alpha"] = [&](const auto&) {
    auto answer = http_reply(busy ? 429 : 204, "");
    answer.headers = {{"retry-after", "3600"}};
    return scripted_engine::answer{answer, 20ms};
  };
  const auto throttled = send("hello", "http://alpha.test/hook");
  BOOST_REQUIRE(throttled);
  process->run_for(1s);
  busy = false;
  // A new process knows of it as well, and a person does not hurry it.
  start();
  process->gateway().retry({}, [](const auto&) {});
  process->run_for(59min);
  BOOST_TEST(calls["alpha"] == 1);
  process->run_for(10min);
  BOOST_TEST(calls["alpha"] == 2);
  const auto chain = status(throttled->message).recipients.at(0).transactions;
  BOOST_REQUIRE_EQUAL(chain.size(), 1u);
  BOOST_CHECK(chain[0].transaction.status == persistence::transaction_status::success);
  BOOST_TEST(chain[0].transaction.retries_used == 0);
  verify();
}

/// A proxy that lost the receiver may name a time too. The outcome stays unknown and is sent again
/// once, marked, but not earlier.
BOOST_AUTO_TEST_CASE(an_unknown_outcome_waits_for_the_time_that_came_with_it) {
  settings.messaging.max_retries = 1;
  start();
  bool lost = true;
  replies["alpha"] = [&](const auto&) {
    auto answer = http_reply(lost ? 502 : 204, "");
    answer.headers = {{"retry-after", "3600"}};
    return scripted_engine::answer{answer, 20ms};
  };
  const auto receipt = send("hello", "http://alpha.test/hook");
  BOOST_REQUIRE(receipt);
  process->run_for(1s);
  lost = false;
  process->run_for(59min);
  BOOST_TEST(calls["alpha"] == 1);
  process->run_for(10min);
  BOOST_TEST(calls["alpha"] == 2);
  const auto chain = status(receipt->message).recipients.at(0).transactions;
  BOOST_REQUIRE_EQUAL(chain.size(), 2u);
  BOOST_CHECK(chain[0].transaction.error == persistence::error_code::outcome_unknown);
  BOOST_CHECK(chain[1].transaction.status == persistence::transaction_status::success);
  BOOST_TEST(chain[1].transaction.possible_duplicate);
  BOOST_TEST(chain[1].transaction.retries_used == 1);
  // No one else waits for it.
  BOOST_REQUIRE(send("hello", "http://beta.test/hook"));
  process->run_for(1s);
  BOOST_TEST(calls["beta"] == 1);
  verify();
}

BOOST_AUTO_TEST_SUITE_END()
