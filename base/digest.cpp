#include "base/digest.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace postrider {

std::array<std::uint8_t, 32> sha256(std::string_view text) {
  std::array<std::uint8_t, 32> digest;
  // Looked up once: OpenSSL's SHA256() looks for the best implementation at each call.
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, method, nullptr) != 1)
    throw std::runtime_error("OpenSSL makes no SHA-256 digests");
  return digest;
}

}  // namespace postrider
