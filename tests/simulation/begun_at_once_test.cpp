#include "tests/simulation/pipeline_fixture.hpp"

using namespace std::chrono_literals;
using namespace postrider;
using namespace postrider::tests;

namespace {

struct begun_at_once_fixture : pipeline_fixture {
  begun_at_once_fixture() { settings.providers.resize(1); }

  /// Changes that the ledger was asked for so far.
  std::int64_t transitions() {
    const auto asked = process->ask<actors::inspection>(process->pipeline()->writers.front(),
                                                        actors::inspect_atom_v);
    BOOST_REQUIRE(asked.has_value());
    return asked->content.at("transitions").to_number<std::int64_t>();
  }
  /// How many it takes to accept a message and deliver it.
  std::int64_t transitions_of_a_message() {
    const auto before = transitions();
    BOOST_REQUIRE(send("hello"));
    process->run_for(1s);
    return transitions() - before;
  }
  actors::send_request with_key(std::uint8_t key) {
    actors::send_request request;
    request.user = 1;
    request.text = "hello";
    request.recipients.emplace();
    request.recipients->push_back({"+15550000001", {}, {}, {}});
    persistence::hash hash{};
    hash.front() = key;
    request.once = actors::once_only{1, hash, {}};
    return request;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(begun_at_once, begun_at_once_fixture)

BOOST_AUTO_TEST_CASE(what_can_be_called_at_once_begins_in_the_commit_that_accepts_it) {
  start();
  send("the first, which the sender has not offered anything for");
  process->run_for(1s);
  BOOST_TEST(transitions_of_a_message() == 2);
  BOOST_TEST(calls["alpha"] == 2);
  verify();
}

BOOST_AUTO_TEST_CASE(a_provider_with_a_rate_begins_when_its_turn_has_come) {
  settings.providers[0].rate.per_second = 100;
  start();
  send("the first");
  process->run_for(1s);
  BOOST_TEST(transitions_of_a_message() == 3);
  verify();
}

BOOST_AUTO_TEST_CASE(no_more_calls_begin_than_are_allowed_at_a_time) {
  settings.providers[0].max_in_flight = 3;
  std::size_t most = 0;
  replies["alpha"] = [&](const std::string& body) {
    most = std::max(most, process->calls_in_flight() + 1);
    return success(body);
  };
  start();
  int answered = 0;
  for (int i = 0; i < 20; ++i) {
    process->gateway().send(with_key(static_cast<std::uint8_t>(i + 1)), "test",
                            [&](const auto& answer) { answered += answer.has_value(); });
    process->run_for(3ms);
  }
  process->run_for(5s);
  BOOST_TEST(answered == 20);
  BOOST_TEST(calls["alpha"] == 20);
  BOOST_TEST(most == 3u);
  verify();
}

BOOST_AUTO_TEST_CASE(a_permit_whose_message_was_not_stored_comes_back) {
  settings.providers[0].max_in_flight = 1;
  start();
  send(with_key(1));
  process->run_for(1s);
  for (int again = 0; again < 3; ++again) {
    const auto replayed = send(with_key(1));
    BOOST_REQUIRE(replayed);
    BOOST_TEST(replayed->replayed);
  }
  process->run_for(1s);
  BOOST_TEST(calls["alpha"] == 1);
  BOOST_TEST(transitions_of_a_message() == 2);
  BOOST_TEST(calls["alpha"] == 2);
  verify();
}

BOOST_AUTO_TEST_CASE(a_permit_that_comes_back_starts_what_waits) {
  settings.providers[0].max_in_flight = 1;
  start();
  send(with_key(1));
  process->run_for(1s);
  // At the same moment: the first of them takes the permit and is not stored.
  int answered = 0;
  for (const std::uint8_t key : {1, 2, 3})
    process->gateway().send(with_key(key), "test",
                            [&](const auto& answer) { answered += answer.has_value(); });
  process->run_for(1s);
  BOOST_TEST(answered == 3);
  BOOST_TEST(calls["alpha"] == 3);
  verify();
}

BOOST_AUTO_TEST_CASE(nothing_is_begun_for_a_provider_that_is_paused) {
  settings.providers[0].max_in_flight = 2;
  int asked = 0;
  replies["alpha"] = [&](const std::string& body) {
    return asked++ == 1 ? throttled(body, 20) : success(body);
  };
  start();
  send("the first");
  process->run_for(1s);
  send("is asked to wait");
  process->run_for(1s);
  const auto waits = send("comes into the pause");
  BOOST_REQUIRE(waits);
  process->run_for(5s);
  BOOST_TEST(to_string(status(waits->message).status) == "pending");
  BOOST_TEST(calls["alpha"] == 2);
  process->run_for(30s);
  BOOST_TEST(calls["alpha"] == 4);
  verify();
}

BOOST_AUTO_TEST_CASE(what_was_begun_when_the_server_stops_is_sent_or_comes_back_unsent) {
  start();
  send("the first");
  process->run_for(1s);
  bool answered = false;
  process->gateway().send(with_key(7), "test",
                          [&](const auto& answer) { answered = answer.has_value(); });
  BOOST_TEST(process->stop());
  BOOST_TEST(answered);
  const auto before = calls["alpha"];
  start();
  process->run_for(1min);
  // Never as a possible duplicate, which waits for retry_delay.
  BOOST_TEST(calls["alpha"] == 2);
  BOOST_TEST(before <= 2);
  verify();
}

BOOST_AUTO_TEST_SUITE_END()
