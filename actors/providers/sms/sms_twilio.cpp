#include "actors/providers/sms/sms_twilio.hpp"

#include "actors/providers/foreign_reply.hpp"
#include "actors/providers/json_members.hpp"
#include "actors/providers/quoted_reply.hpp"
#include "actors/providers/sms/sms_twilio_errors.hpp"
#include "actors/providers/titled_text.hpp"
#include "actors/providers/transfer/transport_outcome.hpp"
#include "base/base64.hpp"
#include "base/hex.hpp"
#include "base/percent.hpp"
#include "base/signature.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace postrider::actors {
namespace {

namespace json = boost::json;
using enum outcome_kind;

/// Characters of the Body parameter; error 21617 names the same bound.
constexpr std::size_t longest_body = 1600;

/// SM or MM and 32 hexadecimal digits.
bool is_message_sid(std::string_view text) {
  return text.size() == 34 && (text.starts_with("SM") || text.starts_with("MM")) &&
         is_hex(text.substr(2));
}

/// Statuses that end without delivery.
bool is_failure(std::string_view status) {
  return status == "undelivered" || status == "failed" || status == "canceled";
}

/// Nothing for a status that says nothing of an outgoing message, and for new ones.
std::optional<persistence::receipt> receipt_of(std::string_view status) {
  for (const auto* early : {"accepted", "scheduled", "queued", "sending", "sent"})
    if (status == early) return persistence::receipt::accepted;
  if (status == "delivered") return persistence::receipt::delivered;
  if (status == "read") return persistence::receipt::read;
  if (is_failure(status)) return persistence::receipt::undelivered;
  return std::nullopt;
}

/// The text that Twilio signs: the URL, then every parameter's name and value in the order of the
/// names. Values of a repeated name count once each, in order.
std::string signed_text(std::string_view url, const form_fields& fields) {
  std::map<std::string_view, std::set<std::string_view>> sorted;
  for (const auto& [name, value] : fields)
    sorted[name].insert(value);
  std::string text(url);
  for (const auto& [name, values] : sorted)
    for (const auto value : values)
      text.append(name).append(value);
  return text;
}

/// Twilio signs the URL with or without its port, whichever it was given; its own validators try
/// both (src/webhooks/webhooks.ts of twilio-node).
std::vector<std::string> signed_urls(std::string_view url) {
  std::vector<std::string> urls{std::string(url)};
  const bool https = url.starts_with("https://");
  if (!https && !url.starts_with("http://")) return urls;
  const std::string_view port = https ? ":443" : ":80";
  const auto begin = url.find("://") + 3;
  const auto end = std::min(url.find_first_of("/?#", begin), url.size());
  const auto host = url.substr(begin, end - begin);
  const auto colon = host.rfind(':');
  const bool has_port = colon != std::string_view::npos && host.find(']', colon) == host.npos;
  const auto bare = has_port ? host.substr(0, colon) : host;
  const auto with_host = [&](std::string_view middle, std::string_view more) {
    return std::string(url.substr(0, begin)).append(middle).append(more).append(url.substr(end));
  };
  urls.push_back(has_port ? with_host(bare, "") : with_host(bare, port));
  return urls;
}

std::string_view value_of(const std::vector<std::pair<std::string, std::string>>& fields,
                          std::string_view name) {
  const auto at = std::find_if(fields.begin(), fields.end(),
                               [name](const auto& field) { return field.first == name; });
  return at == fields.end() ? std::string_view() : std::string_view(at->second);
}

class twilio_driver final : public driver {
 public:
  explicit twilio_driver(sms_settings settings) : settings_(std::move(settings)) {}

  std::optional<std::string> address_for(const persistence::recipient& recipient) const override {
    return recipient.phone.empty() ? std::nullopt : std::optional(recipient.phone);
  }

  std::optional<std::string> content_refusal(const persistence::message& message) const override {
    const titled_view text(message, settings_.subject_in_text);
    // Another text than an empty one can be cut.
    if (message.shorten && !text.get().empty()) return std::nullopt;
    return refusal_of(text.get());
  }

  transfer_request compose(const delivery_content& content) const override {
    form_fields form{
        {"To", content.address},
        {"Body", sent_text(*content.message, settings_.subject_in_text,
                           [this](std::string_view text) { return !refusal_of(text); })}};
    if (settings_.from.empty()) {
      form.emplace_back("MessagingServiceSid", settings_.messaging_service_sid);
    } else {
      form.emplace_back("From", settings_.from);
    }
    if (!content.receipt_url.empty()) form.emplace_back("StatusCallback", content.receipt_url);
    auto request = sms_request(settings_);
    request.url = settings_.url + "/2010-04-01/Accounts/" + settings_.username + "/Messages.json";
    request.headers = {
        "Content-Type: application/x-www-form-urlencoded", "Accept: application/json",
        "Authorization: Basic " + base64_encoded(settings_.username + ":" + settings_.password)};
    request.body = form_encoded(form);
    return request;
  }

  outcome classify(const delivery_content& content, const transfer_result& result) const override {
    auto transport = transport_outcome(result);
    const bool refused = has_status(result) && result.status >= 400;
    if (transport && !refused) return std::move(*transport);
    json::error_code failed;
    const auto reply = json::parse(result.body, failed);
    const auto* object = failed ? nullptr : reply.if_object();
    if (result.status >= 200 && result.status < 300)
      return object ? classify_message(*object) : unknown_reply(result);
    const auto code = object ? integer_at(*object, "code") : std::nullopt;
    // Twilio's own 5xx are not documented as unprocessed, whatever their code or Retry-After say.
    if (code && result.status >= 500 && result.status <= 599)
      return {unknown, error_text(*code, text_at(*object, "message")), {}, {}};
    if (!code || result.status < 400 || result.status > 499)
      return classify_status(content, result);
    return classify_error(*code, text_at(*object, "message"), content, result);
  }

  receipt_reading read_receipt(const receipt_call& call) const override {
    const auto form = call.method == "POST" ? form_decoded(call.body) : std::nullopt;
    if (!form) return receipt_refusal{400, "a status callback is a POST of a form"};
    if (!is_signed(call, *form))
      return receipt_refusal{403, "X-Twilio-Signature is not that of this request"};
    const auto sid = value_of(*form, "MessageSid");
    const auto status = value_of(*form, "MessageStatus");
    if (!is_message_sid(sid) || status.empty())
      return receipt_refusal{400, "MessageSid and MessageStatus are needed"};
    const auto kind = receipt_of(status);
    if (!kind) return std::vector<receipt_report>();
    receipt_report report;
    report.kind = *kind;
    report.provider_refs = {std::string(sid)};
    if (is_failure(status)) report.detail = failure_text(status, *form);
    return std::vector{std::move(report)};
  }

 private:
  std::optional<std::string> refusal_of(std::string_view text) const {
    if (auto refusal = sms_refusal(text, settings_.max_segments)) return refusal;
    if (text.size() > longest_body && utf8_length(text) > longest_body)
      return "the text is longer than the 1600 characters that Twilio takes";
    return std::nullopt;
  }

  bool is_signed(const receipt_call& call, const form_fields& form) const {
    const auto given = value_of(call.headers, "x-twilio-signature");
    bool right = false;
    for (const auto& url : signed_urls(call.url)) {
      const auto wanted = base64_encoded(hmac_sha1(settings_.password, signed_text(url, form)));
      right = equal_in_constant_time(given, wanted) || right;
    }
    return right;
  }

  static std::string failure_text(std::string_view status, const form_fields& form) {
    std::string text = "Twilio: " + quoted_reply(status);
    if (const auto code = value_of(form, "ErrorCode"); !code.empty())
      text.append(", error ").append(quoted_reply(code));
    if (const auto why = value_of(form, "ErrorMessage"); !why.empty())
      text.append(": ").append(quoted_reply(why));
    return text;
  }

  /// The message that a 201 describes. It may have failed already.
  outcome classify_message(const json::object& message) const {
    const auto sid = text_at(message, "sid");
    if (!is_message_sid(sid)) return {unknown, "Twilio's answer has no message SID", {}, {}};
    if (!is_failure(text_at(message, "status"))) return {accepted, {}, std::string(sid), {}};
    const auto code = integer_at(message, "error_code").value_or(0);
    // Twilio took it and gave it up: whatever the code, it is about this message.
    const auto row =
        find_twilio_error(code).value_or(twilio_error{code, unavailable, twilio_scope::recipient});
    return outcome_of(row, error_text(code, text_at(message, "error_message")));
  }

  /// A 4xx with a code of Twilio's. A code that has no row is about its own message or recipient,
  /// but for a 401, which is about the credentials (RFC 9110, 15.5.2). It could be the account's
  /// after all: then one recipient after the other is rejected with it.
  outcome classify_error(std::int64_t code, std::string_view message,
                         const delivery_content& content, const transfer_result& result) const {
    const auto usual = result.status == 401 ? misconfigured : recipient_rejected;
    const auto known = find_twilio_error(code);
    auto row = known.value_or(twilio_error{code, usual});
    // Twilio's page on 20429: what is answered with 429 was never processed, whichever limit it is.
    if (result.status == 429) row.kind = throttled;
    auto out = outcome_of(row, error_text(code, message));
    out.vague = !known && out.kind == recipient_rejected;
    out.credentials = out.kind == misconfigured && refuses_credentials(result);
    if (out.kind != throttled) return out;
    if (const auto pause = retry_after(result, content.now)) out.retry_after = *pause;
    return out;
  }

  outcome outcome_of(const twilio_error& row, std::string detail) const {
    outcome out{row.kind, std::move(detail), {}, {}};
    const bool by_number = settings_.from.starts_with('+');
    out.recipient_only =
        row.scope == twilio_scope::recipient || (row.scope == twilio_scope::sender && !by_number);
    out.retry_after = row.pause;
    out.quota = row.quota;
    return out;
  }

  /// Without a code of Twilio's.
  outcome classify_status(const delivery_content& content, const transfer_result& result) const {
    if (result.status == 401) {
      outcome out{
          misconfigured, status_text(result) + ": look at account_sid and auth_token", {}, {}};
      out.credentials = true;
      return out;
    }
    return classify_foreign_reply(content, result,
                                  status_text(result) + ": is `url` that of Twilio's API?");
  }

  outcome unknown_reply(const transfer_result& result) const {
    return {unknown, status_text(result), {}, {}};
  }

  std::string status_text(const transfer_result& result) const {
    std::string text = "Twilio answered HTTP " + std::to_string(result.status);
    if (!result.body.empty())
      text.append(": ").append(quoted_reply(result.body, {settings_.password}));
    return text;
  }

  std::string error_text(std::int64_t code, std::string_view message) const {
    return "Twilio error " + std::to_string(code) + ": " +
           quoted_reply(message, {settings_.password});
  }

  sms_settings settings_;
};

}  // namespace

std::unique_ptr<driver> make_sms_twilio(sms_settings settings) {
  return std::make_unique<twilio_driver>(std::move(settings));
}

}  // namespace postrider::actors
