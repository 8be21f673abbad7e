#include "tools/provider-sim/signal_send.hpp"

#include "base/ascii.hpp"
#include "tools/provider-sim/json_text.hpp"
#include "tools/provider-sim/signal_challenge.hpp"
#include "tools/provider-sim/signal_receipts.hpp"
#include "tools/provider-sim/wire_effect.hpp"

#include <algorithm>
#include <chrono>

/// Witness: AsamK/signal-cli v0.14.6, src/main/java/org/asamk/signal:
/// util/SendMessageResultUtils.java, json/JsonSendMessageResult.java, commands/SendCommand.java,
/// util/CommandUtil.java, jsonrpc/SignalJsonRpcCommandHandler.java.
namespace postrider::provider_sim {

namespace json = boost::json;

namespace {

std::string_view text_of(const json::value* value) {
  if (!value || !value->is_string()) return {};
  return value->get_string();
}

using ascii::is_digit;
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool is_uuid(std::string_view text) {
  if (text.starts_with("PNI:")) text.remove_prefix(4);
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

// E.164: a plus sign and 7 to 15 digits; empty when the text is none.
std::string canonical_number(std::string_view text) {
  std::string number;
  for (const char c : text)
    if (std::string_view(" -().").find(c) == std::string_view::npos) number += c;
  const bool fits = number.size() >= 8 && number.size() <= 16 && number[0] == '+' &&
                    number[1] != '0' && std::all_of(number.begin() + 1, number.end(), is_digit);
  return fits ? number : std::string();
}

bool is_base64(std::string_view text) {
  return !text.empty() && text.size() % 4 == 0 &&
         text.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") == text.npos;
}

std::string_view result_type_of(outcome o) {
  switch (o) {
    case outcome::unregistered: return "UNREGISTERED_FAILURE";
    case outcome::identity: return "IDENTITY_FAILURE";
    case outcome::rate_limit:
    case outcome::rate_limit_captcha: return "RATE_LIMIT_FAILURE";
    case outcome::network_failure: return "NETWORK_FAILURE";
    case outcome::invalid_pre_key: return "INVALID_PRE_KEY_FAILURE";
    default: return "SUCCESS";
  }
}

void append_quoted_uuid(std::string& out, std::string_view number) {
  out += '"';
  append_uuid_for(out, number);
  out += '"';
}

bool has_content(const json::object& params) {
  for (std::string_view name : {"attachment", "attachments", "sticker", "quoteTimestamp"})
    if (params.contains(name)) return true;
  return !text_of(params.if_contains("message")).empty();
}

}  // namespace

// SendCommand.java wraps an IOException; what else is thrown comes as it is.
std::string_view signal_fault(outcome o) {
  switch (o) {
    case outcome::io_error:
      return "Failed to send message: Network is unreachable (ConnectException) "
             "(UnexpectedErrorException)";
    case outcome::unknown_host:
      return "Failed to send message: chat.signal.org (UnknownHostException) "
             "(UnexpectedErrorException)";
    case outcome::internal_error: return "No value present (NoSuchElementException)";
    default: return {};
  }
}

void signal_send::call(provider& at, const json::object* params, const rpc_id& id, clock_time now,
                       reply& out) {
  refusal refused = check_account(params);
  if (!refused)
    refused =
        params ? collect_targets(*params) : refusal{rpc_code::user_error, "No recipients given"};
  if (!refused && !has_content(*params))
    refused = {rpc_code::user_error,
               "Sending empty message is not allowed, either a message, attachment or sticker must "
               "be given."};
  if (refused) {
    at.counts.count_refused();
    return append_error(out.body, refused.code, refused.message, id);
  }
  deliver(at, text_of(params->if_contains("message")), now, id, out);
  if (at.rules.settings().receipts.kind != receipt_kind::none ||
      !at.rules.settings().receipts.by_recipient.empty())
    add_receipts(at, account_of(*params), out);
}

signal_send::refusal signal_send::check_account(const json::object* params) const {
  const json::value* account = params ? params->if_contains("account") : nullptr;
  if (!account || account->is_null()) {
    if (accounts_.size() == 1) return {};
    return {rpc_code::invalid_params, "Method requires valid account parameter"};
  }
  const bool known = accounts_.empty() || std::find(accounts_.begin(), accounts_.end(),
                                                    text_of(account)) != accounts_.end();
  if (known && !text_of(account).empty()) return {};
  return {rpc_code::invalid_params, "Specified account does not exist"};
}

std::string_view signal_send::account_of(const json::object& params) const {
  const std::string_view given = text_of(params.if_contains("account"));
  return given.empty() && accounts_.size() == 1 ? std::string_view(accounts_[0]) : given;
}

// Receipts of accepted messages are reported even when the sender never sees the answer.
void signal_send::add_receipts(provider& at, std::string_view account, reply& out) {
  for (const target& t : targets_) {
    if (!counts_as_accepted(t.what)) continue;
    if (t.kind == address_kind::number)
      add_signal_receipts(at, account, t.text, uuid_for(t.text), last_timestamp_, out);
    else if (t.kind == address_kind::uuid)
      add_signal_receipts(at, account, "", t.text, last_timestamp_, out);
  }
}

signal_send::refusal signal_send::collect_targets(const json::object& params) {
  targets_.clear();
  refusal refused = add_targets(params, "recipient", "recipients", address_kind::number);
  if (!refused) refused = add_targets(params, "groupId", "groupIds", address_kind::group);
  if (!refused) refused = add_targets(params, "username", "usernames", address_kind::username);
  if (!refused && targets_.empty()) refused = {rpc_code::user_error, "No recipients given"};
  return refused;
}

// A list may also be given as a single value, under the singular or the plural name.
signal_send::refusal signal_send::add_targets(const json::object& params, std::string_view singular,
                                              std::string_view plural, address_kind kind) {
  const json::value* given = params.if_contains(singular);
  if (!given) given = params.if_contains(plural);
  if (!given || given->is_null()) return {};
  const json::array* list = given->if_array();
  if (!list) return add_target(text_of(given), kind);
  for (const json::value& one : *list)
    if (refusal refused = add_target(text_of(&one), kind)) return refused;
  return {};
}

signal_send::refusal signal_send::add_target(std::string_view text, address_kind kind) {
  if (kind == address_kind::number && is_uuid(text)) {
    targets_.push_back({address_kind::uuid, std::string(text)});
  } else if (kind == address_kind::number) {
    std::string number = canonical_number(text);
    if (number.empty())
      return {rpc_code::user_error,
              "Invalid phone number '" + std::string(text) +
                  "': The string supplied did not seem to be a phone number."};
    targets_.push_back({kind, std::move(number)});
  } else if (kind == address_kind::group && !is_base64(text)) {
    return {rpc_code::user_error, "Invalid group id: Failed to decode groupId (must be base64) \"" +
                                      std::string(text) + '"'};
  } else {
    targets_.push_back({kind, std::string(text)});
  }
  return {};
}

// Every recipient has an outcome of its own. The first outcome that befalls a whole call, such as
// a dropped connection, befalls all of them.
outcome signal_send::decide(provider& at, reply& out) {
  outcome whole = outcome::accept;
  for (target& t : targets_) {
    const decision d = at.rules.decide(t.text);
    t.what = after_challenge(at, d.what);
    out.delay = std::max(out.delay, d.delay);
    if (whole == outcome::accept && !is_per_recipient(t.what)) {
      whole = d.what;
      rule_ = d.rule;
    }
  }
  if (whole != outcome::accept)
    for (target& t : targets_)
      t.what = whole;
  return whole;
}

void signal_send::deliver(provider& at, std::string_view message, clock_time now, const rpc_id& id,
                          reply& out) {
  const outcome whole = decide(at, out);
  take_timestamp();
  at.counts.count_call();
  for (const target& t : targets_) {
    at.decided(t.what, t.text, message, now);
    if (!counts_as_accepted(t.what)) continue;
    at.take(t.text, message, now);
  }
  const auto overrule = [&out](wire_action action) { out.action = std::max(out.action, action); };
  switch (whole) {
    case outcome::io_error:
    case outcome::internal_error:
    case outcome::unknown_host:
      return append_error(out.body, rpc_code::internal_error, signal_fault(whole), id);
    case outcome::account_unknown:
      return append_error(out.body, rpc_code::invalid_params, "Specified account does not exist",
                          id);
    case outcome::http_500: out.status = 500; return;
    case outcome::http_404: out.status = 404; return;
    case outcome::garbage:
    case outcome::accept_then_garbage: out.body += "<html>Bad gateway</html>"; return;
    case outcome::accept_then_cut: overrule(wire_action::cut); break;
    case outcome::accept_then_drop: overrule(wire_action::reset); break;
    case outcome::drop: overrule(wire_action::close); break;
    case outcome::drop_in_body: overrule(wire_action::reset); break;
    case outcome::reply:
    case outcome::accept_then_reply: return write_rule(*rule_, id, out);
    case outcome::never_answer:
    case outcome::accept_never_answer: overrule(wire_action::hold); break;
    default: break;
  }
  write_results(at, id, out.body);
}

// Any success makes it a result, in which the failures are to be looked for. Without one it is an
// error that carries the same object.
void signal_send::write_results(provider& at, const rpc_id& id, std::string& out) {
  const auto all = [this](auto is_kind) {
    return std::all_of(targets_.begin(), targets_.end(),
                       [&](const target& t) { return is_kind(t.what); });
  };
  const auto is_success = [](const target& t) { return result_type_of(t.what) == "SUCCESS"; };
  const std::uint32_t retry_after_s = at.rules.settings().retry_after_s;
  if (std::any_of(targets_.begin(), targets_.end(), is_success)) {
    open_result(out);
    append_results(retry_after_s, out);
    return close_result(out, id);
  }
  if (all([](outcome o) { return o == outcome::identity; }))
    open_error_with_response(out, rpc_code::untrusted_key,
                             "Failed to send message due to untrusted identities");
  else if (all([](outcome o) { return result_type_of(o) == "RATE_LIMIT_FAILURE"; }))
    open_error_with_response(out, rpc_code::rate_limit,
                             "Failed to send message due to rate limiting");
  else open_error_with_response(out, rpc_code::user_error, "Failed to send message");
  append_results(retry_after_s, out);
  close_error_with_response(out, id);
}

// Timestamps are milliseconds and unique in a daemon; where signal-cli waits for the clock to move
// on, this one counts on.
void signal_send::take_timestamp() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  last_timestamp_ = std::max<std::int64_t>(
      last_timestamp_ + 1, std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

// With status 200 the code is JSON-RPC's; any other status has no body.
void signal_send::write_rule(const reply_rule& rule, const rpc_id& id, reply& out) {
  if (apply_to_exchange(rule, out)) return;
  out.status = rule.status;
  append_error(out.body, static_cast<int>(rule.code ? rule.code : rpc_code::user_error),
               rule.message.empty() ? "Failed to send message" : rule.message, id);
}

void signal_send::append_results(std::uint32_t retry_after_s, std::string& out) {
  out += "{\"timestamp\":";
  append_number(out, last_timestamp_);
  out += ",\"results\":[";
  for (const target& t : targets_) {
    if (&t != &targets_.front()) out += ',';
    append_entry(t, retry_after_s, out);
  }
  out += "]}";
}

void signal_send::append_entry(const target& t, std::uint32_t retry_after_s, std::string& out) {
  out += "{\"recipientAddress\":{\"uuid\":";
  if (t.kind == address_kind::uuid) append_json_string(out, t.text);
  else if (t.what == outcome::unregistered) out += "null";
  else append_quoted_uuid(out, t.text);
  out += ",\"number\":";
  if (t.kind == address_kind::number) append_json_string(out, t.text);
  else out += "null";
  out += ",\"username\":";
  if (t.kind == address_kind::username) append_json_string(out, t.text);
  else out += "null";
  out += '}';
  if (t.kind == address_kind::group) {
    out += ",\"groupId\":";
    append_json_string(out, t.text);
  }
  out += ",\"type\":\"";
  out += result_type_of(t.what);
  out += '"';
  if (t.what == outcome::rate_limit_captcha) {
    out += ",\"token\":";
    append_json_string(out, challenge_token);
  }
  if (result_type_of(t.what) == "RATE_LIMIT_FAILURE" && retry_after_s > 0) {
    out += ",\"retryAfterSeconds\":";
    append_number(out, retry_after_s);
  }
  out += '}';
}

}  // namespace postrider::provider_sim
