#include "base/hex.hpp"
#include "base/signature.hpp"
#include "payloads.hpp"
#include "source_fixture.hpp"

#include <fstream>
#include <iterator>

namespace postrider::sources {

struct alerts_fixture : source_fixture {
  alerts_fixture() { of.type = source_type::alertmanager; }

  static std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    std::string made(text);
    const auto at = made.find(from);
    BOOST_REQUIRE(at != made.npos);
    return made.replace(at, from.size(), to);
  }
  std::string event_of(std::string_view body) { return must(post(body)).event; }

  /// `count` alerts in one post.
  static std::string many(std::size_t count, std::size_t truncated = 0) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) {
      const auto number = std::to_string(i);
      list += (i == 0 ? "" : ",") +
              std::string(R"({"status":"firing","labels":{"alertname":"Disk",)") +
              R"("instance":"db)" + number + R"("},"annotations":{"summary":"disk )" + number +
              R"( is full"},"startsAt":"2026-11-23T03:39:29Z","fingerprint":")" + number + R"("})";
    }
    return R"({"receiver":"r","status":"firing","groupKey":"g","truncatedAlerts":)" +
           std::to_string(truncated) + R"(,"commonLabels":{"alertname":"Disk"},"alerts":[)" + list +
           "]}";
  }
};

BOOST_FIXTURE_TEST_SUITE(alerts, alerts_fixture)

BOOST_AUTO_TEST_CASE(a_firing_alert_says_what_where_and_why) {
  const auto made = must(post(alertmanager_firing));
  BOOST_TEST(first(made).user == 7);
  BOOST_TEST(!first(made).recipients.has_value());
  BOOST_TEST(first(made).subject == "[FIRING:1] HighLatency");
  BOOST_TEST(first(made).text ==
             "FIRING HighLatency, web1 (critical)\np99 is 2.1s\nhttp://prom.example/graph");
  BOOST_TEST((first(made).priority == persistence::priority::high));
}

BOOST_AUTO_TEST_CASE(a_resolved_alert_has_its_own_text_and_is_another_event) {
  const auto made = must(post(alertmanager_resolved));
  BOOST_TEST(first(made).subject == "[RESOLVED:1] HighLatency");
  BOOST_TEST(first(made).text.starts_with("RESOLVED HighLatency, web1 (critical)\n"));
  BOOST_TEST(made.event != event_of(alertmanager_firing));
}

BOOST_AUTO_TEST_CASE(resolved_alerts_can_be_dropped) {
  of.send_resolved = false;
  const auto made = must(post(alertmanager_resolved));
  BOOST_TEST(made.messages.empty());
  BOOST_TEST(made.skipped == "resolved, and send_resolved is false");
  BOOST_TEST(must(post(alertmanager_firing)).messages.size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_event_is_the_state_of_a_group) {
  const auto event = event_of(alertmanager_firing);
  BOOST_TEST(!event.empty());
  BOOST_TEST(event_of(alertmanager_firing) == event);
  // Members that change from post to post, and those that nobody knows.
  BOOST_TEST(event_of(replaced(alertmanager_firing, "http://vm:18093", "http://other:1")) == event);
  BOOST_TEST(event_of(replaced(alertmanager_firing, R"("version":"4")",
                               R"("version":"4","notification_reason":"x","routeLabels":{})")) ==
             event);
  BOOST_TEST(event_of(replaced(alertmanager_firing, "p99 is 2.1s", "p99 is 3s")) == event);
  for (const auto& [from, to] :
       {std::pair("03:39:29Z", "04:39:29Z"), std::pair("28520d952c735e30", "28520d952c735e31"),
        std::pair(R"("receiver":"ours")", R"("receiver":"others")"),
        std::pair(R"(\"HighLatency\"}")", R"(\"Other\"}")"),
        std::pair(R"("truncatedAlerts":0)", R"("truncatedAlerts":2)")})
    BOOST_TEST(event_of(replaced(alertmanager_firing, from, to)) != event, from);
}

BOOST_AUTO_TEST_CASE(alerts_that_name_nothing_are_no_event) {
  BOOST_TEST(event_of(R"({"alerts":[{"status":"firing","labels":{}}]})") == "");
}

BOOST_AUTO_TEST_CASE(one_of_a_group_that_ends_is_another_event) {
  const auto both = many(2);
  const auto one_ended =
      replaced(both, R"({"status":"firing","labels":{"alertname":"Disk","instance":"db1")",
               R"({"status":"resolved","labels":{"alertname":"Disk","instance":"db1")");
  BOOST_TEST(event_of(both) != event_of(one_ended));
  BOOST_TEST(first(must(post(one_ended))).subject == "[FIRING:1, RESOLVED:1] Disk");
}

BOOST_AUTO_TEST_CASE(many_alerts_are_one_message_with_whole_alerts_and_a_count) {
  of.max_characters = 300;
  const auto made = must(post(many(50, 3)));
  BOOST_TEST(made.messages.size() == 1U);
  const auto& text = first(made).text;
  BOOST_TEST(text.size() <= 300U);
  BOOST_TEST(text.starts_with("FIRING Disk, db0\ndisk 0 is full\n\nFIRING Disk, db1\n"));
  std::size_t shown = 0;
  for (auto at = text.find("FIRING"); at != text.npos; at = text.find("FIRING", at + 1))
    ++shown;
  BOOST_TEST(text.ends_with("\n\nand " + std::to_string(53 - shown) + " more alerts"));
  BOOST_TEST(first(made).subject == "[FIRING:50] Disk");
}

BOOST_AUTO_TEST_CASE(one_alert_that_is_too_long_is_cut) {
  of.max_characters = 250;
  const auto made = must(post(replaced(alertmanager_firing, "\"p99 is 2.1s\"},\"startsAt\"",
                                       "\"" + std::string(10'000, 'x') + "\"},\"startsAt\"")));
  BOOST_TEST(first(made).text.size() <= 250U);
  BOOST_TEST(first(made).text.find(" more characters)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(priorities_follow_a_label) {
  of.priorities = {{"critical", persistence::priority::low},
                   {"default", persistence::priority::high}};
  BOOST_TEST((first(must(post(alertmanager_firing))).priority == persistence::priority::low));
  BOOST_TEST((first(must(post(many(1)))).priority == persistence::priority::high));
  of.priority_label = "instance";
  of.priorities = {{"web1", persistence::priority::normal}};
  BOOST_TEST((first(must(post(alertmanager_firing))).priority == persistence::priority::normal));
}

BOOST_AUTO_TEST_CASE(templates_see_the_payload_and_escape_nothing) {
  of.title = "{{status}}: {{commonLabels.alertname}}";
  of.message =
      "{{#alerts}}{{labels.instance}} <{{annotations.summary}}> & {{groupKey}}\n{{/alerts}}";
  const auto made = must(post(alertmanager_firing));
  BOOST_TEST(first(made).subject == "firing: HighLatency");
  BOOST_TEST(first(made).text == R"(web1 <p99 is 2.1s> & {}:{alertname="HighLatency"})");
}

BOOST_AUTO_TEST_CASE(a_template_that_fails_leaves_the_own_text_and_says_why) {
  of.message = "{{nothing}}";
  const auto made = must(post(alertmanager_firing));
  BOOST_TEST(first(made).text ==
             "FIRING HighLatency, web1 (critical)\np99 is 2.1s\nhttp://prom.example/graph\n\n(the "
             "template \"message\" of the source alerts failed: it came out empty)");
  BOOST_TEST(made.fault.find("\"message\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(others_are_refused_in_words_that_help) {
  for (const auto* body :
       {"", "{", "[]", "{}", R"({"alerts":[]})", R"({"alerts":{}})", R"({"alerts":["x"]})"})
    BOOST_TEST(refused(post(body)) == 400U, body);
  BOOST_TEST(post(R"({"text":"x"})").error().detail.find("type \"json\"") != std::string::npos);
  request.path = {"x"};
  BOOST_TEST(refused(post(alertmanager_firing)) == 404U);
  request.path.clear();
  request.method = "GET";
  BOOST_TEST(refused(translate(of, request)) == 405U);
}

BOOST_AUTO_TEST_CASE(members_of_other_types_are_no_reason_to_lose_an_alert) {
  const auto made =
      must(post(R"({"alerts":[{"status":7,"labels":[],"annotations":null,"values":3}],)"
                R"("commonLabels":"x","groupLabels":1,"truncatedAlerts":"many"})"));
  BOOST_TEST(first(made).text == "FIRING an alert without a name");
}

BOOST_AUTO_TEST_CASE(grafana_has_values_links_and_pictures) {
  of.type = source_type::grafana;
  const auto made = must(post(grafana_firing));
  BOOST_TEST(first(made).subject == "[FIRING:2] (blue)");
  BOOST_TEST(first(made).text ==
             "FIRING High memory usage\nThis alert was triggered for zone us-1\n"
             "B=44.23943737541908, C=1\nhttps://play.grafana.org/alerting/1afz29v7z/edit\n"
             "Image: https://img.example/1.png\n\n"
             "FIRING High CPU usage\nThis alert was triggered for zone eu-1\n"
             "https://play.grafana.org/alerting/d1rdpdv7k/edit");
  BOOST_TEST(!made.event.empty());
}

BOOST_AUTO_TEST_CASE(grafana_of_old_has_no_event) {
  of.type = source_type::grafana;
  const auto made = must(post(grafana_legacy));
  BOOST_TEST(first(made).subject == "[Alerting] Panel Title alert");
  BOOST_TEST(first(made).text ==
             "Notification Message\nCount: 1\nhttp://localhost:3000/d/hZ7BuVbWz/test-dashboard\n"
             "Image: https://grafana.com/assets/img/blog/mixed_styles.png");
  BOOST_TEST(made.event.empty());
  of.send_resolved = false;
  BOOST_TEST(!must(post(replaced(grafana_legacy, "alerting", "ok"))).skipped.empty());
}

BOOST_AUTO_TEST_CASE(grafana_signs_the_body_with_or_without_a_time) {
  of.type = source_type::grafana;
  of.signature_secret = "secret";
  const auto sign = [](std::string_view text) {
    std::string hex;
    for (const char byte : hmac_sha256("secret", text))
      append_hex(hex, byte, lower_hex);
    return hex;
  };
  const auto plain = sign(grafana_firing);
  BOOST_TEST(refused(post(grafana_firing)) == 401U);
  request.headers = {{"x-grafana-alerting-signature", plain}};
  BOOST_TEST(must(post(grafana_firing)).messages.size() == 1U);
  BOOST_TEST(refused(post(grafana_legacy)) == 401U);
  of.signature_timestamp_header = "X-Grafana-Alerting-Timestamp";
  BOOST_TEST(refused(post(grafana_firing)) == 401U);
  const auto timed = sign("1796000000:" + std::string(grafana_firing));
  request.headers = {{"X-Grafana-Alerting-Signature", timed},
                     {"X-Grafana-Alerting-Timestamp", "1796000000"}};
  BOOST_TEST(must(post(grafana_firing)).messages.size() == 1U);
}

/// grafana_12_4_3.json has the bytes that Go makes of receivers/webhook/v1/webhook.go and
/// templates/template_data.go of grafana/alerting, tag v0.0.0-release-12.4.3.
BOOST_AUTO_TEST_CASE(grafana_12_4_3_byte_for_byte) {
  of.type = source_type::grafana;
  std::ifstream file(SOURCE_PAYLOADS "/grafana_12_4_3.json");
  const std::string body((std::istreambuf_iterator<char>(file)), {});
  const auto made = must(post(body));
  BOOST_TEST(first(made).subject == "[FIRING:1, RESOLVED:1] Memory & swap hosts (critical)");
  BOOST_TEST(first(made).text ==
             "FIRING Memory & swap (critical)\nus-1: memory & swap are full\n"
             "A=93.7421875, C=1\nhttps://grafana.example/d/abcd?orgId=1&viewPanel=4\n"
             "Image: https://grafana.example/img/1.png\n\n"
             "RESOLVED Memory & swap (critical)\neu-1: memory & swap are full\n"
             "https://grafana.example/d/abcd?orgId=1&viewPanel=4");
  BOOST_TEST((first(made).priority == persistence::priority::high));
  BOOST_TEST(must(post(body)).event == made.event);
  BOOST_TEST(made.event.find("bc97ff14869b13e3\x1fresolved") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::sources
