#include "tools/provider-sim/ntfy.hpp"

#include "tools/provider-sim/json_text.hpp"
#include "tools/provider-sim/text_hash.hpp"
#include "tools/provider-sim/wire_effect.hpp"

#include <boost/json.hpp>

#include <ctime>

namespace postrider::provider_sim {

namespace json = boost::json;

namespace {

constexpr std::string_view ntfy_content_type = "application/json";
constexpr std::size_t max_topic = 64;
constexpr std::size_t max_message = 4096;
constexpr std::int64_t kept_s = 12 * 3600;

struct failure {
  std::int64_t code = 0;
  std::string_view error, link;
};

// server/errors.go; the first three digits are the HTTP status.
constexpr failure failures[] = {
    {40000, "invalid request", ""},
    {40009, "invalid request: topic invalid", ""},
    {40017, "invalid request: request body must be message JSON",
     "https://ntfy.sh/docs/publish/#publish-as-json"},
    {40024, "invalid request: request body must be valid JSON", ""},
    {40101, "unauthorized", "https://ntfy.sh/docs/publish/#authentication"},
    {40301, "forbidden", "https://ntfy.sh/docs/publish/#authentication"},
    {41301, "attachment too large, or bandwidth limit reached",
     "https://ntfy.sh/docs/publish/#limitations"},
    {42901, "limit reached: too many requests", "https://ntfy.sh/docs/publish/#limitations"},
    {42908, "limit reached: daily message quota reached",
     "https://ntfy.sh/docs/publish/#limitations"},
    {42909, "limit reached: too many auth failures", "https://ntfy.sh/docs/publish/#limitations"},
    {50001, "internal server error", ""},
    {50701, "cannot publish to UnifiedPush topic without previously active subscriber", ""},
};

void refuse(reply& out, std::int64_t code, std::string_view message = {}, unsigned status = 0) {
  failure told{code, "internal server error", ""};
  for (const failure& f : failures)
    if (f.code == code) told = f;
  if (!message.empty()) told.error = message;
  answer_text(out, status ? status : static_cast<unsigned>(code / 100), ntfy_content_type,
              "{\"code\":");
  append_number(out.body, code);
  out.body += ",\"http\":";
  append_number(out.body, out.status);
  out.body += ",\"error\":";
  append_json_string(out.body, told.error);
  if (!told.link.empty()) {
    out.body += ",\"link\":";
    append_json_string(out.body, told.link);
  }
  out.body += "}\n";
}

std::int64_t code_of(outcome o) {
  switch (o) {
    case outcome::unregistered: return 40009;
    case outcome::identity: return 40301;
    case outcome::rate_limit: return 42901;
    case outcome::rate_limit_captcha: return 42908;
    case outcome::network_failure: return 50701;
    case outcome::invalid_pre_key: return 41301;
    case outcome::io_error:
    case outcome::internal_error: return 50001;
    case outcome::unknown_host: return 42909;
    case outcome::account_unknown: return 40101;
    default: return 0;
  }
}

bool is_topic(std::string_view text) {
  return !text.empty() && text.size() <= max_topic &&
         text.find_first_not_of(
             "-_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") == text.npos;
}

}  // namespace

void ntfy::answer(provider& at, const request_view& request, reply& out) {
  const auto refuse_call = [&](std::int64_t code) {
    at.counts.count_refused();
    refuse(out, code);
  };
  if (!token_.empty() && request.authorization != "Bearer " + token_) return refuse_call(40101);
  json::error_code error;
  const json::value document = json::parse(request.body, error);
  const json::object* given = error ? nullptr : document.if_object();
  if (!given) return refuse_call(40024);
  const auto text = [given](std::string_view name) -> const json::string* {
    const json::value* value = given->if_contains(name);
    return value ? value->if_string() : nullptr;
  };
  if (given->contains("message") && !text("message")) return refuse_call(40024);
  if (!text("topic") || !is_topic(*text("topic"))) return refuse_call(40009);
  const std::string_view message = text("message") && !text("message")->empty()
                                       ? std::string_view(*text("message"))
                                       : "triggered";
  if (message.size() > max_message) return refuse_call(41301);
  publish(at, *text("topic"), message, request.arrived, out);
}

void ntfy::publish(provider& at, std::string_view topic, std::string_view message, clock_time now,
                   reply& out) {
  const decision d = at.rules.decide(topic);
  out.delay = d.delay;
  at.counts.count_call();
  at.decided(d.what, topic, message, now);
  if (counts_as_accepted(d.what)) at.take(topic, message, now);
  if (d.what == outcome::reply || d.what == outcome::accept_then_reply) {
    if (apply_to_exchange(*d.rule, out)) return;
    const std::int64_t code = d.rule->code ? d.rule->code : d.rule->status * 100 + 1;
    return refuse(out, code, d.rule->message, d.rule->status);
  }
  if (apply_to_exchange(d.what, out)) return;
  if (const std::int64_t code = code_of(d.what)) return refuse(out, code);
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::uint64_t bits = hash_text("ntfy" + std::to_string(++messages_)).low;
  std::string id;
  for (int i = 0; i < 12; ++i, bits /= 8)
    id += letters[bits % letters.size()];
  const std::int64_t seconds = std::time(nullptr);
  answer_text(out, 200, ntfy_content_type, "{\"id\":");
  append_json_string(out.body, id);
  out.body += ",\"time\":" + std::to_string(seconds);
  out.body += ",\"expires\":" + std::to_string(seconds + kept_s);
  out.body += ",\"event\":\"message\",\"topic\":";
  append_json_string(out.body, topic);
  out.body += ",\"message\":";
  append_json_string(out.body, message);
  out.body += "}\n";
}

}  // namespace postrider::provider_sim
