#include "tools/provider-sim/webhook.hpp"

#include "tools/provider-sim/signature.hpp"
#include "tools/provider-sim/wire_effect.hpp"

#include <boost/json.hpp>

#include <chrono>

namespace postrider::provider_sim {

namespace json = boost::json;

namespace {

// 0 when the outcome is not a status of its own.
unsigned status_of(outcome o) {
  switch (o) {
    case outcome::unregistered: return 410;
    case outcome::identity: return 403;
    case outcome::rate_limit:
    case outcome::rate_limit_captcha: return 429;
    case outcome::network_failure: return 502;
    case outcome::invalid_pre_key: return 400;
    case outcome::io_error: return 503;
    case outcome::internal_error: return 500;
    case outcome::unknown_host: return 504;
    case outcome::account_unknown: return 401;
    default: return 0;
  }
}

void answer_rule(const reply_rule& rule, reply& out) {
  if (apply_to_exchange(rule, out)) return;
  answer_text(out, rule.status, rule.message.empty() ? "" : "text/plain", rule.message);
  // A client that follows this would be heard of here again.
  if (rule.status >= 300 && rule.status < 400) add_header(out, "Location", "/hook/moved");
}

}  // namespace

std::string webhook_text(std::string_view body) {
  json::error_code error;
  const json::value document = json::parse(body, error);
  const json::object* event = error ? nullptr : document.if_object();
  const json::value* data = event ? event->if_contains("data") : nullptr;
  if (data && data->is_string()) return std::string(std::string_view(data->get_string()));
  if (const json::object* members = data ? data->if_object() : nullptr)
    for (const char* name : {"text", "message", "body"})
      if (const json::value* text = members->if_contains(name); text && text->is_string())
        return std::string(std::string_view(text->get_string()));
  return std::string(body);
}

void webhook::answer(provider& at, const request_view& request, reply& out) {
  if (request.method != "POST") {
    out.status = 405;
    return;
  }
  if (!key_.empty()) {
    const std::string fault =
        webhook_fault(key_, request.webhook_id, request.webhook_timestamp,
                      request.webhook_signature, request.body, std::chrono::system_clock::now());
    if (!fault.empty()) {
      ++at.bad_signatures;
      at.counts.count_refused();
      return answer_text(out, 401, "text/plain", fault);
    }
  }
  const decision d = at.rules.decide(request.path);
  out.delay = d.delay;
  at.counts.count_call();
  const std::string text = webhook_text(request.body);
  at.decided(d.what, request.path, text, request.arrived);
  if (counts_as_accepted(d.what)) {
    at.take(request.path, text, request.arrived);
    if (!request.webhook_id.empty()) at.webhook_ids.accept("", request.webhook_id, request.arrived);
  }
  if (d.what == outcome::reply || d.what == outcome::accept_then_reply)
    return answer_rule(*d.rule, out);
  if (apply_to_exchange(d.what, out)) return;
  out.status = status_of(d.what) ? status_of(d.what) : 200;
  const auto wait_s = at.rules.settings().retry_after_s;
  if ((out.status == 429 || out.status == 503) && wait_s > 0)
    add_header(out, "Retry-After", std::to_string(wait_s));
}

}  // namespace postrider::provider_sim
