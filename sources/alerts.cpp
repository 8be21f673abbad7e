#include "base/ascii.hpp"
#include "base/cut_text.hpp"
#include "base/hex.hpp"
#include "base/signature.hpp"
#include "sources/draft.hpp"
#include "sources/payload.hpp"
#include "sources/texts.hpp"

#include <fmt/format.h>

#include <algorithm>

// Alertmanager's webhook (version "4") and Grafana's, which is modelled on it (version "1"), and
// Grafana's older one.
namespace postrider::sources {
namespace {

namespace json = boost::json;
using persistence::priority;

const json::value nothing = nullptr;

const json::value& part(const json::value& of, std::string_view name) {
  const auto* found = member(of, name);
  return found ? *found : nothing;
}

bool is_resolved(const json::value& alert) { return text_member(alert, "status") == "resolved"; }

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

/// The first of these that is there, as one text.
std::string first_of(const json::value& of, std::initializer_list<std::string_view> names) {
  for (const auto name : names)
    if (auto text = clean_text(text_member(of, name)); !text.empty()) return text;
  return {};
}

/// "a=1, b=2" of an object of plain values.
std::string listed(const json::value& of) {
  std::string text;
  if (const auto* object = of.if_object())
    for (const auto& [name, value] : *object)
      if (auto one = text_of(value); !one.empty())
        text += fmt::format("{}{}={}", text.empty() ? "" : ", ",
                            std::string_view(name.data(), name.size()), one);
  return clean_line(text, 500);
}

std::string headline(const json::value& alert) {
  const auto& labels = part(alert, "labels");
  auto name = first_of(labels, {"alertname"});
  auto line = fmt::format("{} {}", is_resolved(alert) ? "RESOLVED" : "FIRING",
                          name.empty() ? "an alert without a name" : name);
  if (const auto where = first_of(labels, {"instance"}); !where.empty())
    line += fmt::format(", {}", where);
  if (const auto severity = first_of(labels, {"severity"}); !severity.empty())
    line += fmt::format(" ({})", severity);
  return clean_line(line, 300);
}

void add_line(std::string& text, std::string_view line) {
  if (!line.empty()) text.append("\n").append(line);
}

/// One alert in a few lines.
std::string alert_text(const json::value& alert) {
  auto text = headline(alert);
  const auto& notes = part(alert, "annotations");
  const auto summary = first_of(notes, {"summary", "description", "message"});
  add_line(text, summary.empty() ? listed(part(alert, "labels")) : summary);
  const auto values = listed(part(alert, "values"));
  add_line(text, values.empty() ? clean_line(text_member(alert, "valueString"), 500) : values);
  add_line(text, first_of(alert, {"panelURL", "dashboardURL", "generatorURL"}));
  if (const auto image = first_of(alert, {"imageURL"}); !image.empty())
    add_line(text, "Image: " + image);
  return text;
}

/// As many whole alerts as there is room for, and the count of the others.
std::string alert_list(const std::vector<const json::value*>& alerts, std::size_t truncated,
                       std::size_t room) {
  const auto rest_of = [&](std::size_t shown) {
    const auto rest = alerts.size() - shown + truncated;
    return rest == 0 ? std::string()
                     : fmt::format("\n\nand {} more alert{}", rest, rest == 1 ? "" : "s");
  };
  std::string text;
  std::size_t shown = 0, used = 0;
  for (const auto* alert : alerts) {
    const auto one = alert_text(*alert);
    const auto size = characters(one) + (shown == 0 ? 0 : 2);
    if (shown > 0 && used + size + rest_of(shown + 1).size() > room) break;
    text.append(shown == 0 ? "" : "\n\n").append(one);
    used += size;
    ++shown;
  }
  const auto rest = rest_of(shown);
  return fitted(text, room > rest.size() ? room - rest.size() : 0) + rest;
}

std::string alerts_title(const json::value& payload,
                         const std::vector<const json::value*>& alerts) {
  const auto resolved = static_cast<std::size_t>(
      std::ranges::count_if(alerts, [](const auto* one) { return is_resolved(*one); }));
  const auto firing = alerts.size() - resolved;
  std::string counts;
  if (firing > 0) counts = fmt::format("FIRING:{}", firing);
  if (resolved > 0) counts += fmt::format("{}RESOLVED:{}", firing > 0 ? ", " : "", resolved);
  auto name = first_of(part(payload, "commonLabels"), {"alertname"});
  if (name.empty()) name = listed(part(payload, "groupLabels"));
  if (name.empty() && alerts.size() == 1)
    name = first_of(part(*alerts[0], "labels"), {"alertname"});
  return clean_line(fmt::format("[{}] {}", counts, name), max_title_characters);
}

/// The name of this state of this group: a repeat after a lost answer has the same one. Empty when
/// the payload does not name its alerts.
std::string event_of(const json::value& payload, const std::vector<const json::value*>& alerts) {
  std::vector<std::string> states;
  for (const auto* alert : alerts) {
    const auto print = text_member(*alert, "fingerprint"), since = text_member(*alert, "startsAt");
    if (print.empty() || since.empty()) return {};
    states.push_back(fmt::format("{}\x1f{}\x1f{}", print, text_member(*alert, "status"), since));
  }
  std::ranges::sort(states);
  auto event = fmt::format("{}\x1e{}\x1e{}\x1e{}", text_member(payload, "receiver"),
                           text_member(payload, "groupKey"), text_member(payload, "status"),
                           text_member(payload, "truncatedAlerts"));
  for (const auto& state : states)
    event += "\x1e" + state;
  return event;
}

priority own_priority(std::string_view severity) {
  static constexpr std::array<std::string_view, 5> grave{"critical", "page", "emergency",
                                                         "disaster", "fatal"};
  return std::ranges::find(grave, severity) == grave.end() ? priority::normal : priority::high;
}

/// The level of the alert whose priority is the highest; the smallest number is the highest.
std::string gravest_level(const source_settings& of,
                          const std::vector<const json::value*>& alerts) {
  std::optional<priority> highest;
  std::string gravest;
  for (const auto* alert : alerts) {
    auto level = ascii::lower_case(text_member(part(*alert, "labels"), of.priority_label));
    const auto here = priority_for(of, level, own_priority(level));
    if (highest && here >= *highest) continue;
    highest = here;
    gravest = std::move(level);
  }
  return gravest;
}

std::string missing_alerts(const source_settings& of) {
  return fmt::format(
      "`alerts` must be a list of alerts, as the webhook of {} sends it; for a payload of your own "
      "use a source of type \"json\"",
      of.type == source_type::grafana ? "Grafana" : "Alertmanager");
}

draft_result read_alerts(const source_settings& of, json::value payload) {
  const auto* list = part(payload, "alerts").if_array();
  if (!list || list->empty() ||
      !std::ranges::all_of(*list, [](const auto& one) { return one.is_object(); }))
    return refusal{400, missing_alerts(of)};
  std::vector<const json::value*> alerts;
  for (const auto& alert : *list)
    if (of.send_resolved || !is_resolved(alert)) alerts.push_back(&alert);
  draft made;
  if (alerts.empty()) {
    made.skipped = "resolved, and send_resolved is false";
    return made;
  }
  const auto truncated = whole_number(member(payload, "truncatedAlerts")).value_or(0);
  made.text = alert_list(alerts, static_cast<std::size_t>(std::max<std::int64_t>(truncated, 0)),
                         of.max_characters);
  made.fits = true;
  made.title = alerts_title(payload, alerts);
  made.level = gravest_level(of, alerts);
  made.priority = own_priority(made.level);
  made.event = event_of(payload, alerts);
  made.payload = std::move(payload);
  return made;
}

// ---- Grafana --------------------------------------------------------------------------------

std::string_view header_of(const incoming& request, std::string_view name) {
  const auto wanted = ascii::lower_case(name);
  for (const auto& [given, value] : request.headers)
    if (ascii::lower_case(given) == wanted) return value;
  return {};
}

/// Grafana signs the body, or the time of a header, a colon and the body; in hexadecimal.
std::optional<refusal> refuse_signature(const source_settings& of, const incoming& request) {
  if (of.signature_secret.empty()) return std::nullopt;
  std::string signed_text;
  if (!of.signature_timestamp_header.empty())
    signed_text = fmt::format("{}:", header_of(request, of.signature_timestamp_header));
  signed_text += request.body;
  std::string expected;
  for (const char byte : hmac_sha256(of.signature_secret, signed_text))
    append_hex(expected, byte, lower_hex);
  const auto given = ascii::lower_case(header_of(request, of.signature_header));
  if (equal_in_constant_time(given, expected)) return std::nullopt;
  return refusal{
      401,
      fmt::format("the header {} {}; set the same secret in Grafana's contact point "
                  "(HMAC signature) and in the source's signature_secret_file",
                  of.signature_header, given.empty() ? "is missing" : "has another signature")};
}

/// Grafana before version 8: one rule, and the metrics that match.
draft read_legacy(json::value payload) {
  draft made;
  const auto state = text_member(payload, "state");
  made.title = clean_line(text_member(payload, "title"), max_title_characters);
  if (made.title.empty())
    made.title = clean_line(fmt::format("[{}] {}", upper(state), text_member(payload, "ruleName")),
                            max_title_characters);
  made.text = clean_text(text_member(payload, "message"));
  if (made.text.empty()) made.text = made.title;
  if (const auto* matches = part(payload, "evalMatches").if_array())
    for (const auto& match : *matches)
      add_line(made.text, clean_line(fmt::format("{}: {}", text_member(match, "metric"),
                                                 text_member(match, "value")),
                                     300));
  add_line(made.text, first_of(payload, {"ruleUrl"}));
  if (const auto image = first_of(payload, {"imageUrl"}); !image.empty())
    add_line(made.text, "Image: " + image);
  made.level = ascii::lower_case(state);
  made.payload = std::move(payload);
  return made;
}

}  // namespace

draft_result read_alertmanager(const source_settings& of, const incoming& request) {
  if (auto refused = refuse_shape(of, request)) return *refused;
  auto payload = parse_object(of, request.body);
  if (!payload) return payload.error();
  return read_alerts(of, std::move(*payload));
}

draft_result read_grafana(const source_settings& of, const incoming& request) {
  if (auto refused = refuse_shape(of, request)) return *refused;
  if (auto refused = refuse_signature(of, request)) return *refused;
  auto payload = parse_object(of, request.body);
  if (!payload) return payload.error();
  if (member(*payload, "alerts")) {
    auto made = read_alerts(of, std::move(*payload));
    if (!made) return made;
    auto title = clean_line(text_member(made->payload, "title"), max_title_characters);
    if (!title.empty()) made->title = std::move(title);
    return made;
  }
  if (member(*payload, "ruleName") || member(*payload, "ruleId")) {
    if (!of.send_resolved && text_member(*payload, "state") == "ok") {
      draft made;
      made.skipped = "resolved, and send_resolved is false";
      return made;
    }
    return read_legacy(std::move(*payload));
  }
  return refusal{400, missing_alerts(of)};
}

}  // namespace postrider::sources
