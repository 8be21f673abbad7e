#pragma once

#include "actors/rules/circuit.hpp"
#include "actors/settings.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace postrider::actors {

/// A token bucket that holds one second's worth (at least one token), kept as the time at which it
/// is full again: whole nanoseconds, so that nothing is gained or lost by rounding, however often
/// it is asked.
class rate_limiter {
 public:
  rate_limiter(rate_limit limit, steady_point now)
      : per_token_(limit.per_second > 0 ? std::chrono::nanoseconds(static_cast<std::int64_t>(
                                              std::ceil(1e9 / limit.per_second)))
                                        : std::chrono::nanoseconds(0)),
        capacity_(per_token_ *
                  std::max<std::int64_t>(1, static_cast<std::int64_t>(limit.per_second))),
        full_at_(now) {}

  bool unlimited() const { return per_token_.count() == 0; }

  /// Takes a token if there is one.
  bool take(steady_point now) {
    if (wait(now).count() > 0) return false;
    full_at_ = std::max(full_at_, now) + per_token_;
    return true;
  }

  /// How long until the next token; zero when there is one.
  std::chrono::nanoseconds wait(steady_point now) const {
    const auto spent = std::max(full_at_, now) - now;
    return std::max(spent + per_token_ - capacity_, std::chrono::nanoseconds(0));
  }

 private:
  std::chrono::nanoseconds per_token_;
  /// How long an empty bucket takes to become full.
  std::chrono::nanoseconds capacity_;
  steady_point full_at_;
};

}  // namespace postrider::actors
