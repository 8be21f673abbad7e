#include "actors/rules/message_check.hpp"

#include "actors/api/service_errors.hpp"
#include "actors/providers/driver.hpp"
#include "actors/rules/addresses.hpp"
#include "base/ascii.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace postrider::actors {
namespace {

std::string known_types() {
  std::string names;
  for (const auto& type : driver_types())
    names.append(names.empty() ? "" : ", ").append(type.name);
  return names;
}

std::string type_advice(const std::string& type) {
  const auto meant = meant_driver_type(type);
  return meant.empty() ? "known are: " + known_types() : "use '" + std::string(meant) + "'";
}

/// One member of a recipient object, or the text as a whole.
template <class Normalise>
void take(std::string& out, const std::string& in, std::string pointer, Normalise normalise,
          std::vector<field_problem>& problems) {
  if (in.empty()) return;
  auto normal = normalise(in);
  if (normal) {
    out = std::move(*normal);
  } else {
    problems.push_back({std::move(pointer), normal.error().code, normal.error().detail});
  }
}

persistence::recipient check_recipient(const recipient_input& input, const std::string& pointer,
                                       std::vector<field_problem>& problems) {
  persistence::recipient out;
  if (input.phone.empty() && input.email.empty() && input.url.empty()) {
    auto parsed = parse_recipient(input.text);
    if (parsed) return std::move(*parsed);
    problems.push_back({pointer, parsed.error().code, parsed.error().detail});
    return out;
  }
  take(out.phone, input.phone, pointer + "/phone", normalise_phone, problems);
  take(out.email, input.email, pointer + "/email", normalise_email, problems);
  take(out.url, input.url, pointer + "/url", normalise_url, problems);
  return out;
}

/// One address in two recipients would get the message twice, whatever else they have. A recipient
/// that could not be parsed is empty and equals no other.
void check_duplicates(const std::vector<persistence::recipient>& recipients,
                      std::vector<field_problem>& problems) {
  // The kinds differ in form, so one table is enough: a URL has "://", an email address an "@" and
  // no ":", a phone number neither.
  std::unordered_map<std::string_view, std::size_t> seen;
  seen.reserve(recipients.size());
  for (std::size_t i = 0; i < recipients.size(); ++i) {
    const auto& r = recipients[i];
    bool told = false;
    for (const auto* address : {&r.phone, &r.email, &r.url}) {
      if (address->empty()) continue;
      const auto first = seen.emplace(*address, i).first->second;
      if (first == i || std::exchange(told, true)) continue;
      problems.push_back({"/recipients/" + std::to_string(i), "duplicate_recipient",
                          "has the address of /recipients/" + std::to_string(first) +
                              ": a message goes once to each recipient"});
    }
  }
}

using ascii::is_control;
bool is_layout(char c) { return c == '\t' || c == '\n' || c == '\r'; }

/// Texts have lines; nothing else that controls a terminal, a header or a protocol belongs there.
void check_text(const std::string& text, const char* pointer,
                std::vector<field_problem>& problems) {
  const auto bad =
      std::find_if(text.begin(), text.end(), [](char c) { return is_control(c) && !is_layout(c); });
  if (bad != text.end())
    problems.push_back({pointer, "control_character",
                        "has the control character " + std::to_string(static_cast<int>(*bad)) +
                            " at byte " + std::to_string(bad - text.begin()) +
                            "; of these only tab and line breaks can be sent"});
}

void check_content(const send_request& request, std::vector<field_problem>& problems) {
  check_text(request.text, "/message", problems);
  check_text(request.html, "/html", problems);
  if (std::any_of(request.subject.begin(), request.subject.end(), is_control))
    problems.push_back({"/subject", "control_character",
                        "a subject is one line: no line breaks or other control characters"});
}

}  // namespace

void resolve_times(send_request& request, time_point now) {
  if (request.send_at) request.send_at = std::max(*request.send_at, now);
  if (request.ttl) request.expires_at = request.send_at.value_or(now) + *request.ttl;
}

std::vector<field_problem> value_problems(send_request request, time_point now) {
  // That both were given is not a matter of values.
  if (request.expires_at) request.ttl.reset();
  resolve_times(request, now);
  const auto checked = check_message(request, now);
  if (checked) return {};
  return checked.error().problems;
}

result<persistence::message> check_message(send_request request, time_point now) {
  return take_message(request, now);
}

result<persistence::message> take_message(send_request& request, time_point now) {
  std::vector<field_problem> problems;
  persistence::message message;
  if (!request.recipients) {
    message.recipients.emplace_back();
  } else {
    for (std::size_t i = 0; i < request.recipients->size(); ++i)
      message.recipients.push_back(
          check_recipient((*request.recipients)[i], "/recipients/" + std::to_string(i), problems));
    check_duplicates(message.recipients, problems);
  }
  check_content(request, problems);
  if (!request.type.empty() && !find_driver_type(request.type))
    problems.push_back(
        {"/type", "unknown_type",
         "there is no provider type '" + request.type + "'; " + type_advice(request.type)});
  if (request.expires_at && *request.expires_at <= now)
    problems.push_back({"/expires_at", "in_the_past", "it has passed already"});
  if (request.expires_at && request.send_at && *request.expires_at <= *request.send_at)
    problems.push_back({"/expires_at", "before_send_at", "it must be after send_at"});
  if (!problems.empty()) return invalid(std::move(problems));
  message.user = request.user;
  message.text = std::move(request.text);
  message.subject = std::move(request.subject);
  message.html = std::move(request.html);
  message.metadata = std::move(request.metadata);
  message.reference = std::move(request.reference);
  message.requested_type = request.type;
  message.fallback = request.fallback;
  message.fallback_on_undelivered = request.fallback_on_undelivered;
  message.created_at = now;
  message.test = request.test;
  message.shorten = request.shorten;
  return message;
}

}  // namespace postrider::actors
