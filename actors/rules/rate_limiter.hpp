#pragma once

#include "actors/rules/circuit.hpp"
#include "actors/settings.hpp"
#include "base/token_bucket.hpp"

#include <cmath>

namespace postrider::actors {

/// A provider's rate: a bucket that holds one second's worth, and at least one token.
class rate_limiter {
 public:
  rate_limiter(rate_limit limit, steady_point now)
      : bucket_(time_per_token(limit.per_second),
                std::max<std::int64_t>(1, static_cast<std::int64_t>(limit.per_second))),
        full_at_(now) {}

  /// Takes a token if there is one.
  bool take(steady_point now) {
    if (wait(now).count() > 0) return false;
    full_at_ = bucket_.after_take(full_at_, now);
    return true;
  }

  /// How long until the next token; zero when there is one.
  std::chrono::nanoseconds wait(steady_point now) const { return bucket_.wait(full_at_, now); }

 private:
  /// Zero without a limit, so that the bucket is always full.
  static std::chrono::nanoseconds time_per_token(double per_second) {
    return std::chrono::nanoseconds(
        per_second > 0 ? static_cast<std::int64_t>(std::ceil(1e9 / per_second)) : 0);
  }

  token_bucket bucket_;
  steady_point full_at_;
};

}  // namespace postrider::actors
