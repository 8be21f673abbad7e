#include "tools/provider-sim/rules_json.hpp"

#include <boost/json.hpp>

#include <cmath>
#include <span>

namespace postrider::provider_sim {

namespace json = boost::json;

namespace {

constexpr double max_ms = 7.0 * 24 * 3600 * 1000;  // a week

template <std::size_t Count>
std::string one_of(const std::array<std::string_view, Count>& names) {
  std::string text = " must be one of";
  for (const std::string_view& name : names)
    text += (&name == &names.front() ? " " : ", ") + std::string(name);
  return text;
}

template <class Enum, std::size_t Count>
std::string read_name(std::string_view member, const std::array<std::string_view, Count>& names,
                      const json::value& value, Enum& into) {
  const auto named = value.is_string()
                         ? value_named<Enum>(names, std::string_view(value.get_string()))
                         : std::nullopt;
  if (!named) return std::string(member) + one_of(names);
  into = *named;
  return {};
}

std::string read_text(std::string_view member, const json::value& value, std::string& into) {
  if (!value.is_string() || value.get_string().find_first_of("\r\n") != json::string::npos)
    return std::string(member) + " must be a text of one line";
  into = value.get_string().c_str();
  return {};
}

// The header's value may also be given as a number of seconds.
std::string read_retry_after(const json::value& value, std::string& into) {
  if (const auto* seconds = value.if_int64()) {
    into = std::to_string(*seconds);
    return {};
  }
  return read_text("retry_after", value, into);
}

std::string read_rule_member(std::string_view name, const json::value& value, reply_rule& into) {
  if (name == "status") {
    const auto status = read_number(value, 200, 599);
    if (!status) return "status must be a number from 200 to 599";
    into.status = static_cast<unsigned>(*status);
  } else if (name == "code") {
    const auto* code = value.if_int64();
    if (!code) return "code must be a whole number";
    into.code = *code;
  } else if (name == "after") {
    const auto messages = read_number(value, 0, 1e6);
    if (!messages) return "after must be a number of messages";
    into.after = static_cast<std::uint32_t>(*messages);
  } else if (name == "accepted") {
    if (!value.is_bool()) return "accepted must be true or false";
    into.accepted = value.get_bool();
  } else if (name == "message") {
    return read_text(name, value, into.message);
  } else if (name == "enhanced") {
    return read_text(name, value, into.enhanced);
  } else if (name == "retry_after") {
    return read_retry_after(value, into.retry_after);
  } else if (name == "stage") {
    return read_name(name, smtp_stage_names, value, into.stage);
  } else if (name == "then") {
    return read_name(name, smtp_turn_names, value, into.then);
  } else {
    return "unknown member: " + std::string(name);
  }
  return {};
}

std::string read_receipts_of(const json::value& value, receipt_rules& into) {
  const json::object* given = value.if_object();
  if (!given) return "by_recipient must be an object: recipient to kind";
  for (const auto& [recipient, kind] : *given) {
    receipt_kind read{};
    if (std::string fault = read_name("by_recipient", receipt_kind_names, kind, read);
        !fault.empty())
      return fault;
    into.by_recipient.insert_or_assign(std::string(recipient), read);
  }
  return {};
}

std::string read_receipt_number(std::string_view name, const json::value& value,
                                receipt_rules& into) {
  if (name == "probability") {
    const auto share = read_number(value, 0, 1);
    if (!share) return "probability must be a number from 0 to 1";
    into.probability = *share;
  } else if (name == "delay_ms") {
    const auto delay = read_delay(value);
    if (!delay) return "delay_ms must be a number of milliseconds or [min, max]";
    std::tie(into.delay_min_ms, into.delay_max_ms) = *delay;
  } else if (name == "retry_ms") {
    const auto pause = read_number(value, 0, max_ms);
    if (!pause) return "retry_ms must be a number of milliseconds";
    into.retry_ms = *pause;
  } else {
    const auto* code = value.if_int64();
    if (!code) return "error_code must be a whole number";
    into.error_code = *code;
  }
  return {};
}

std::string read_receipt_member(std::string_view name, const json::value& value,
                                receipt_rules& into) {
  if (name == "kind") return read_name(name, receipt_kind_names, value, into.kind);
  if (name == "order") return read_name(name, receipt_order_names, value, into.order);
  if (name == "text") return read_text(name, value, into.text);
  if (name == "by_recipient") return read_receipts_of(value, into);
  for (const std::string_view number : {"probability", "delay_ms", "retry_ms", "error_code"})
    if (name == number) return read_receipt_number(name, value, into);
  return "unknown member: " + std::string(name);
}

template <class Enum>
json::string name_in(std::span<const std::string_view> names, Enum value) {
  return json::string(names[static_cast<std::size_t>(value)]);
}

}  // namespace

std::optional<double> read_number(const json::value& value, double least, double most) {
  if (!value.is_number()) return std::nullopt;
  const double number = value.to_number<double>();
  if (!std::isfinite(number) || number < least || number > most) return std::nullopt;
  return number;
}

std::optional<std::pair<double, double>> read_delay(const json::value& value) {
  if (const auto fixed = read_number(value, 0, max_ms)) return std::pair(*fixed, *fixed);
  const json::array* pair = value.if_array();
  if (!pair || pair->size() != 2) return std::nullopt;
  const auto from = read_number(pair->at(0), 0, max_ms);
  const auto to = read_number(pair->at(1), 0, max_ms);
  if (!from || !to || *from > *to) return std::nullopt;
  return std::pair(*from, *to);
}

json::value write_number(double number) {
  if (number == std::floor(number)) return static_cast<std::int64_t>(number);
  return number;
}

json::value write_delay(double least, double most) {
  if (least == most) return write_number(least);
  return json::array{write_number(least), write_number(most)};
}

std::string read_reply_rule(const json::value& value, reply_rule& into) {
  const json::object* given = value.if_object();
  if (!given) return "must be an object such as {\"status\": 400, \"code\": 21610}";
  for (const auto& [name, one] : *given)
    if (std::string fault = read_rule_member(name, one, into); !fault.empty()) return fault;
  if (into.status == 0 && into.then != smtp_turn::drop && into.then != smtp_turn::never_answer)
    return "needs a status";
  return {};
}

std::string read_stages(const json::value& value, std::map<smtp_stage, reply_rule>& into) {
  const json::object* given = value.if_object();
  if (!given) return "must be an object: SMTP stage to rule";
  for (const auto& [name, one] : *given) {
    const auto stage = value_named<smtp_stage>(smtp_stage_names, std::string_view(name));
    if (!stage) return "a stage" + one_of(smtp_stage_names);
    reply_rule rule;
    if (std::string fault = read_reply_rule(one, rule); !fault.empty())
      return std::string(name) + ": " + fault;
    rule.stage = *stage;
    into.insert_or_assign(*stage, std::move(rule));
  }
  return {};
}

std::string read_receipts(const json::value& value, receipt_rules& into) {
  const json::object* given = value.if_object();
  if (!given) return "must be an object such as {\"kind\": \"delivered\"}";
  for (const auto& [name, one] : *given)
    if (std::string fault = read_receipt_member(name, one, into); !fault.empty()) return fault;
  return {};
}

json::object write_reply_rule(const reply_rule& rule) {
  json::object result;
  if (rule.status) result["status"] = rule.status;
  if (rule.code) result["code"] = rule.code;
  if (!rule.message.empty()) result["message"] = rule.message;
  if (!rule.retry_after.empty()) result["retry_after"] = rule.retry_after;
  if (!rule.enhanced.empty()) result["enhanced"] = rule.enhanced;
  if (rule.stage != smtp_stage::rcpt) result["stage"] = name_in(smtp_stage_names, rule.stage);
  if (rule.then != smtp_turn::go_on) result["then"] = name_in(smtp_turn_names, rule.then);
  if (rule.accepted) result["accepted"] = true;
  if (rule.after) result["after"] = rule.after;
  return result;
}

json::object write_receipts(const receipt_rules& rules) {
  json::object result;
  result["kind"] = name_in(receipt_kind_names, rules.kind);
  result["probability"] = write_number(rules.probability);
  result["delay_ms"] = write_delay(rules.delay_min_ms, rules.delay_max_ms);
  result["order"] = name_in(receipt_order_names, rules.order);
  result["retry_ms"] = write_number(rules.retry_ms);
  if (rules.error_code) result["error_code"] = rules.error_code;
  if (!rules.text.empty()) result["text"] = rules.text;
  json::object by_recipient;
  for (const auto& [recipient, kind] : rules.by_recipient)
    by_recipient[recipient] = name_in(receipt_kind_names, kind);
  if (!by_recipient.empty()) result["by_recipient"] = std::move(by_recipient);
  return result;
}

}  // namespace postrider::provider_sim
