#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace postrider::actors {

/// A bucket with a minute's worth of requests, kept as the time at which it is full again. Any
/// thread may take from it.
class request_rate {
 public:
  using clock = std::chrono::steady_clock;

  struct verdict {
    bool allowed = true;
    std::int64_t remaining = 0;
    /// Until the bucket is full, or, when it was empty, until there is a request in it again.
    std::chrono::seconds reset{0};
  };

  verdict take(std::int32_t per_minute, clock::time_point now) {
    using std::chrono::nanoseconds;
    constexpr nanoseconds minute = std::chrono::minutes(1);
    const nanoseconds each{(minute.count() + per_minute - 1) / per_minute};
    const nanoseconds capacity = each * per_minute;
    auto full_at = full_at_.load();
    for (;;) {
      const nanoseconds begin = std::max(nanoseconds(full_at), now.time_since_epoch());
      const nanoseconds spent = begin + each - now.time_since_epoch();
      if (spent > capacity) return {false, 0, ceiled(spent - capacity)};
      if (full_at_.compare_exchange_weak(full_at, (begin + each).count()))
        return {true, (capacity - spent) / each, ceiled(spent)};
    }
  }

 private:
  static std::chrono::seconds ceiled(std::chrono::nanoseconds time) {
    return std::chrono::ceil<std::chrono::seconds>(time);
  }

  std::atomic<std::int64_t> full_at_{0};
};

}  // namespace postrider::actors
