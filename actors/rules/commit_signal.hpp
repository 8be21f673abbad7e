#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <utility>

namespace postrider::actors {

/// Tells one listener of commits while it wants to know: a commit that nobody waits for costs one
/// look at a flag. Thread-safe.
class commit_signal {
 public:
  void set_listener(std::function<void()> listener) {
    const std::lock_guard guard(lock_);
    listener_ = std::move(listener);
  }
  /// The next commit calls the listener, once.
  void want() { wanted_ = true; }
  /// Called after each commit.
  void committed() {
    if (!wanted_.load(std::memory_order_relaxed) || !wanted_.exchange(false)) return;
    const std::lock_guard guard(lock_);
    if (listener_) listener_();
  }

 private:
  std::atomic<bool> wanted_{false};
  std::mutex lock_;
  std::function<void()> listener_;
};

}  // namespace postrider::actors
