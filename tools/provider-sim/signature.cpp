#include "tools/provider-sim/signature.hpp"

#include "tools/provider-sim/base64.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <charconv>

namespace postrider::provider_sim {
namespace {

constexpr std::int64_t tolerance_s = 300;

std::string hmac(const EVP_MD* digest, std::string_view key, std::string_view text) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(digest, key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &size);
  return to_base64({reinterpret_cast<const char*>(mac), size});
}

bool is_same(std::string_view one, std::string_view other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace

std::string twilio_signature(std::string_view auth_token, std::string_view url,
                             const form& parameters) {
  auto sorted = parameters.fields();
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::string text(url);
  for (const auto& [name, value] : sorted)
    text += name + value;
  return hmac(EVP_sha1(), auth_token, text);
}

std::string webhook_mac(std::string_view key, std::string_view id, std::string_view timestamp,
                        std::string_view body) {
  std::string text;
  text.append(id).append(".").append(timestamp).append(".").append(body);
  return hmac(EVP_sha256(), key, text);
}

std::string webhook_fault(std::string_view key, std::string_view id, std::string_view timestamp,
                          std::string_view signatures, std::string_view body,
                          std::chrono::system_clock::time_point now) {
  if (id.empty() || timestamp.empty() || signatures.empty()) return "Missing required headers";
  std::int64_t at = 0;
  const char* end = timestamp.data() + timestamp.size();
  if (std::from_chars(timestamp.data(), end, at).ptr != end) return "Invalid Signature Headers";
  const std::int64_t age =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count() - at;
  if (age > tolerance_s) return "Message timestamp too old";
  if (age < -tolerance_s) return "Message timestamp too new";
  const std::string wanted = "v1," + webhook_mac(key, id, timestamp, body);
  while (!signatures.empty()) {
    const std::string_view one = signatures.substr(0, signatures.find(' '));
    signatures.remove_prefix(std::min(signatures.size(), one.size() + 1));
    if (is_same(one, wanted)) return {};
  }
  return "No matching signature found";
}

std::string webhook_key(std::string_view secret) {
  constexpr std::string_view prefix = "whsec_";
  if (!secret.starts_with(prefix)) return {};
  return from_base64(secret.substr(prefix.size())).value_or(std::string());
}

}  // namespace postrider::provider_sim
