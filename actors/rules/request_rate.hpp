#pragma once

#include "base/token_bucket.hpp"

#include <atomic>

namespace postrider::actors {

/// A key's rate: a bucket with a minute's worth of requests. Any thread may take from it.
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
    constexpr std::chrono::nanoseconds minute = std::chrono::minutes(1);
    // Rounded up, so that no minute has one request too many.
    const token_bucket bucket(
        std::chrono::nanoseconds((minute.count() + per_minute - 1) / per_minute), per_minute);
    auto full_at = full_at_.load();
    for (;;) {
      if (const auto wait = bucket.wait(full_at, now); wait.count() > 0)
        return {false, 0, ceiled(wait)};
      const auto next = bucket.after_take(full_at, now);
      if (full_at_.compare_exchange_weak(full_at, next))
        return {true, bucket.left(next, now), ceiled(token_bucket::until_full(next, now))};
    }
  }

 private:
  static std::chrono::seconds ceiled(std::chrono::nanoseconds time) {
    return std::chrono::ceil<std::chrono::seconds>(time);
  }

  std::atomic<clock::time_point> full_at_{clock::time_point{}};
};

}  // namespace postrider::actors
