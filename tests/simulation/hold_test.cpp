#include "tests/simulation/pipeline_fixture.hpp"

#include <algorithm>

/// A provider that refuses its settings or its credentials is probed, ever less often.
namespace postrider::tests {
namespace {

using namespace std::chrono_literals;

struct hold_fixture : pipeline_fixture {
  hold_fixture() {
    settings.providers.resize(1);
    replies["alpha"] = [this](const std::string& body) {
      called.push_back(std::chrono::round<std::chrono::minutes>(clock.steady - began));
      return answer(body);
    };
  }
  void begin() {
    start();
    began = clock.steady;
    const auto posted = send("hello");
    BOOST_REQUIRE(posted);
    first = posted->message;
  }
  std::string state() { return std::string(to_string(status(first).status)); }
  actors::provider_info provider() {
    std::optional<actors::provider_info> found;
    process->gateway().providers([&](const auto& all) { found = all->front(); });
    process->run_until([&] { return found.has_value(); }, 10s);
    return *found;
  }

  reply answer = misconfigured;
  std::chrono::steady_clock::time_point began;
  std::vector<std::chrono::minutes> called;
  persistence::message_id first;
};

using minutes = std::vector<std::chrono::minutes>;

/// True when a warning of /readyz has these words.
bool warns(const actors::readiness& state, std::string_view words) {
  return std::ranges::any_of(state.warnings, [words](const std::string& warning) {
    return warning.find(words) != std::string::npos;
  });
}

BOOST_FIXTURE_TEST_SUITE(hold, hold_fixture)

BOOST_AUTO_TEST_CASE(settings_that_are_refused_are_tried_again_after_five_minutes) {
  settings.messaging.give_up_after = 72h;
  begin();
  process->run_for(30h);
  BOOST_TEST(called == (minutes{0min, 5min, 15min, 35min, 75min, 155min, 315min, 635min, 995min,
                                1355min, 1715min}),
             boost::test_tools::per_element());
  BOOST_TEST(state() == "pending");
  // Somebody mended the other side, and nobody sent a SIGHUP.
  answer = success;
  process->run_for(6h);
  BOOST_TEST(state() == "success");
  BOOST_TEST(!provider().circuit.held);
  BOOST_TEST(process->gateway().ready().warnings.empty());
  verify();
}

BOOST_AUTO_TEST_CASE(credentials_that_are_refused_are_tried_again_after_half_an_hour) {
  answer = login_refused;
  settings.messaging.give_up_after = 72h;
  begin();
  process->run_for(20h);
  BOOST_TEST(called == (minutes{0min, 30min, 90min, 210min, 450min, 810min, 1170min}),
             boost::test_tools::per_element());
  verify();
}

BOOST_AUTO_TEST_CASE(a_probe_is_one_message_and_the_others_follow_when_it_succeeds) {
  settings.providers[0].max_in_flight = 4;
  begin();
  process->run_for(1s);
  BOOST_REQUIRE(provider().circuit.held);
  for (int i = 1; i < 20; ++i)
    BOOST_REQUIRE(send("hello", "+155500001" + std::to_string(10 + i)));
  process->run_for(4min);
  BOOST_TEST(calls["alpha"] == 1);
  // One of twenty, though four could be called at a time.
  process->run_for(2min);
  BOOST_TEST(calls["alpha"] == 2);
  answer = success;
  process->run_for(10min);
  BOOST_TEST(calls["alpha"] == 22);
  BOOST_TEST(state() == "success");
  verify();
}

BOOST_AUTO_TEST_CASE(readiness_says_when_the_next_probe_is) {
  answer = login_refused;
  begin();
  process->run_for(1s);
  const auto expect = [this](std::string_view text) {
    const auto state = process->gateway().ready();
    BOOST_TEST(state.ready);
    BOOST_TEST(warns(state, text));
  };
  expect("It is tried again in 30 min");
  process->run_for(10min);
  expect("It is tried again in 20 min");
  const auto circuit = provider().circuit;
  BOOST_TEST(circuit.held);
  BOOST_REQUIRE(circuit.open_until.has_value());
  BOOST_TEST(
      (*circuit.open_until > clock.wall() + 19min && *circuit.open_until < clock.wall() + 20min));
}

BOOST_AUTO_TEST_CASE(a_held_provider_without_a_message_says_so) {
  settings.messaging.give_up_after = 1min;
  begin();
  process->run_for(6min);
  // Its own probe ended its patience.
  BOOST_TEST(state() == "failed");
  process->run_for(20min);
  const auto state = process->gateway().ready();
  BOOST_TEST(warns(state, "The next message for it is tried"));
  answer = success;
  BOOST_REQUIRE(send("hello again", "+15550000002"));
  process->run_for(1min);
  BOOST_TEST(!provider().circuit.held);
}

BOOST_AUTO_TEST_CASE(one_answer_of_a_proxy_holds_nothing) {
  const struct {
    int status;
    const char* body;
  } rows[]{{404, ""}, {405, ""}, {408, ""}, {421, ""}, {429, ""}, {400, "<html>"}, {404, "no"}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT("HTTP " << row.status << " " << row.body) {
      answer = [&](const std::string&) {
        return scripted_engine::answer{http_reply(row.status, row.body), 20ms};
      };
      begin();
      process->run_for(1s);
      BOOST_TEST(!provider().circuit.held);
      BOOST_TEST(provider().circuit.state == "closed");
      answer = success;
      process->run_for(10min);
      BOOST_TEST(state() == "success");
      crash();
    }
  }
  verify();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::tests
