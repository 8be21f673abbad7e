#include "actors/rules/slow_start.hpp"

#include <algorithm>

namespace postrider::actors {

void slow_start::begin() {
  limit_ = std::min(first, full_);
  healthy_in_row_ = 0;
}

void slow_start::on_end(bool healthy) {
  if (!running()) return;
  healthy_in_row_ = healthy ? healthy_in_row_ + 1 : 0;
  if (healthy_in_row_ < limit_) return;
  limit_ = limit_ > full_ / 2 ? full_ : limit_ * 2;
  healthy_in_row_ = 0;
}

}  // namespace postrider::actors
