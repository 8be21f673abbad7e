#include "actors/providers/webhook/webhook.hpp"

#include "actors/providers/problem_list.hpp"
#include "actors/providers/transfer/transport_outcome.hpp"
#include "actors/providers/webhook/standard_webhooks.hpp"
#include "actors/rules/addresses.hpp"
#include "base/time_text.hpp"

#include <boost/json.hpp>

namespace postrider::actors {
namespace {

namespace json = boost::json;
using enum outcome_kind;

constexpr driver_key webhook_keys[]{
    {"secret", key_kind::secret, true, "",
     "the secret that signs requests: whsec_ and base64 of 24 to 64 bytes; several, separated by "
     "spaces, during a rotation"},
    {"allow_private", key_kind::boolean, false, "false",
     "true: http and private addresses are called too"},
    {"ca_file", key_kind::text, false, "",
     "PEM file of the authorities to trust in place of the system's"},
};

/// No reply needs more; what an endpoint writes beyond it is not waited for.
constexpr std::size_t longest_reply = 64 * 1024;

/// The reference without "." and "/", which separate the parts of what is signed.
std::string webhook_id(std::string_view reference) {
  std::string id = "msg_";
  for (const char c : reference)
    id += c == '/' || c == '.' ? '_' : c;
  return id;
}

json::object metadata_of(const persistence::message& message) {
  json::error_code failed;
  const auto value = json::parse(message.metadata, failed);
  return !failed && value.is_object() ? value.as_object() : json::object();
}

std::string body_of(const persistence::message& message) {
  return json::serialize(json::object{{"type", "message"},
                                      {"timestamp", to_rfc3339(message.created_at)},
                                      {"data",
                                       {{"message_id", to_string(message.id)},
                                        {"user_id", message.user},
                                        {"text", message.text},
                                        {"subject", message.subject},
                                        {"html", message.html},
                                        {"metadata", metadata_of(message)}}}});
}

/// Every failure is that endpoint's, a throttle too. If the circuit breaker counted it, or if a
/// throttle paused the provider, one endpoint would stop the messages to all others.
outcome endpoint_outcome(outcome_kind kind, std::string detail) {
  outcome out{kind, std::move(detail), {}, {}};
  out.recipient_only = true;
  return out;
}

/// The receiver may act on a request before it has read all of it, so the first byte decides, not
/// the last one.
outcome classify_transport(const transfer_result& result, outcome broken_off) {
  // The proxy is the same for all endpoints.
  if (result.error == transfer_error::proxy || result.error == transfer_error::proxy_login)
    return broken_off;
  if (result.error == transfer_error::address_refused)
    return endpoint_outcome(
        recipient_rejected,
        broken_off.detail + ": allow_private = true lets private addresses be called");
  // The settings are checked at start, so it is the recipient's URL that cannot be called.
  if (result.error == transfer_error::bad_request)
    return endpoint_outcome(recipient_rejected, std::move(broken_off.detail));
  const bool begun = result.stage >= transfer_stage::request_partly_written;
  return endpoint_outcome(begun ? unknown : unavailable, std::move(broken_off.detail));
}

/// A receiver that broke down while it worked, or a proxy that lost it: it may have acted. 303 is
/// what a form answers that was taken (RFC 9110, 15.4.4). With 501, 503, 505 and 511 the server
/// says that it did not handle the request.
bool may_have_acted(int status) {
  if (status == 303) return true;
  return status >= 500 && status != 501 && status != 503 && status != 505 && status != 511;
}

/// The specification calls only 2xx a success and only 410 final. With 3xx and 4xx the receiver
/// says that it did not take the message, so it is surely not delivered and may be tried again; a
/// 4xx most often ends when somebody repairs the endpoint. 429 is a throttle, and 503 with a
/// Retry-After too (RFC 9110, 15.6.4). A Retry-After with 502 and 504 is kept too, though the
/// receiver may have acted: the specification has it counted for the next attempt.
outcome classify_webhook_status(const delivery_content& content, const transfer_result& result) {
  const int status = result.status;
  std::string text = "the endpoint answered HTTP " + std::to_string(status);
  if (status == 410)
    return endpoint_outcome(recipient_rejected, text + ": it wants no more messages");
  // Not the answer to a POST at all.
  if (status < 200 || status > 599) return endpoint_outcome(unknown, std::move(text));
  if (const auto hint = webhook_hint(status); !hint.empty()) text.append(": ").append(hint);
  const bool may_pause = status == 429 || (status >= 502 && status <= 504);
  const auto pause = may_pause ? retry_after(result, content.now) : std::nullopt;
  if (pause)
    text.append(", not before ").append(std::to_string(pause->count())).append(" s have passed");
  const auto not_taken = status == 429 || pause ? throttled : unavailable;
  auto out = endpoint_outcome(may_have_acted(status) ? unknown : not_taken, std::move(text));
  out.retry_after = pause;
  return out;
}

class webhook_driver final : public driver {
 public:
  webhook_driver(const provider_settings& settings, std::vector<std::string> secrets,
                 bool allow_private, std::string ca_file)
      : name_(settings.name),
        secrets_(std::move(secrets)),
        allow_private_(allow_private),
        ca_file_(std::move(ca_file)),
        connect_timeout_(settings.connect_timeout),
        timeout_(settings.timeout) {}

  std::optional<std::string> address_for(const persistence::recipient& recipient) const override {
    const auto url = normalise_url(recipient.url);
    if (!url || (!allow_private_ && !url->starts_with("https://"))) return std::nullopt;
    return *url;
  }

  std::string host_of(const std::string& address) const override { return host_of_url(address); }

  transfer_request compose(const delivery_content& content) const override {
    transfer_request request;
    request.group = name_;
    request.url = content.address;
    request.public_addresses_only = !allow_private_;
    request.ca_file = ca_file_;
    request.connect_timeout = connect_timeout_;
    request.timeout = timeout_;
    request.max_reply_bytes = longest_reply;
    request.body = body_of(*content.message);
    request.headers =
        webhook_headers(secrets_, webhook_id(content.reference), content.now, request.body);
    return request;
  }

  /// The status decides; nothing in the body could change it.
  outcome classify(const delivery_content& content, const transfer_result& result) const override {
    auto transport = transport_outcome(result);
    if (transport && !has_status(result)) return classify_transport(result, std::move(*transport));
    if (result.status >= 200 && result.status < 300) return {accepted, {}, {}, {}};
    return classify_webhook_status(content, result);
  }

 private:
  std::string name_;
  std::vector<std::string> secrets_;
  bool allow_private_;
  std::string ca_file_;
  std::chrono::milliseconds connect_timeout_;
  std::chrono::milliseconds timeout_;
};

boost::system::result<std::unique_ptr<driver>, std::string> make_webhook_driver(
    const provider_settings& settings) {
  problem_list wrong;
  auto secrets = read_webhook_secrets(key_value(settings, "secret"));
  if (secrets.empty())
    wrong.add(
        "secret: each must be whsec_ and base64 of 24 to 64 bytes, such as printf whsec_%s "
        "\"$(openssl rand -base64 32)\" makes");
  const auto allow_private = key_value(settings, "allow_private");
  if (!allow_private.empty() && allow_private != "true" && allow_private != "false")
    wrong.add("allow_private: it must be true or false");
  if (!wrong.empty()) return {boost::system::in_place_error, wrong.text()};
  return std::unique_ptr<driver>(
      std::make_unique<webhook_driver>(settings, std::move(secrets), allow_private == "true",
                                       std::string(key_value(settings, "ca_file"))));
}

}  // namespace

driver_type webhook_driver_type() {
  return {"webhook",
          "a signed POST to the recipient's URL (Standard Webhooks)",
          webhook_keys,
          std::chrono::seconds(30),
          0,
          make_webhook_driver};
}

}  // namespace postrider::actors
