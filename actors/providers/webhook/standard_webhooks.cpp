#include "actors/providers/webhook/standard_webhooks.hpp"

#include "base/base64.hpp"
#include "base/signature.hpp"

#include <algorithm>
#include <chrono>

namespace postrider::actors {
namespace {

constexpr std::string_view secret_prefix = "whsec_";

std::string signatures(const std::vector<std::string>& secrets, const std::string& signed_text) {
  std::string all;
  for (const auto& secret : secrets)
    all.append(all.empty() ? "v1," : " v1,")
        .append(base64_encoded(hmac_sha256(secret, signed_text)));
  return all;
}

}  // namespace

std::vector<std::string> read_webhook_secrets(std::string_view text) {
  std::vector<std::string> secrets;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (word.empty()) continue;
    if (!word.starts_with(secret_prefix)) return {};
    auto bytes = base64_decoded(word.substr(secret_prefix.size()));
    if (!bytes || bytes->size() < 24 || bytes->size() > 64) return {};
    secrets.emplace_back(*bytes);
  }
  return secrets;
}

std::string webhook_secret_of(std::string_view random) {
  return std::string(secret_prefix) + base64_encoded(random);
}

std::vector<std::string> webhook_headers(const std::vector<std::string>& secrets,
                                         const std::string& id, persistence::time_point now,
                                         const std::string& body) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const auto timestamp = std::to_string(seconds.time_since_epoch().count());
  return {"Content-Type: application/json", "webhook-id: " + id, "webhook-timestamp: " + timestamp,
          "webhook-signature: " + signatures(secrets, id + "." + timestamp + "." + body)};
}

std::string_view webhook_hint(int status) {
  if (status >= 300 && status < 400) return "redirects are not followed";
  switch (status) {
    case 400:
    case 415:
    case 422: return "it does not understand the message: does it expect Standard Webhooks?";
    case 401:
    case 403: return "it refuses the signature or this server: has it the same secret?";
    case 404: return "it has nothing at that path";
    case 405: return "it does not take POST";
    case 413: return "the message is too long for it";
    case 429: return "it asks to slow down";
    default: return {};
  }
}

}  // namespace postrider::actors
