#include "http/wrong_keys.hpp"

#include <algorithm>

namespace postrider::http {

std::chrono::milliseconds wrong_keys::note(const std::string& address, clock::time_point now) {
  using std::chrono::milliseconds;
  const std::lock_guard lock(mutex_);
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

}  // namespace postrider::http
