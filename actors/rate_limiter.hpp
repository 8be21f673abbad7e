#pragma once

#include "actors/circuit.hpp"
#include "actors/settings.hpp"

#include <algorithm>

namespace postrider::actors {

/// A token bucket that holds one second's worth (at least one token).
class rate_limiter {
 public:
  rate_limiter(rate_limit limit, steady_point now)
      : per_second_(limit.per_second),
        capacity_(std::max(1.0, limit.per_second)),
        tokens_(capacity_),
        filled_at_(now) {}

  bool unlimited() const { return per_second_ <= 0; }

  /// Takes a token if there is one.
  bool take(steady_point now) {
    if (unlimited()) return true;
    refill(now);
    if (tokens_ < 1.0) return false;
    tokens_ -= 1.0;
    return true;
  }

  /// How long until the next token; zero when there is one.
  std::chrono::nanoseconds wait(steady_point now) {
    if (unlimited()) return {};
    refill(now);
    if (tokens_ >= 1.0) return {};
    return std::chrono::nanoseconds(static_cast<std::int64_t>((1.0 - tokens_) / per_second_ * 1e9) +
                                    1);
  }

 private:
  void refill(steady_point now) {
    const std::chrono::duration<double> passed = now - filled_at_;
    tokens_ = std::min(capacity_, tokens_ + passed.count() * per_second_);
    filled_at_ = now;
  }

  double per_second_;
  double capacity_;
  double tokens_;
  steady_point filled_at_;
};

}  // namespace postrider::actors
