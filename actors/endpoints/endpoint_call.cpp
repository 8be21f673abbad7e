#include "actors/endpoints/endpoint_call.hpp"

#include "actors/providers/transfer/transport_outcome.hpp"
#include "actors/providers/webhook/standard_webhooks.hpp"

namespace postrider::actors {
namespace {

constexpr std::size_t longest_answer = 64 * 1024;

std::vector<std::string> secrets_of(const persistence::endpoint& to, persistence::time_point now) {
  auto text = to.secret;
  if (to.old_secret_until && now < *to.old_secret_until) text.append(" ").append(to.old_secret);
  return read_webhook_secrets(text);
}

}  // namespace

transfer_request endpoint_request(const persistence::endpoint& to, const std::string& id,
                                  std::string body, persistence::time_point now) {
  transfer_request request;
  request.url = to.url;
  request.group = "endpoint " + std::to_string(to.id);
  request.public_addresses_only = !to.allow_private;
  request.timeout = endpoint_timeout;
  request.max_reply_bytes = longest_answer;
  request.body = std::move(body);
  request.headers = webhook_headers(secrets_of(to, now), id, now, request.body);
  return request;
}

endpoint_answer endpoint_answer_of(const transfer_result& result, persistence::time_point now) {
  using enum endpoint_answer::kind;
  if (!has_status(result)) {
    auto text = result.error_text.empty() ? std::string("no answer") : result.error_text;
    if (result.error == transfer_error::address_refused)
      text += ": allow_private lets private addresses be called";
    return {failed, std::move(text), {}};
  }
  const int status = result.status;
  if (status >= 200 && status < 300) return {};
  auto text = "HTTP " + std::to_string(status);
  if (status == 410) return {gone, text + ": it wants no more events", {}};
  if (const auto hint = webhook_hint(status); !hint.empty()) text.append(": ").append(hint);
  const bool may_ask = status == 429 || status == 502 || status == 503 || status == 504;
  return {failed, std::move(text), may_ask ? retry_after(result, now) : std::nullopt};
}

}  // namespace postrider::actors
