#include "base/log.hpp"
#include "tests/simulation/reroute_fixture.hpp"

#include <algorithm>

/// An outage as an operator sees it: log lines, warnings of /readyz, and the states of providers.
namespace postrider::tests {
namespace {

struct outage_fixture : reroute_fixture {
  outage_fixture() {
    polls.provider_states = 1s;
    settings.providers.resize(1);
    settings.providers[0].circuit.failures = 3;
    settings.messaging.retry_delay = 1min;
    replies["alpha"] = [](const std::string&) { return refused(); };
    set_log_sink([this](auto level, auto component, auto text, auto) {
      BOOST_TEST_MESSAGE(component << ": " << text);
      if (component == "providers") lines.push_back({level, std::string(text)});
    });
  }
  ~outage_fixture() { set_log_sink({}); }

  std::vector<std::string> warnings() { return process->gateway().ready().warnings; }
  bool warns(std::string_view said) {
    return std::ranges::any_of(warnings(), [&](const auto& one) { return one.starts_with(said); });
  }

  std::vector<std::pair<log_level, std::string>> lines;
};

BOOST_FIXTURE_TEST_SUITE(outage, outage_fixture)

BOOST_AUTO_TEST_CASE(a_total_outage_is_said_once_when_it_begins_and_once_when_it_ends) {
  start();
  send_many(20);
  process->run_for(10min);
  BOOST_TEST_REQUIRE(lines.size() == 1u);
  BOOST_TEST((lines[0].first == log_level::warning));
  BOOST_TEST(lines[0].second.starts_with("alpha is down after "), lines[0].second);
  BOOST_TEST(warns("no provider works, "));
  BOOST_TEST(warns("alpha is down after "));
  replies["alpha"] = success;
  process->run_for(10min);
  BOOST_TEST_REQUIRE(lines.size() == 2u);
  BOOST_TEST((lines[1].first == log_level::info));
  BOOST_TEST(lines[1].second.starts_with("alpha works again after "), lines[1].second);
  BOOST_TEST(warnings().empty());
  verify();
}

BOOST_AUTO_TEST_CASE(a_refusal_of_the_settings_is_an_outage_too) {
  replies["alpha"] = misconfigured;
  start();
  send_many(3);
  process->run_for(1min);
  BOOST_TEST_REQUIRE(lines.size() == 1u);
  BOOST_TEST(lines[0].second.starts_with("alpha is down after "), lines[0].second);
  BOOST_TEST(warns("alpha is held"));
  BOOST_TEST(!warns("alpha is down"));
}

BOOST_AUTO_TEST_CASE(a_pause_for_the_whole_provider_is_shown_and_named_at_what_waits) {
  settings.providers[0].type = "sms";
  settings.providers[0].keys = twilio_keys();
  settings.messaging.default_provider_type = "sms";
  replies["alpha"] = [](const std::string&) {
    auto busy = http_reply(429, R"({"code":20429,"message":"Too Many Requests"})");
    busy.headers.emplace_back("retry-after", "100");
    return scripted_engine::answer{std::move(busy), 20ms};
  };
  start();
  send_many(2);
  process->run_for(5s);
  const auto calls_before = calls["alpha"];
  send_many(1);
  process->run_for(5s);
  BOOST_TEST(calls["alpha"] == calls_before);
  BOOST_TEST(warns("alpha asked to wait until "));
  const auto waits = status(ids.back()).recipients.at(0).transactions.back().waits_for;
  BOOST_TEST_REQUIRE(waits.has_value());
  BOOST_TEST(to_string(waits->reason) == "throttled");
  BOOST_TEST_REQUIRE(waits->next_at.has_value());
  BOOST_TEST((*waits->next_at > clock.wall()));
  BOOST_TEST(lines.empty());
  // Nothing is left of it when it is over.
  process->run_for(60s);
  replies["alpha"] = [](const std::string&) {
    return scripted_engine::answer{
        http_reply(201, R"({"sid":"SM00000000000000000000000000000001","status":"queued"})"), 20ms};
  };
  process->run_for(5min);
  BOOST_TEST(warnings().empty());
  verify();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::tests
