#include "tools/postrider/incident.hpp"

#include "tools/postrider/message_report.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

namespace postrider::cli {

namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

/// Lines of one kind.
constexpr std::size_t most_lines = 4;
/// Parts that are named in one line.
constexpr std::size_t most_parts = 4;

std::int64_t number(const json::object& of, std::string_view name) {
  const auto* found = of.if_contains(name);
  return found != nullptr && found->is_int64() ? found->get_int64() : 0;
}

const json::object& object(const json::object& of, std::string_view name) {
  static const json::object none;
  const auto* found = of.if_contains(name);
  return found != nullptr && found->is_object() ? found->get_object() : none;
}

bool flag(const json::object& of, std::string_view name) { return member_text(of, name) == "true"; }

/// The first ones, and the count of the others.
std::string cut(const std::vector<std::string>& lines, std::string_view see) {
  std::string text;
  for (std::size_t i = 0; i < std::min(lines.size(), most_lines); ++i)
    text += lines[i] + "\n";
  if (lines.size() > most_lines)
    text += fmt::format("  and {} more: see {}\n", lines.size() - most_lines, see);
  return text;
}

std::vector<std::string> texts(const json::object& of, std::string_view name) {
  std::vector<std::string> found;
  for (const auto& each : member_array(of, name))
    if (each.is_string()) found.emplace_back(each.get_string());
  return found;
}

std::string readiness_lines(const outcome<json::object>& readiness) {
  if (!readiness) return "ready: not known: " + readiness.error().sentence() + "\n";
  std::string text = member_text(*readiness, "status") == "ready" ? "ready" : "NOT READY";
  for (const auto& reason : texts(*readiness, "reasons"))
    text += (text.find(':') == text.npos ? ": " : "; ") + reason;
  auto warnings = texts(*readiness, "warnings");
  for (auto& warning : warnings)
    warning.insert(0, "warning: ");
  return text + "\n" + cut(warnings, "GET /readyz");
}

std::string down_line(const json::object& provider) {
  const auto& circuit = object(provider, "circuit");
  auto text = "down: " + member_text(provider, "name");
  if (const auto since = member_text(circuit, "since"); !since.empty()) text += " since " + since;
  const bool held = flag(circuit, "held");
  if (held) text += ", held";
  if (const auto until = member_text(circuit, "open_until"); !until.empty())
    text += ", tried again at " + until;
  else if (held) text += ", tried again with the next message for it";
  if (held) text += " or when the configuration is read again";
  if (const auto why = member_text(circuit, "reason"); !why.empty()) text += ": " + why;
  return text;
}

/// Its circuit is still closed, and its last calls failed.
std::string failing_line(const json::object& provider) {
  const auto& health = object(provider, "health");
  const auto failures = number(health, "consecutive_failures");
  const bool closed = member_text(object(provider, "circuit"), "state") == "closed";
  if (failures == 0 || !closed || !flag(provider, "active")) return {};
  auto text = fmt::format("failing: {}, {} in a row", member_text(provider, "name"), failures);
  if (const auto why = member_text(health, "last_error"); !why.empty()) text += ": " + why;
  return text;
}

std::string provider_lines(const outcome<json::object>& providers) {
  if (!providers) return "down: not known: " + providers.error().sentence() + "\n";
  const auto& all = member_array(*providers, "data");
  if (all.empty()) return "down: no provider is configured\n";
  std::vector<std::string> lines;
  std::size_t working = 0;
  std::vector<std::string> failing;
  for (const auto& element : all) {
    if (!element.is_object()) continue;
    const auto& one = element.get_object();
    if (!flag(one, "active")) lines.push_back("off: " + member_text(one, "name"));
    else if (member_text(object(one, "circuit"), "state") != "closed")
      lines.push_back(down_line(one));
    else ++working;
    if (auto line = failing_line(one); !line.empty()) failing.push_back(std::move(line));
  }
  const auto well = fmt::format("{} of {} providers work", working, all.size());
  auto text = lines.empty() ? "down: nothing; " + well + "\n"
                            : cut(lines, "postrider providers") + "up: " + well + "\n";
  return text + cut(failing, "postrider providers");
}

struct waiting_at {
  std::int64_t due = 0, later = 0, oldest_ms = 0;
  bool at_least = false;
  std::string reason;
};

/// By provider, all priorities together; "" for those that failed and wait for their retry.
std::map<std::string, waiting_at> waiting_of(const json::object& inspection) {
  std::map<std::string, waiting_at> all;
  for (const auto& element : member_array(object(inspection, "database"), "waiting")) {
    if (!element.is_object()) continue;
    const auto& lane = element.get_object();
    auto& at = all[member_text(lane, "provider")];
    at.due += number(object(lane, "transactions"), "due");
    at.later += number(object(lane, "transactions"), "later");
    at.at_least = at.at_least || flag(lane, "at_least");
  }
  for (const auto& element : member_array(object(inspection, "scheduler"), "waiting_lanes")) {
    if (!element.is_object()) continue;
    const auto& lane = element.get_object();
    auto& at = all[member_text(lane, "provider")];
    if (number(lane, "oldest_age_ms") < at.oldest_ms) continue;
    at.oldest_ms = number(lane, "oldest_age_ms");
    at.reason = member_text(lane, "waits_for");
  }
  std::erase_if(all, [](const auto& one) { return one.second.due + one.second.later == 0; });
  return all;
}

std::string waiting_line(const std::string& provider, const waiting_at& at) {
  const std::string least = at.at_least ? "at least " : "";
  const auto where = provider.empty() ? std::string("for their retry") : "for " + provider;
  auto text = fmt::format("waits: {}{} {}", least, at.due + at.later, where);
  if (at.later > 0) text += fmt::format(", {} of them for a later time", at.later);
  if (at.due > 0) text += ", the oldest for " + age_text(milliseconds(at.oldest_ms));
  if (at.reason == "provider_down") text += ": it is down";
  if (at.reason == "provider_off") text += ": it is switched off or not configured";
  return text;
}

std::string waiting_lines(const json::object& inspection) {
  const auto& database = object(inspection, "database");
  if (const auto error = member_text(database, "error"); !error.empty())
    return "waits: not known: " + error + "\n";
  const auto all = waiting_of(inspection);
  if (all.empty()) return "waits: nothing\n";
  std::vector<std::pair<std::string, waiting_at>> sorted(all.begin(), all.end());
  std::ranges::stable_sort(sorted, std::greater(), [](const auto& one) { return one.second.due; });
  std::vector<std::string> lines;
  for (const auto& [provider, at] : sorted)
    lines.push_back(waiting_line(provider, at));
  return cut(lines, "postrider inspect database");
}

struct given_up_part {
  std::int64_t count = 0;
  std::string text;
};

std::string given_up_lines(const outcome<json::object>& answer) {
  if (!answer) return "given up: not known: " + answer.error().sentence() + "\n";
  const auto& section = object(*answer, "given_up");
  if (const auto error = member_text(section, "error"); !error.empty())
    return "given up: not known: " + error + "\n";
  std::int64_t total = 0, unknown = 0, youngest = -1, last = 0;
  std::vector<given_up_part> parts;
  for (const auto& element : member_array(section, "by")) {
    if (!element.is_object()) continue;
    const auto& one = element.get_object();
    const auto count = number(one, "count"), age = number(one, "last_age_ms");
    const auto error = member_text(one, "error");
    total += count;
    if (error == "outcome_unknown") unknown += count;
    if (youngest < 0 || age < youngest) youngest = age, last = number(one, "last");
    parts.push_back(
        {count, fmt::format("{} {} at {}", count, error, member_text(one, "provider"))});
  }
  const auto span = age_text(milliseconds(number(section, "window_ms")));
  if (total == 0) return fmt::format("given up in the last {}: nothing\n", span);
  std::ranges::stable_sort(parts, std::greater(), &given_up_part::count);
  auto text = fmt::format("given up in the last {}: {}{}", span,
                          flag(section, "at_least") ? "at least " : "", total);
  for (std::size_t i = 0; i < std::min(parts.size(), most_parts); ++i)
    text += (i == 0 ? " (" : ", ") + parts[i].text;
  text += parts.size() > most_parts ? ", ...)" : ")";
  text += fmt::format("; the last {} ago: #{}\n", age_text(milliseconds(youngest)), last);
  if (unknown > 0)
    text += fmt::format("not known whether it arrived: {}; see postrider settle --help\n", unknown);
  return text;
}

std::string in_flight_line(const outcome<json::object>& providers) {
  std::int64_t calls = 0;
  if (!providers) return {};
  for (const auto& element : member_array(*providers, "data"))
    if (element.is_object()) calls += number(element.get_object(), "in_flight");
  return fmt::format("in flight: {}\n", calls);
}

}  // namespace

std::string age_text(milliseconds age) {
  const auto seconds = age / std::chrono::seconds(1);
  if (seconds < 60) return fmt::format("{} s", seconds);
  const auto minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
  if (hours == 0) return fmt::format("{} min", minutes);
  const auto two = [](auto larger, const char* unit, auto smaller, const char* other) {
    return smaller == 0 ? fmt::format("{} {}", larger, unit)
                        : fmt::format("{} {} {} {}", larger, unit, smaller, other);
  };
  return days < 2 ? two(hours, "h", minutes % 60, "min") : two(days, "d", hours % 24, "h");
}

std::string incident_report(const incident_facts& facts) {
  return readiness_lines(facts.readiness) + provider_lines(facts.providers) +
         waiting_lines(facts.inspection) + in_flight_line(facts.providers) +
         given_up_lines(facts.given_up);
}

}  // namespace postrider::cli
