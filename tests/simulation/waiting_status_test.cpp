#include "tests/simulation/reroute_fixture.hpp"

/// A message that waits, as the real actors describe it to clients.
namespace postrider::tests {

namespace {

struct waiting_status_fixture : reroute_fixture {
  waiting_status_fixture() {
    settings.providers.resize(1);
    settings.messaging.retry_delay = 1min;
    dies_after = 10ms;
  }

  persistence::message_id post() {
    auto posted = send("hello");
    BOOST_REQUIRE(posted);
    return posted->message;
  }
  std::optional<actors::waiting_info> waits_for(const persistence::message_id& id) {
    return status(id).recipients.at(0).transactions.back().waits_for;
  }
  std::string reason(const persistence::message_id& id) {
    const auto waits = waits_for(id);
    return waits ? std::string(to_string(waits->reason)) : "nothing";
  }
  actors::transaction_info row(const persistence::message_id& id) {
    return status(id).recipients.at(0).transactions.back();
  }
  boost::json::object lane() {
    const auto lanes = inspect("scheduler").at("scheduler").at("waiting_lanes").as_array();
    BOOST_REQUIRE_EQUAL(lanes.size(), 1u);
    return lanes[0].as_object();
  }
  void switch_alpha(bool on) {
    auto done = std::make_shared<bool>(false);
    process->gateway().switch_provider("alpha", on, [done](auto) { *done = true; });
    BOOST_REQUIRE(process->run_until([&] { return *done; }, 10s));
  }
};

BOOST_FIXTURE_TEST_SUITE(waiting_status, waiting_status_fixture)

BOOST_AUTO_TEST_CASE(a_provider_that_is_down_is_named_until_it_takes_the_message) {
  start();
  const auto began = clock.wall();
  const auto id = post();
  process->run_for(2h);
  const auto waits = waits_for(id);
  BOOST_REQUIRE(waits.has_value());
  BOOST_TEST(to_string(waits->reason) == "provider_down");
  BOOST_CHECK(waits->since >= began && waits->since < began + 1s);
  BOOST_CHECK(waits->until == waits->since + 24h);
  BOOST_CHECK(!waits->next_at.has_value());
  BOOST_TEST(waits->attempts == calls["alpha"]);
  BOOST_TEST(waits->attempts > 10);

  const auto found = lane();
  BOOST_TEST(found.at("waits_for") == "provider_down");
  BOOST_TEST(found.at("provider") == "alpha");
  const auto left = found.at("patience_left_ms").to_number<std::int64_t>();
  BOOST_TEST(left > std::chrono::milliseconds(21h).count());
  BOOST_TEST(left <= std::chrono::milliseconds(22h).count());

  replies["alpha"] = success;
  process->run_for(10min);
  BOOST_TEST(reason(id) == "nothing");
  BOOST_TEST(to_string(status(id).recipients[0].outcome.value()) == "sent");
}

BOOST_AUTO_TEST_CASE(between_two_attempts_it_waits_for_the_next_round) {
  start();
  const auto id = post();
  process->run_for(5s);
  const auto waits = waits_for(id);
  BOOST_REQUIRE(waits.has_value());
  BOOST_TEST(to_string(waits->reason) == "next_round");
  BOOST_TEST(waits->attempts == 1);
  BOOST_CHECK(waits->next_at == row(id).transaction.due_at);
  BOOST_CHECK(waits->next_at > clock.wall());
}

BOOST_AUTO_TEST_CASE(a_throttled_message_waits_for_the_time_that_its_provider_named) {
  replies["alpha"] = [](const auto& body) { return throttled(body, 30); };
  start();
  const auto id = post();
  process->run_for(5s);
  const auto waits = waits_for(id);
  BOOST_REQUIRE(waits.has_value());
  BOOST_TEST(to_string(waits->reason) == "throttled");
  BOOST_CHECK(waits->next_at > clock.wall() + 20s);
  BOOST_CHECK(waits->next_at <= clock.wall() + 30s);
  BOOST_CHECK(row(id).transaction.due_at == waits->next_at);
}

BOOST_AUTO_TEST_CASE(a_scheduled_message_waits_for_its_time) {
  start();
  actors::send_request request;
  request.user = 1;
  request.text = "later";
  request.recipients.emplace(1, actors::recipient_input{"+15550000001", {}, {}, {}});
  request.send_at = clock.wall() + 1h;
  const auto sent = send(request);
  BOOST_REQUIRE(sent);
  BOOST_TEST(reason(sent->message) == "scheduled");
  BOOST_CHECK(waits_for(sent->message)->next_at == request.send_at);
  BOOST_CHECK(status(sent->message).send_at == request.send_at);
}

BOOST_AUTO_TEST_CASE(what_waits_for_a_provider_that_is_switched_off_has_no_end) {
  start();
  const auto id = post();
  process->run_for(10min);
  BOOST_TEST(reason(id) == "provider_down");
  switch_alpha(false);
  BOOST_TEST(reason(id) == "provider_off");
  BOOST_CHECK(!waits_for(id)->until.has_value());
  process->run_for(30h);
  BOOST_TEST(reason(id) == "provider_off");
  BOOST_TEST(lane().at("waits_for") == "provider_off");
  BOOST_TEST(!lane().contains("patience_left_ms"));
}

BOOST_AUTO_TEST_CASE(a_retry_of_what_may_have_arrived_has_its_time) {
  replies["alpha"] = [](const auto&) { return lost(); };
  start();
  const auto id = post();
  process->run_for(10s);
  BOOST_TEST(reason(id) == "retry");
  BOOST_CHECK(waits_for(id)->next_at == row(id).transaction.due_at);
  BOOST_TEST(waits_for(id)->attempts == 1);
}

BOOST_AUTO_TEST_CASE(an_explanation_says_what_is_waited_for) {
  start();
  const auto id = post();
  process->run_for(10min);
  auto answer = std::make_shared<std::optional<actors::result<actors::route_explanation>>>();
  process->gateway().explain_transaction(row(id).transaction.id,
                                         [answer](auto result) { *answer = std::move(result); });
  BOOST_REQUIRE(process->run_until([&] { return answer->has_value(); }, 10s));
  BOOST_REQUIRE((*answer)->has_value());
  BOOST_REQUIRE((**answer)->waiting.has_value());
  BOOST_TEST(to_string((**answer)->waiting->waits_for->reason) == "provider_down");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace

}  // namespace postrider::tests
