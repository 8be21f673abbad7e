#include "actors/digest.hpp"

#include <openssl/sha.h>

namespace postrider::actors {

persistence::hash sha256(std::string_view text) {
  persistence::hash digest;
  static_assert(digest.size() == SHA256_DIGEST_LENGTH);
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return digest;
}

}  // namespace postrider::actors
