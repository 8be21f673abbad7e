#include "tools/provider-sim/signal_rest.hpp"

#include "tools/provider-sim/form.hpp"
#include "tools/provider-sim/json_text.hpp"
#include "tools/provider-sim/signal_challenge.hpp"
#include "tools/provider-sim/signal_send.hpp"
#include "tools/provider-sim/wire_effect.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <chrono>

/// Witness: bbernhard/signal-cli-rest-api 0.100 in its mode json-rpc: src/api/api.go (SendV2),
/// src/client/client.go and jsonrpc2.go, which pass on the texts of signal-cli and drop its
/// results.
namespace postrider::provider_sim {

namespace json = boost::json;

namespace {

constexpr std::string_view rest_content_type = "application/json; charset=utf-8";

void refuse(reply& out, std::string_view why, unsigned status = 400) {
  out.status = status;
  out.content_type = rest_content_type;
  out.body = "{\"error\":";
  append_json_string(out.body, why);
  out.body += '}';
}

// A plus sign, then digits or spaces (utils.IsPhoneNumber).
bool is_phone_number(std::string_view text) {
  return text.size() > 1 && text[0] == '+' &&
         text.find_first_not_of("0123456789 ", 1) == std::string_view::npos;
}

std::string_view text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

bool is_rate_limit(outcome o) {
  return o == outcome::rate_limit || o == outcome::rate_limit_captcha;
}

}  // namespace

void signal_rest::answer(provider& at, const request_view& request, reply& out) {
  constexpr std::string_view search = "/v1/search/", accounts = "/v1/accounts/",
                             challenge = "/rate-limit-challenge";
  const std::string_view path = request.path;
  if (path == "/v1/health" && request.method == "GET") {
    out.status = 204;
  } else if (path == "/v1/about" && request.method == "GET") {
    answer_text(out, 200, rest_content_type,
                R"({"versions":["v1","v2"],"build":2,"mode":"json-rpc","version":"0.100",)"
                R"("capabilities":{"v2/send":["quotes","mentions"]}})");
  } else if (path.starts_with(search) && request.method == "GET") {
    answer_search(at, request, out);
  } else if (path.starts_with(accounts) && path.ends_with(challenge) && request.method == "POST") {
    answer_to_challenge(at, request, out);
  } else if (path == "/v2/send" && request.method == "POST") {
    answer_send(at, request, out);
  } else {
    answer_text(out, 404, "text/plain", "404 page not found");
  }
}

// A number is taken for registered until it has been refused, or is about to be, as not so.
void signal_rest::answer_search(const provider& at, const request_view& request, reply& out) {
  const auto query = form::parse(request.query);
  if (!query || !query->find("numbers"))
    return refuse(out, "Couldn't process request - invalid request");
  out.content_type = rest_content_type;
  out.body = "[";
  for (const auto& [name, number] : query->fields()) {
    if (name != "numbers") continue;
    const turn* next = at.rules.next_turn(number);
    const bool is_missing =
        at.unregistered.contains(number) || (next && next->what == outcome::unregistered);
    if (out.body.size() > 1) out.body += ',';
    out.body += "{\"number\":";
    append_json_string(out.body, number);
    out.body += is_missing ? ",\"registered\":false}" : ",\"registered\":true}";
  }
  out.body += ']';
}

// SubmitRateLimitChallenge of src/api/api.go.
void signal_rest::answer_to_challenge(provider& at, const request_view& request, reply& out) {
  json::error_code error;
  const json::value document = json::parse(request.body, error);
  const json::object* body = error ? nullptr : document.if_object();
  if (!body) return refuse(out, "Couldn't process request - invalid request");
  const std::string_view token = text_of(*body, "challenge_token");
  const std::string_view captcha = text_of(*body, "captcha");
  if (token.empty()) return refuse(out, "Couldn't process request - challenge token missing");
  if (captcha.empty()) return refuse(out, "Couldn't process request - captcha missing");
  const auto verdict = answer_challenge(at, token, captcha);
  if (verdict.code != 0) return refuse(out, verdict.text);
  out.status = 204;
}

void signal_rest::answer_send(provider& at, const request_view& request, reply& out) {
  json::error_code error;
  const json::value document = json::parse(request.body, error);
  const json::object* body = error ? nullptr : document.if_object();
  const std::string fault =
      body ? read(*body) : std::string("Couldn't process request - invalid request");
  if (!fault.empty()) {
    at.counts.count_refused();
    return refuse(out, fault);
  }
  deliver(at, text_of(*body, "number"), text_of(*body, "message"), request.arrived, out);
}

std::string signal_rest::read(const json::object& body) {
  targets_.clear();
  const json::value* given = body.if_contains("recipients");
  const json::array* list = given ? given->if_array() : nullptr;
  if (given && !list && !given->is_null()) return "Couldn't process request - invalid request";
  for (std::size_t i = 0; list && i < list->size(); ++i) {
    if (!list->at(i).is_string()) return "Couldn't process request - invalid request";
    targets_.push_back({list->at(i).get_string().c_str()});
  }
  if (const auto one = text_of(body, "recipient"); targets_.empty() && !one.empty())
    targets_.push_back({std::string(one)});
  if (targets_.empty()) return "Couldn't process request - please provide at least one recipient";
  const std::string_view number = text_of(body, "number");
  if (number.empty()) return "Couldn't process request - please provide a valid number";
  const auto is_number = [](const target& t) { return is_phone_number(t.number); };
  const bool all = std::all_of(targets_.begin(), targets_.end(), is_number);
  if (!all && std::any_of(targets_.begin(), targets_.end(), is_number))
    return "Signal Messenger Groups and phone numbers cannot be specified together in one request! "
           "Please split them up into multiple REST API calls.";
  if (text_of(body, "message").empty() && !body.contains("base64_attachments") &&
      !body.contains("sticker"))
    return "Sending empty message is not allowed, either a message, attachment or sticker must be "
           "given.";
  if (!accounts_.empty() &&
      std::find(accounts_.begin(), accounts_.end(), number) == accounts_.end())
    return "Specified account does not exist";
  return {};
}

void signal_rest::deliver(provider& at, std::string_view account, std::string_view message,
                          clock_time now, reply& out) {
  outcome whole = outcome::accept;
  const reply_rule* rule = nullptr;
  at.counts.count_call();
  for (target& t : targets_) {
    std::erase(t.number, ' ');
    const decision d = at.rules.decide(t.number);
    t.what = after_challenge(at, d.what);
    out.delay = std::max(out.delay, d.delay);
    if (whole != outcome::accept || is_per_recipient(t.what)) continue;
    whole = d.what;
    rule = d.rule;
  }
  for (target& t : targets_) {
    if (whole != outcome::accept) t.what = whole;
    at.decided(t.what, t.number, message, now);
    if (t.what == outcome::unregistered) at.unregistered.insert(t.number);
    if (!counts_as_accepted(t.what)) continue;
    at.unregistered.erase(t.number);
    at.take(t.number, message, now);
  }
  if (whole == outcome::reply || whole == outcome::accept_then_reply) {
    if (apply_to_exchange(*rule, out)) return;
    refuse(out, rule->message.empty() ? "Failed to send message" : rule->message, rule->status);
    return;
  }
  if (apply_to_exchange(whole, out)) return;
  if (const auto fault = signal_fault(whole); !fault.empty()) return refuse(out, fault);
  if (whole == outcome::account_unknown) return refuse(out, "Specified account does not exist");
  write_results(account, out);
}

// One success makes it a 201, whatever became of the others.
void signal_rest::write_results(std::string_view account, reply& out) {
  const auto all = [this](auto holds) {
    return std::all_of(targets_.begin(), targets_.end(),
                       [&](const target& t) { return holds(t.what); });
  };
  if (all([](outcome o) { return o == outcome::identity; }))
    return refuse(out, "Failed to send message due to untrusted identities");
  if (all(is_rate_limit))
    return write_rate_limit(account, targets_[0].what == outcome::rate_limit_captcha, out);
  if (all([](outcome o) { return is_per_recipient(o) && o != outcome::accept; }))
    return refuse(out, "Failed to send message");
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  last_timestamp_ = std::max<std::int64_t>(
      last_timestamp_ + 1, std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  out.status = 201;
  out.content_type = rest_content_type;
  out.body = "{\"timestamp\":\"" + std::to_string(last_timestamp_) + "\"}";
}

// How long to wait is lost on the way through the REST API, and there is no Retry-After.
void signal_rest::write_rate_limit(std::string_view account, bool with_captcha, reply& out) {
  out.status = 429;
  out.content_type = rest_content_type;
  out.body =
      "{\"error\":\"Failed to send message due to rate limiting. Use the attached challenge tokens "
      "to lift the rate limit restrictions via the '/v1/accounts/{number}/rate-limit-challenge' "
      "endpoint.\",\"challenge_tokens\":[";
  append_json_string(out.body, with_captcha ? challenge_token : std::string_view());
  out.body += "],\"account\":";
  append_json_string(out.body, account);
  out.body += '}';
}

}  // namespace postrider::provider_sim
