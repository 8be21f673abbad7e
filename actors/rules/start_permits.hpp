#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace postrider::actors {

/// Permits to begin a call in the commit that accepts its message, which saves the commit of a
/// begin. The sender offers what it could start at once and counts each permit as a call of its
/// own, until the message comes or the permit is taken back. Intake takes permits, and gives back
/// those whose message was not stored. Thread-safe.
class start_permits {
 public:
  /// By intake.
  bool take() {
    auto free = free_.load();
    while (free > 0)
      if (free_.compare_exchange_weak(free, free - 1)) return true;
    return false;
  }
  /// By intake: the message was not stored.
  void give_back() { free_.fetch_add(1); }

  /// By the sender alone: so many permits are out from now on, free or taken; more only while
  /// intake holds them.
  void offer(std::int32_t total) {
    if (out_ > total) out_ -= free_.exchange(0);
    if (out_ >= total) return;
    free_.fetch_add(total - out_);
    out_ = total;
  }
  /// By the sender alone: a message came that was begun with a permit.
  void on_message() { out_ = std::max(out_ - 1, 0); }
  /// By the sender alone: permits that are free, or taken by a message that is on its way.
  std::int32_t out() const { return out_; }

 private:
  std::atomic<std::int32_t> free_{0};
  std::int32_t out_ = 0;
};

}  // namespace postrider::actors
