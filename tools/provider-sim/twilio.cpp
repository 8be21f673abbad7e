#include "tools/provider-sim/twilio.hpp"

#include "tools/provider-sim/base64.hpp"
#include "tools/provider-sim/json_text.hpp"
#include "tools/provider-sim/loopback_url.hpp"
#include "tools/provider-sim/signature.hpp"
#include "tools/provider-sim/text_hash.hpp"
#include "tools/provider-sim/wire_effect.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>

/// Witness: twilio/twilio-oai, spec/json/twilio_api_v2010.json, and Twilio's list of errors
/// (https://www.twilio.com/docs/api/errors).
namespace postrider::provider_sim {
namespace {

constexpr std::string_view form_type = "application/x-www-form-urlencoded";
constexpr std::size_t max_characters = 1600;

struct twilio_refusal {
  unsigned status = 0;
  std::int64_t code = 0;
  std::string message;  // empty: the usual one
};

// E.164; a sender may also be a short code or a name.
bool is_number(std::string_view text) {
  return text.size() >= 8 && text.size() <= 16 && text[0] == '+' && text[1] != '0' &&
         text.find_first_not_of("0123456789", 1) == text.npos;
}

bool is_sid(std::string_view text, std::string_view prefix) {
  return text.size() == 34 && text.starts_with(prefix) &&
         text.find_first_not_of("0123456789abcdefABCDEF", 2) == text.npos;
}

bool is_in(std::string_view digits, int least, int most) {
  int number = -1;
  const char* end = digits.data() + digits.size();
  return std::from_chars(digits.data(), end, number).ptr == end && number >= least &&
         number <= most;
}

// Twilio takes no host with an underscore.
bool is_callback_url(std::string_view url) {
  if (!is_http_url(url)) return false;
  const std::string_view rest = url.substr(url.find("//") + 2);
  return rest.substr(0, rest.find_first_of("/?#")).find('_') == rest.npos;
}

// Checks in the order in which the error codes make sense to whoever reads them.
twilio_refusal check_message(const form& given) {
  const std::string_view to = given.get("To");
  if (to.empty()) return {400, 21604, {}};
  if (!is_number(to))
    return {400, 21211, "The 'To' number " + std::string(to) + " is not a valid phone number."};
  if (given.get("From").empty() && given.get("MessagingServiceSid").empty())
    return {400, 21603, {}};
  if (const auto* service = given.find("MessagingServiceSid"); service && !is_sid(*service, "MG"))
    return {400, 21701, {}};
  if (given.get("Body").empty() && given.get("MediaUrl").empty() && given.get("ContentSid").empty())
    return {400, 21602, {}};
  if (utf16_units(given.get("Body")) > max_characters) return {400, 21617, {}};
  if (const auto* period = given.find("ValidityPeriod"); period && !is_in(*period, 1, 36000))
    return {400, 21624, {}};
  const auto* url = given.find("StatusCallback");
  if (url && !is_callback_url(*url)) return {400, 21609, {}};
  return {};
}

twilio_refusal refusal_of(outcome o) {
  switch (o) {
    case outcome::unregistered: return {400, 21614, {}};
    case outcome::identity: return {400, 21610, {}};
    case outcome::rate_limit: return {429, 20429, {}};
    case outcome::rate_limit_captcha: return {429, 21611, {}};
    case outcome::network_failure:
    case outcome::internal_error: return {500, 20500, {}};
    case outcome::io_error: return {503, 20503, {}};
    case outcome::invalid_pre_key: return {400, 21612, {}};
    case outcome::unknown_host: return {400, 21606, {}};
    case outcome::account_unknown: return {401, 20003, {}};
    default: return {};
  }
}

// RFC 2822, in UTC.
std::string date_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[40];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &parts);
  return text;
}

std::string_view last_status(receipt_kind kind) {
  switch (kind) {
    case receipt_kind::undelivered: return "undelivered";
    case receipt_kind::failed: return "failed";
    case receipt_kind::read: return "read";
    default: return "delivered";
  }
}

// Statuses after that of the 201. A message that fails is never sent.
std::vector<std::string_view> statuses_after(const receipt_plan& plan, bool by_service) {
  std::vector<std::string_view> list;
  if (plan.kind == receipt_kind::none) return list;
  if (by_service) list.push_back("queued");
  if (plan.kind != receipt_kind::failed) list.push_back("sent");
  if (plan.kind == receipt_kind::read) list.push_back("delivered");
  if (plan.is_complete) list.push_back(last_status(plan.kind));
  return list;
}

}  // namespace

void twilio::answer(provider& at, const request_view& request, reply& out) {
  constexpr std::string_view prefix = "/2010-04-01/Accounts/";
  constexpr std::string_view suffix = "/Messages.json";
  const std::string_view path = request.path;
  if (!path.starts_with(prefix) || !path.ends_with(suffix) ||
      path.size() < prefix.size() + suffix.size())
    return write_twilio_error(out, 404, 20404, "");
  if (request.method != "POST") return write_twilio_error(out, 405, 20004, "Method not allowed");
  const std::string account(
      path.substr(prefix.size(), path.size() - prefix.size() - suffix.size()));
  const auto login = read_basic(request.authorization);
  const auto refuse = [&](const twilio_refusal& why) {
    at.counts.count_refused();
    write_twilio_error(out, why.status, why.code, why.message);
  };
  // An API key (SK...) has a user of its own; the account stays in the path.
  const bool is_user = login && (login->first == account || login->first.starts_with("SK"));
  if (!is_user || (!auth_token_.empty() && login->second != auth_token_))
    return refuse({401, 20003, {}});
  if (!is_sid(account, "AC")) return refuse({404, 20404, {}});
  if (request.content_type.substr(0, request.content_type.find(';')) != form_type)
    return refuse({400, 21604, {}});
  const auto given = form::parse(request.body);
  if (!given) return refuse({400, 21604, {}});
  if (const twilio_refusal why = check_message(*given); why.status != 0) return refuse(why);
  const auto text = [&](const char* name) { return std::string(given->get(name)); };
  create(at,
         {account, auth_token_.empty() ? login->second : auth_token_, next_sid(at), text("To"),
          text("From"), text("MessagingServiceSid"), text("Body"), text("StatusCallback")},
         request.arrived, out);
}

void twilio::create(provider& at, message m, clock_time now, reply& out) {
  const decision d = at.rules.decide(m.to);
  out.delay = d.delay;
  at.counts.count_call();
  at.decided(d.what, m.to, m.body, now);
  if (counts_as_accepted(d.what)) {
    at.take(m.to, m.body, now);
    add_callbacks(at, m, out);
  }
  if (d.what == outcome::reply || d.what == outcome::accept_then_reply) {
    if (apply_to_exchange(*d.rule, out)) return;
    return write_twilio_error(out, d.rule->status, d.rule->code ? d.rule->code : 20500,
                              d.rule->message);
  }
  if (apply_to_exchange(d.what, out)) return;
  if (const twilio_refusal why = refusal_of(d.what); why.status != 0)
    return write_twilio_error(out, why.status, why.code, why.message);
  write_created(m, out);
}

// The members and their order are those of api.v2010.account.message.
void twilio::write_created(const message& m, reply& out) {
  const bool by_service = !m.service.empty();
  const std::string uri = "/2010-04-01/Accounts/" + m.account + "/Messages/" + m.sid;
  std::string& body = out.body;
  const auto member = [&body](std::string_view name, const std::string* value) {
    body += body.empty() ? "{\"" : ",\"";
    body.append(name).append("\":");
    if (value) append_json_string(body, *value);
    else body += "null";
  };
  const auto text = [&](std::string_view name, const std::string& value) { member(name, &value); };
  const std::string date = date_now();
  out.status = 201;
  out.content_type = "application/json";
  text("sid", m.sid);
  text("status", by_service ? "accepted" : "queued");
  member("error_code", nullptr);
  member("error_message", nullptr);
  text("num_segments", by_service ? "0" : std::to_string(count_segments(m.body)));
  text("num_media", "0");
  text("to", m.to);
  member("from", by_service ? nullptr : &m.from);
  member("messaging_service_sid", by_service ? &m.service : nullptr);
  text("body", m.body);
  text("direction", "outbound-api");
  text("date_created", date);
  member("date_sent", nullptr);
  text("date_updated", date);
  member("price", nullptr);
  text("price_unit", "USD");
  text("api_version", "2010-04-01");
  text("account_sid", m.account);
  text("uri", uri + ".json");
  body += ",\"subresource_uris\":{\"media\":\"" + uri + "/Media.json\"}}";
}

void twilio::add_callbacks(provider& at, const message& m, reply& out) {
  if (m.callback_url.empty()) return;
  const receipt_plan plan = at.rules.plan_receipts(m.to);
  const receipt_rules& rules = at.rules.settings().receipts;
  for (const std::string_view status : statuses_after(plan, !m.service.empty())) {
    form fields;
    for (const char* name : {"MessageSid", "SmsSid"})
      fields.add(name, m.sid);
    for (const char* name : {"MessageStatus", "SmsStatus"})
      fields.add(name, std::string(status));
    fields.add("To", m.to);
    fields.add("From", m.from.empty() ? "+15005550006" : m.from);
    fields.add("AccountSid", m.account);
    fields.add("ApiVersion", "2010-04-01");
    if (!m.service.empty()) fields.add("MessagingServiceSid", m.service);
    const bool is_bad = status == "undelivered" || status == "failed";
    const std::int64_t usual = status == "failed" ? 30008 : 30003;
    if (is_bad)
      fields.add("ErrorCode", std::to_string(rules.error_code ? rules.error_code : usual));
    callback call{.url = m.callback_url, .content_type = std::string(form_type)};
    call.body = fields.text();
    call.headers.emplace_back("X-Twilio-Signature",
                              twilio_signature(m.token, m.callback_url, fields));
    out.errands.push_back({plan.pause, std::move(call)});
  }
  if (rules.order == receipt_order::reversed) std::reverse(out.errands.begin(), out.errands.end());
  out.errands_first = rules.order == receipt_order::before_answer && !out.errands.empty();
}

// Not guessable from one another and never the same twice in a run.
std::string twilio::next_sid(const provider& at) {
  const text_hash hash =
      hash_text("SM" + std::to_string(++messages_),
                at.rules.settings().seed ^ static_cast<std::uint64_t>(std::time(nullptr)));
  char text[40];
  std::snprintf(text, sizeof text, "SM%016llx%016llx", static_cast<unsigned long long>(hash.high),
                static_cast<unsigned long long>(hash.low));
  return text;
}

}  // namespace postrider::provider_sim
