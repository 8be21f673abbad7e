#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace postrider {

/// The arithmetic of a token bucket. Its whole state is one time, at which it is full again, which
/// the caller keeps. Times are whole nanoseconds, so rounding neither gains nor loses a token,
/// however often the bucket is asked.
class token_bucket {
 public:
  using time = std::chrono::steady_clock::time_point;
  using nanoseconds = std::chrono::nanoseconds;

  /// Holds `tokens`, one more each `per_token`.
  token_bucket(nanoseconds per_token, std::int64_t tokens)
      : per_token_(per_token), capacity_(per_token * tokens) {}

  /// How long until the next token; zero when there is one.
  nanoseconds wait(time full_at, time now) const {
    return std::max(until_full(full_at, now) + per_token_ - capacity_, nanoseconds(0));
  }

  /// The time at which the bucket is full again after a token was taken.
  time after_take(time full_at, time now) const { return std::max(full_at, now) + per_token_; }

  std::int64_t left(time full_at, time now) const {
    return (capacity_ - until_full(full_at, now)) / per_token_;
  }

  static nanoseconds until_full(time full_at, time now) { return std::max(full_at, now) - now; }

 private:
  nanoseconds per_token_;
  /// How long an empty bucket takes to become full.
  nanoseconds capacity_;
};

}  // namespace postrider
