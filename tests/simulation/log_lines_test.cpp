#include "base/log.hpp"
#include "tests/simulation/pipeline_fixture.hpp"

#include <algorithm>

using namespace std::chrono_literals;
using namespace postrider;
using namespace postrider::tests;

namespace {

/// Keeps the lines that an operator sees by default.
struct log_lines_fixture : pipeline_fixture {
  log_lines_fixture() {
    polls = {500ms, 1s, 10s, 1s};
    settings.providers.resize(1);
    start();
    process->run_for(1s);
    set_log_sink([this](auto level, auto component, auto text, auto) {
      BOOST_TEST_MESSAGE(component << ": " << text);
      if (level >= log_level::info) lines.emplace_back(level, text);
    });
  }

  void expect_one_warning(std::string_view said) {
    BOOST_REQUIRE(lines.size() == 1);
    BOOST_TEST((lines[0].first == log_level::warning));
    BOOST_TEST(lines[0].second.find(said) != std::string::npos, lines[0].second);
  }
  actors::send_request request(std::chrono::seconds ttl) const {
    actors::send_request request;
    request.user = 1;
    request.text = "hello";
    request.ttl = ttl;
    request.recipients.emplace();
    request.recipients->push_back({"+15550000001", {}, {}, {}});
    return request;
  }

  std::vector<std::pair<log_level, std::string>> lines;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(log_lines, log_lines_fixture)

BOOST_AUTO_TEST_CASE(a_delivery_that_goes_well_leaves_none) {
  for (int i = 0; i < 10; ++i)
    BOOST_TEST(send("hello").has_value());
  process->run_for(10s);
  BOOST_TEST(calls["alpha"] == 10);
  BOOST_TEST(lines.empty());
}

BOOST_AUTO_TEST_CASE(a_chain_that_is_given_up_leaves_one_warning) {
  replies["alpha"] = unregistered;
  BOOST_TEST(send("hello").has_value());
  process->run_for(10min);
  expect_one_warning("has failed for good: recipient_rejected");
}

BOOST_AUTO_TEST_CASE(what_expires_at_a_sender_leaves_one_warning) {
  settings.providers[0].max_in_flight = 1;
  replies["alpha"] = [](const std::string& body) {
    auto slow = success(body);
    slow.after = 5'001ms;
    return slow;
  };
  // Only the sender looks for expired rows, when the call before has ended.
  polls = {1h, 1h, 1h, 1h};
  start();
  process->run_for(1s);
  lines.clear();
  BOOST_TEST(send("first").has_value());
  BOOST_TEST(send(request(5s)).has_value());
  process->run_for(10s);
  BOOST_TEST(calls["alpha"] == 1);
  expect_one_warning("expired");
}

BOOST_AUTO_TEST_CASE(what_expires_in_the_database_is_summed_up) {
  settings.limits.sender_window = 1;
  replies["alpha"] = [](const std::string& body) {
    auto slow = success(body);
    slow.after = 30s;
    return slow;
  };
  start();
  process->run_for(1s);
  lines.clear();
  BOOST_TEST(send("first").has_value());
  for (int i = 0; i < 5; ++i)
    BOOST_TEST(send(request(10s)).has_value());
  process->run_for(20s);
  expect_one_warning("5 transactions have failed for good: expired while waiting");
}

BOOST_AUTO_TEST_SUITE_END()
