#pragma once

#include "persistence/model.hpp"

#include <algorithm>
#include <mutex>

namespace postrider::persistence {

/// The order of commits that depend on each other, for all sessions of a process: a hybrid logical
/// clock (Kulkarni and others, "Logical Physical Clocks", 2014). It follows the wall clock and
/// never goes back. A batch that reads a row which another node has changed is ordered after that
/// change, whatever the two wall clocks say: `message_transaction.updated_at` carries the order of
/// a row's last change. Thread-safe.
class event_clock {
 public:
  /// The order of a batch that begins: `now`, or the latest time that the clock knows.
  time_point next(time_point now) {
    const std::lock_guard guard(lock_);
    return last_ = std::max(last_, now);
  }
  /// Nothing that begins from now on is ordered before `at`.
  void observe(time_point at) { next(at); }

 private:
  std::mutex lock_;
  time_point last_{};
};

}  // namespace postrider::persistence
