#include "tests/simulation/pipeline_fixture.hpp"

using namespace std::chrono_literals;
using namespace postrider;
using namespace postrider::tests;

namespace {

/// One provider that takes one call at a time, and remembers the order of the texts.
struct priorities_fixture : pipeline_fixture {
  priorities_fixture() {
    settings.providers.resize(1);
    settings.providers[0].max_in_flight = 1;
    replies["alpha"] = [this](const std::string& body) {
      order += boost::json::parse(body).at("params").at("message").as_string().front();
      return success(body);
    };
  }

  /// `count` messages, called after the priority's first letter.
  void send_many(int count, persistence::priority priority) {
    for (int i = 0; i < count; ++i) {
      actors::send_request request;
      request.user = 1;
      request.text = to_string(priority);
      request.priority = priority;
      request.recipients.emplace(1, actors::recipient_input{"+15550000001", {}, {}, {}});
      process->gateway().send(std::move(request), "test", [this](auto result) {
        BOOST_REQUIRE(result);
        ++accepted;
      });
    }
  }

  std::ptrdiff_t among_first(std::size_t count, char letter) const {
    return std::ranges::count(order.substr(0, count), letter);
  }

  int accepted = 0;
  std::string order;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(priorities, priorities_fixture)

BOOST_AUTO_TEST_CASE(high_goes_first_and_low_is_not_starved_in_a_senders_memory) {
  start();
  send_many(50, persistence::priority::low);
  send_many(50, persistence::priority::normal);
  send_many(200, persistence::priority::high);
  process->run_for(1min);
  BOOST_TEST(accepted == 300);
  BOOST_REQUIRE(order.size() == 300u);
  // The first few were begun before the others had come.
  BOOST_TEST(among_first(110, 'h') >= 80);
  BOOST_TEST(among_first(110, 'n') >= 9);
  BOOST_TEST(among_first(110, 'l') >= 9);
  verify();
}

BOOST_AUTO_TEST_CASE(the_same_holds_for_what_is_claimed_from_the_database) {
  settings.limits.sender_window = 4;
  start();
  send_many(50, persistence::priority::low);
  send_many(50, persistence::priority::normal);
  send_many(300, persistence::priority::high);
  process->run_for(2min);
  BOOST_TEST(accepted == 400);
  BOOST_REQUIRE(order.size() == 400u);
  BOOST_TEST(among_first(220, 'h') >= 150);
  BOOST_TEST(among_first(220, 'n') >= 15);
  BOOST_TEST(among_first(220, 'l') >= 15);
  verify();
}

BOOST_AUTO_TEST_CASE(a_lane_that_is_empty_takes_no_room_from_the_others) {
  settings.limits.sender_window = 8;
  settings.providers[0].max_in_flight = 4;
  start();
  send_many(60, persistence::priority::low);
  process->run_for(30s);
  BOOST_TEST(order == std::string(60, 'l'));
  verify();
}

// Every timer that starts another one while something waits would make each message cost more than
// the one before.
BOOST_AUTO_TEST_CASE(a_rate_limited_sender_does_the_same_work_for_each_message) {
  settings.providers.resize(1);
  settings.providers[0].max_in_flight = 10;
  settings.providers[0].rate = {10.0};
  start();
  for (int i = 0; i < 1'000; ++i)
    BOOST_REQUIRE(send("message " + std::to_string(i)));
  const auto steps_of = [&](std::chrono::seconds duration) {
    std::size_t steps = 0;
    const auto end = clock.steady + duration;
    while (clock.steady < end) {
      while (process->step())
        ++steps;
      process->advance_to(std::min(process->next_event().value_or(end), end));
    }
    return steps;
  };
  const auto called = calls["alpha"];
  const auto first = steps_of(20s), second = steps_of(20s), third = steps_of(20s);
  BOOST_TEST(calls["alpha"] - called >= 600 - 10);
  BOOST_TEST(second < first * 3 / 2);
  BOOST_TEST(third < first * 3 / 2);
}

BOOST_AUTO_TEST_SUITE_END()
