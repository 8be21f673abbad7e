#include "inbound/wrong_keys.hpp"

#include <algorithm>

namespace postrider::inbound {

using std::chrono::milliseconds;

wrong_keys::verdict wrong_keys::note(const std::string& address, clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const auto wait = wait_of(address, now);
  if (wait.count() == 0) return {};
  auto& held = held_[address];
  if (held >= most_held) return {.ends = true};
  ++held;
  return {wait, false, place(*this, address)};
}

void wrong_keys::leave(const std::string& address) {
  const std::lock_guard lock(mutex_);
  const auto found = held_.find(address);
  if (--found->second == 0) held_.erase(found);
}

milliseconds wrong_keys::wait_of(const std::string& address, clock::time_point now) {
  while (!order_.empty() && order_.front().full_at <= now) {
    by_address_.erase(order_.front().address);
    order_.pop_front();
  }
  auto found = by_address_.find(address);
  if (found == by_address_.end()) {
    if (order_.size() >= most_known) {
      by_address_.erase(order_.front().address);
      order_.pop_front();
    }
    found = by_address_.emplace(address, order_.insert(order_.end(), entry{address, now})).first;
  }
  order_.splice(order_.end(), order_, found->second);
  auto& full_at = found->second->full_at;
  constexpr milliseconds at_first = at_once * between;
  full_at = std::min(std::max(full_at, now) + between, now + at_first + longest);
  const auto over = std::chrono::ceil<milliseconds>(full_at - now) - at_first;
  return std::max(over, milliseconds(0));
}

std::size_t wrong_keys::known() const {
  const std::lock_guard lock(mutex_);
  return order_.size();
}

}  // namespace postrider::inbound
