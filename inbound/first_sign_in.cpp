#include "inbound/first_sign_in.hpp"

#include "base/digest.hpp"

namespace postrider::inbound {

void first_sign_in::open(std::string_view token, clock::time_point now) {
  const std::lock_guard lock(mutex_);
  hash_ = sha256(token);
  ends_ = now + life;
  taken_ = false;
}

bool first_sign_in::take(std::string_view token, clock::time_point now) {
  const std::lock_guard lock(mutex_);
  // Hashes are compared, so how long it takes tells nothing.
  if (!hash_ || taken_ || now >= ends_ || sha256(token) != *hash_) return false;
  return taken_ = true;
}

void first_sign_in::give_back() {
  const std::lock_guard lock(mutex_);
  taken_ = false;
}

}  // namespace postrider::inbound
