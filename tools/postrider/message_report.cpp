#include "tools/postrider/message_report.hpp"

#include "persistence/model.hpp"
#include "tools/postrider/attempt_report.hpp"
#include "tools/postrider/id_text.hpp"
#include "tools/postrider/waiting_report.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace postrider::cli {

namespace {

namespace json = boost::json;

/// `refused (422, invalid): 2 values are wrong`, then a line for each.
std::string problem_text(int status, const json::object& problem) {
  const auto code = member_text(problem, "code");
  auto text =
      fmt::format("the server refused this ({}{}{}): {}", status, code.empty() ? "" : " ", code,
                  member_text(problem, "detail").empty() ? member_text(problem, "title")
                                                         : member_text(problem, "detail"));
  for (const auto* error : member_objects(problem, "errors")) {
    const auto pointer = member_text(*error, "pointer");
    text += fmt::format("\n  {}: {}", pointer.empty() ? "the request" : pointer,
                        member_text(*error, "detail"));
  }
  if (const auto id = member_text(problem, "request_id"); !id.empty())
    text += "\n  request id " + id;
  return text;
}

std::string name_of(const json::object& transaction) {
  const auto provider = member_text(transaction, "provider");
  return provider.empty() ? member_text(transaction, "provider_type") : provider;
}

std::string with_id(const json::object& transaction) {
  return "#" + member_text(transaction, "id");
}

/// `; settled as arrived at 2026-11-23T05:06:07.890Z by ops`; empty: a person decided nothing.
std::string settlement_text(const json::object& transaction) {
  const auto* found = transaction.if_contains("settlement");
  if (found == nullptr || !found->is_object()) return {};
  const auto& note = found->get_object();
  const auto by = member_text(note, "by");
  return fmt::format("; settled as {} at {}{}{}", member_text(note, "outcome"),
                     member_text(note, "at"), by.empty() ? "" : " by ", by);
}

std::string failure_state(const json::object& transaction) {
  auto text = fmt::format("failed: {}", member_text(transaction, "error_code"));
  if (const auto why = member_text(transaction, "error_message"); !why.empty()) text += ", " + why;
  if (const auto next = member_text(transaction, "superseded_by"); !next.empty() && next != "0") {
    text += "; the next attempt is #" + next;
  } else if (const auto at = member_text(transaction, "next_retry_at"); !at.empty()) {
    text += "; tried again at " + at;
  } else if (member_text(transaction, "final") == "true" && settlement_text(transaction).empty()) {
    text += "; no further attempt";
  }
  return text;
}

std::string state_of(const json::object& transaction) {
  const auto status = member_text(transaction, "status");
  if (status == "failed") return failure_state(transaction);
  const auto ref = member_text(transaction, "provider_ref");
  return status == "success" && !ref.empty() ? "success: accepted as " + ref : status;
}

/// A wish of the client's that says when: `  not before 2026-11-23T05:06:07.890Z`.
std::string time_line(const json::object& message, std::string_view member,
                      std::string_view words) {
  const auto at = member_text(message, member);
  return at.empty() ? std::string() : fmt::format("  {} {}\n", words, at);
}

/// The transaction that this one goes on for; null: it is the first of its chain.
const json::object* predecessor(const json::object& transaction, const json::object& recipient) {
  for (const auto* one : member_objects(recipient, "transactions")) {
    const auto next = member_text(*one, "superseded_by");
    if (!next.empty() && next == member_text(transaction, "id")) return one;
  }
  return nullptr;
}

std::string transaction_report(const json::object& transaction, const json::object& recipient) {
  auto shown = transaction;
  std::string attempts;
  for (const auto& one : own_attempts(transaction, predecessor(transaction, recipient))) {
    attempts += "      " + attempt_line(one) + "\n";
    // It is said once.
    if (member_text(one.call, "answer") == member_text(transaction, "error_message"))
      shown["error_message"] = nullptr;
  }
  std::string waiting;
  if (const auto* found = transaction.if_contains("waits_for"); found && found->is_object())
    waiting = "      " + waiting_text(found->get_object()) + "\n";
  return fmt::format("  {}  {}  {}\n", with_id(transaction), name_of(transaction),
                     transaction_state(shown)) +
         attempts + waiting;
}

std::string recipient_report(const json::object& recipient) {
  const auto status = member_text(recipient, "status");
  const auto outcome = member_text(recipient, "outcome");
  const bool more = !outcome.empty() && outcome != status;
  auto text = fmt::format("to {}: {}{}{}\n", member_text(recipient, "recipient"), status,
                          more ? ", " : "", more ? outcome : "");
  for (const auto* transaction : member_objects(recipient, "transactions"))
    text += transaction_report(*transaction, recipient);
  return text;
}

}  // namespace

std::string member_text(const json::object& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  if (found == nullptr || found->is_null()) return {};
  if (const auto* text = found->if_string()) return std::string(*text);
  return json::serialize(*found);
}

const json::array& member_array(const json::object& object, std::string_view name) {
  static const json::array none;
  const auto* found = object.if_contains(name);
  const auto* array = found == nullptr ? nullptr : found->if_array();
  return array == nullptr ? none : *array;
}

std::vector<const json::object*> member_objects(const json::object& object, std::string_view name) {
  std::vector<const json::object*> objects;
  for (const auto& element : member_array(object, name))
    if (const auto* one = element.if_object()) objects.push_back(one);
  return objects;
}

bool is_transaction_number(const std::string& text) { return refusal_of_id(text).empty(); }

bool is_message_id(const std::string& text) {
  return persistence::parse_message_id(text).has_value();
}

outcome<json::object> understood_answer(const http_reply& reply) {
  json::error_code error;
  auto parsed = json::parse(reply.body, error);
  const auto* object = error ? nullptr : parsed.if_object();
  if (object == nullptr) {
    return failure::because(
        fmt::format("the answer (status {}) is not from Postrider; check the URL", reply.status));
  }
  if (reply.status < 200 || reply.status > 299)
    return failure::because(problem_text(reply.status, *object), json::serialize(*object));
  return *object;
}

std::string transaction_state(const json::object& transaction) {
  const auto text = state_of(transaction) + settlement_text(transaction);
  if (member_text(transaction, "possible_duplicate") != "true") return text;
  const auto status = member_text(transaction, "status");
  const bool ended = status == "success" || status == "failed";
  return text + (ended ? "; another attempt may have arrived as well"
                       : " (the attempt before may have arrived)");
}

std::string message_report(const json::object& message) {
  auto text = fmt::format("message {}: {}\n", member_text(message, "message_id"),
                          member_text(message, "status"));
  text += time_line(message, "send_at", "not before");
  text += time_line(message, "expires_at", "expires at");
  for (const auto* recipient : member_objects(message, "recipients"))
    text += recipient_report(*recipient);
  return text;
}

bool is_final(const json::object& message) {
  return std::ranges::all_of(member_objects(message, "recipients"), [](const auto* recipient) {
    const auto status = member_text(*recipient, "status");
    return status == "success" || status == "failed";
  });
}

std::string change_report::changes(const json::object& message,
                                   std::chrono::milliseconds since_start) {
  std::string text;
  const auto recipients = member_objects(message, "recipients");
  for (const auto* recipient : recipients) {
    for (const auto* transaction : member_objects(*recipient, "transactions")) {
      const auto state = transaction_state(*transaction);
      auto& before = shown_[member_text(*transaction, "id")];
      if (before == state) continue;
      before = state;
      const auto to =
          recipients.size() > 1 ? " to " + member_text(*recipient, "recipient") : std::string{};
      text += fmt::format("{:>7.2f} s  {}{} through {}: {}\n",
                          static_cast<double>(since_start.count()) / 1'000.0, with_id(*transaction),
                          to, name_of(*transaction), state);
    }
  }
  return text;
}

}  // namespace postrider::cli
