#include "actors/rules/receipt_token.hpp"

#include "base/base64.hpp"
#include "base/signature.hpp"

#include <charconv>

namespace postrider::actors {
namespace {

constexpr std::size_t mac_bytes = 16;

}  // namespace

std::string receipt_token(std::string_view secret, std::string_view provider,
                          persistence::transaction_id id) {
  const auto number = std::to_string(id);
  std::string signed_text = "receipt/";
  signed_text.append(provider).append("/").append(number);
  const auto mac = hmac_sha256(secret, signed_text);
  return number + "." + base64url_encoded(std::string_view(mac).substr(0, mac_bytes));
}

std::optional<persistence::transaction_id> read_receipt_token(std::string_view secret,
                                                              std::string_view provider,
                                                              std::string_view token) {
  if (secret.empty()) return std::nullopt;
  persistence::transaction_id id = -1;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), id);
  if (error != std::errc() || id < 0) return std::nullopt;
  // The whole token is compared, so an id has one spelling.
  if (!equal_in_constant_time(receipt_token(secret, provider, id), token)) return std::nullopt;
  return id;
}

std::string receipt_url(const receipt_settings& settings, std::string_view provider,
                        persistence::transaction_id id) {
  if (settings.public_url.empty()) return {};
  std::string url = settings.public_url;
  url.append("/receipts/").append(provider).append("/");
  return url + receipt_token(settings.secret, provider, id);
}

}  // namespace postrider::actors
