#pragma once

#include <string_view>

/// Requests of other programs, as they were taken down.
namespace postrider::sources {

/// Alertmanager 0.25.0 of Debian 12, posting to a listener.
inline constexpr std::string_view alertmanager_firing =
    R"({"receiver":"ours","status":"firing",)"
    R"("alerts":[{"status":"firing",)"
    R"("labels":{"alertname":"HighLatency","instance":"web1","severity":"critical"},)"
    R"("annotations":{"description":"p99 latency over 1s for 5m","summary":"p99 is 2.1s"},)"
    R"("startsAt":"2026-11-23T03:39:29Z","endsAt":"0001-01-01T00:00:00Z",)"
    R"("generatorURL":"http://prom.example/graph","fingerprint":"28520d952c735e30"}],)"
    R"("groupLabels":{"alertname":"HighLatency"},)"
    R"("commonLabels":{"alertname":"HighLatency","instance":"web1","severity":"critical"},)"
    R"("commonAnnotations":{"description":"p99 latency over 1s for 5m","summary":"p99 is 2.1s"},)"
    R"("externalURL":"http://vm:18093","version":"4",)"
    R"("groupKey":"{}:{alertname=\"HighLatency\"}","truncatedAlerts":0})";
inline constexpr std::string_view alertmanager_resolved =
    R"({"receiver":"ours","status":"resolved",)"
    R"("alerts":[{"status":"resolved",)"
    R"("labels":{"alertname":"HighLatency","instance":"web1","severity":"critical"},)"
    R"("annotations":{"description":"p99 latency over 1s for 5m","summary":"p99 is 2.1s"},)"
    R"("startsAt":"2026-11-23T03:39:29Z","endsAt":"2026-11-23T03:49:29Z",)"
    R"("generatorURL":"http://prom.example/graph","fingerprint":"28520d952c735e30"}],)"
    R"("groupLabels":{"alertname":"HighLatency"},)"
    R"("commonLabels":{"alertname":"HighLatency","instance":"web1","severity":"critical"},)"
    R"("commonAnnotations":{"description":"p99 latency over 1s for 5m","summary":"p99 is 2.1s"},)"
    R"("externalURL":"http://vm:18093","version":"4",)"
    R"("groupKey":"{}:{alertname=\"HighLatency\"}","truncatedAlerts":0})";

/// The webhook example of Grafana's documentation, shortened, with members of newer versions.
/// grafana_12_4_3.json is whole.
inline constexpr std::string_view grafana_firing =
    R"({"receiver":"My Super Webhook","status":"firing","orgId":1,)"
    R"("alerts":[{"status":"firing",)"
    R"("labels":{"alertname":"High memory usage","team":"blue","zone":"us-1"},)"
    R"("annotations":{"description":"The system has high memory usage",)"
    R"("runbook_url":"https://myrunbook.com/runbook/1234",)"
    R"("summary":"This alert was triggered for zone us-1"},)"
    R"("startsAt":"2021-10-12T09:51:03.157076+02:00","endsAt":"0001-01-01T00:00:00Z",)"
    R"("generatorURL":"https://play.grafana.org/alerting/1afz29v7z/edit",)"
    R"("fingerprint":"c6eadffa33fcdf37",)"
    R"("silenceURL":"https://play.grafana.org/alerting/silence/new?alertmanager=grafana",)"
    R"("dashboardURL":"","panelURL":"","values":{"B":44.23943737541908,"C":1},)"
    R"("valueString":"[ var='B' ]","imageURL":"https://img.example/1.png"},)"
    R"({"status":"firing","labels":{"alertname":"High CPU usage","team":"blue","zone":"eu-1"},)"
    R"("annotations":{"description":"The system has high CPU usage",)"
    R"("summary":"This alert was triggered for zone eu-1"},)"
    R"("startsAt":"2021-10-12T09:56:03.157076+02:00","endsAt":"0001-01-01T00:00:00Z",)"
    R"("generatorURL":"https://play.grafana.org/alerting/d1rdpdv7k/edit",)"
    R"("fingerprint":"bc97ff14869b13e3","values":null}],)"
    R"("groupLabels":{},"commonLabels":{"team":"blue"},"commonAnnotations":{},)"
    R"("externalURL":"https://play.grafana.org/","version":"1","groupKey":"{}:{}",)"
    R"x("truncatedAlerts":0,"title":"[FIRING:2]  (blue)","state":"alerting",)x"
    R"("message":"**Firing**\n\nLabels:\n - alertname = High memory usage\n"})";

/// Grafana before version 8: the example of its documentation.
inline constexpr std::string_view grafana_legacy =
    R"({"dashboardId":1,"evalMatches":[{"value":1,"metric":"Count","tags":{}}],)"
    R"("imageUrl":"https://grafana.com/assets/img/blog/mixed_styles.png",)"
    R"("message":"Notification Message","orgId":1,"panelId":2,"ruleId":1,)"
    R"("ruleName":"Panel Title alert",)"
    R"("ruleUrl":"http://localhost:3000/d/hZ7BuVbWz/test-dashboard","state":"alerting",)"
    R"("tags":{"tag name":"tag value"},"title":"[Alerting] Panel Title alert"})";

/// Apprise 1.2.0 of Debian 12: apprise -t "Disk full" -b "/var is 97%" -n warning jsons://...
inline constexpr std::string_view apprise_json =
    R"({"version": "1.0", "title": "Disk full", "message": "/var is 97%", "attachments": [], )"
    R"("type": "warning", "channel": "sms"})";

}  // namespace postrider::sources
