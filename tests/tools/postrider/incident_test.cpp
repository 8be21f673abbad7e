#include "tools/postrider/incident.hpp"

#include "tests/tools/postrider/command_world.hpp"

#include <boost/json/parse.hpp>

namespace postrider::cli::tests {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

json::object parsed(const std::string& text) { return json::parse(text).as_object(); }

const std::string ready = R"({"status":"ready","reasons":[],"warnings":[]})";
const std::string well =
    R"({"data":[{"name":"alpha","active":true,"in_flight":3,"circuit":{"state":"closed",)"
    R"("reason":null,"since":null,"open_until":null,"held":false}}]})";
const std::string quiet =
    R"({"database":{"waiting":[{"state":"failed","transactions":{"due":0,"later":0},)"
    R"("at_least":false}]},"scheduler":{"waiting_lanes":[]}})";
const std::string nothing_lost = R"({"given_up":{"window_ms":86400000,"at_least":false,"by":[]}})";

std::string report(const std::string& readiness, const std::string& providers,
                   const std::string& inspection, const std::string& given_up) {
  return incident_report(
      {parsed(readiness), parsed(providers), parsed(inspection), parsed(given_up)});
}

int lines_of(const std::string& text) {
  return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(incident_)

BOOST_AUTO_TEST_CASE(a_quiet_server_has_five_lines) {
  BOOST_TEST(report(ready, well, quiet, nothing_lost) ==
             "ready\n"
             "down: nothing; 1 of 1 providers work\n"
             "waits: nothing\n"
             "in flight: 3\n"
             "given up in the last 24 h: nothing\n");
}

BOOST_AUTO_TEST_CASE(an_incident_says_since_when_and_how_much) {
  const auto text = report(
      R"({"status":"not_ready","reasons":["the database is away","it stops"],"warnings":["no key"]})",
      R"({"data":[)"
      R"({"name":"alpha","active":true,"in_flight":0,"circuit":{"state":"open","reason":"refused",)"
      R"("since":"2026-11-29T21:00:00.000Z","open_until":"2026-11-29T21:30:00.000Z","held":false}},)"
      R"({"name":"beta","active":true,"in_flight":0,"circuit":{"state":"open","reason":"a captcha",)"
      R"("since":"2026-11-29T20:00:00.000Z","open_until":"2026-11-29T22:00:00.000Z","held":true}},)"
      R"({"name":"epsilon","active":true,"in_flight":0,"circuit":{"state":"open",)"
      R"("reason":"no such account","since":"2026-11-29T19:00:00.000Z","open_until":null,)"
      R"("held":true}},)"
      R"({"name":"gamma","active":false,"in_flight":0,"circuit":{"state":"closed"}},)"
      R"({"name":"delta","active":true,"in_flight":2,"circuit":{"state":"closed"}}]})",
      R"({"database":{"waiting":[)"
      R"({"state":"failed","transactions":{"due":0,"later":4},"at_least":false},)"
      R"({"provider":"alpha","transactions":{"due":1000,"later":0},"at_least":false},)"
      R"({"provider":"alpha","transactions":{"due":10000,"later":30},"at_least":true}]},)"
      R"("scheduler":{"waiting_lanes":[)"
      R"({"provider":"alpha","oldest_age_ms":60000,"waits_for":"turn"},)"
      R"({"provider":"alpha","oldest_age_ms":725000,"waits_for":"provider_down"}]}})",
      R"({"given_up":{"window_ms":86400000,"at_least":true,"by":[)"
      R"({"provider":"alpha","error":"unavailable","count":3,"last":17,"last_age_ms":720000},)"
      R"({"provider":"beta","error":"outcome_unknown","count":5,"last":12,"last_age_ms":7500000}]}})");
  BOOST_TEST(
      text ==
      "NOT READY: the database is away; it stops\n"
      "warning: no key\n"
      "down: alpha since 2026-11-29T21:00:00.000Z, tried again at 2026-11-29T21:30:00.000Z: "
      "refused\n"
      "down: beta since 2026-11-29T20:00:00.000Z, held, tried again at 2026-11-29T22:00:00.000Z or "
      "when the configuration is read again: a captcha\n"
      "down: epsilon since 2026-11-29T19:00:00.000Z, held, tried again with the next message for "
      "it "
      "or when the configuration is read again: no such account\n"
      "off: gamma\n"
      "up: 1 of 5 providers work\n"
      "waits: at least 11030 for alpha, 30 of them for a later time, the oldest for 12 min: it is "
      "down\n"
      "waits: 4 for their retry, 4 of them for a later time\n"
      "in flight: 2\n"
      "given up in the last 24 h: at least 8 (5 outcome_unknown at beta, 3 unavailable at alpha); "
      "the last 12 min ago: #17\n"
      "not known whether it arrived: 5; see postrider settle --help\n");
}

BOOST_AUTO_TEST_CASE(a_provider_that_fails_is_named_before_it_is_down) {
  const auto text =
      report(ready,
             R"({"data":[{"name":"alpha","active":true,"in_flight":0,"circuit":{"state":"closed"},)"
             R"("health":{"consecutive_failures":2,"last_error":"refused"}}]})",
             quiet, nothing_lost);
  BOOST_TEST(
      text.find("down: nothing; 1 of 1 providers work\nfailing: alpha, 2 in a row: refused\n") !=
          std::string::npos,
      text);
}

BOOST_AUTO_TEST_CASE(a_hundred_providers_do_not_make_a_hundred_lines) {
  json::array providers, waiting, by;
  for (int i = 0; i < 100; ++i) {
    const auto name = "p" + std::to_string(i);
    providers.push_back({{"name", name}, {"active", true}, {"circuit", {{"state", "open"}}}});
    waiting.push_back({{"provider", name}, {"transactions", {{"due", i + 1}, {"later", 0}}}});
    by.push_back({{"provider", name}, {"error", "expired"}, {"count", i + 1}, {"last_age_ms", i}});
  }
  const auto text = incident_report({parsed(ready), json::object{{"data", providers}},
                                     json::object{{"database", {{"waiting", waiting}}}},
                                     json::object{{"given_up", {{"by", by}}}}});
  BOOST_TEST(lines_of(text) == 1 + 5 + 1 + 5 + 1 + 1, text);
  BOOST_TEST(text.find("and 96 more: see postrider providers") != std::string::npos);
  BOOST_TEST(text.find("waits: 100 for p99") != std::string::npos);
  BOOST_TEST(text.find("5050 (100 expired at p99") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(each_answer_that_is_missing_is_said_and_the_rest_is_shown) {
  const auto lost = failure::because("no answer");
  const auto text = incident_report(
      {lost, lost, parsed(R"({"database":{"error":"no answer within half a second"}})"), lost});
  BOOST_TEST(text ==
             "ready: not known: no answer\n"
             "down: not known: no answer\n"
             "waits: not known: no answer within half a second\n"
             "given up: not known: no answer\n");
  BOOST_TEST(report(ready, R"({"data":[]})", quiet, nothing_lost)
                 .find("down: no provider is configured\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_age_has_two_units_at_most) {
  BOOST_TEST(age_text(999ms) == "0 s");
  BOOST_TEST(age_text(59s) == "59 s");
  BOOST_TEST(age_text(12min + 59s) == "12 min");
  BOOST_TEST(age_text(3h) == "3 h");
  BOOST_TEST(age_text(3h + 5min) == "3 h 5 min");
  BOOST_TEST(age_text(24h) == "24 h");
  BOOST_TEST(age_text(52h) == "2 d 4 h");
}

BOOST_FIXTURE_TEST_CASE(inspect_begins_with_it, command_world) {
  script = {answered("GET", "/admin/inspect", "", 200, R"({"ready":true})"),
            // Not ready is an answer too.
            answered("GET", "/readyz", "", 503, R"({"status":"not_ready","reasons":["away"]})"),
            answered("GET", "/v1/providers", "", 200, well),
            answered("GET", "/admin/inspect?section=given_up", "", 200, nothing_lost)};
  BOOST_TEST(run({"inspect"}) == done);
  BOOST_TEST(script.empty());
  BOOST_TEST(out.str() ==
             "NOT READY: away\n"
             "down: nothing; 1 of 1 providers work\n"
             "waits: nothing\n"
             "in flight: 3\n"
             "given up in the last 24 h: nothing\n"
             "\n"
             "ready: true\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
