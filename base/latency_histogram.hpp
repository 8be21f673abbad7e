#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>

namespace postrider {

/// Latencies from a microsecond to an hour in 256 buckets, each at most a quarter wider than the
/// one before; a percentile is the upper end of its bucket.
class latency_histogram {
 public:
  void add(std::chrono::microseconds value) {
    ++counts_[bucket_of(static_cast<std::uint64_t>(std::max<std::int64_t>(value.count(), 0)))];
    ++total_;
  }

  std::uint64_t count() const { return total_; }

  /// 0 when nothing was added; `share` from 0 to 1.
  std::chrono::microseconds percentile(double share) const {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(total_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen > wanted || (seen == total_ && total_ > 0))
        return std::chrono::microseconds(upper_end(i));
    }
    return {};
  }

 private:
  /// Four buckets per power of two.
  static std::size_t bucket_of(std::uint64_t value) {
    if (value < 4) return value;
    const auto power = static_cast<std::size_t>(std::bit_width(value)) - 1;
    const auto quarter = static_cast<std::size_t>(value >> (power - 2)) & 3;
    return std::min<std::size_t>((power - 1) * 4 + quarter, 255);
  }
  static std::int64_t upper_end(std::size_t bucket) {
    if (bucket < 4) return static_cast<std::int64_t>(bucket);
    const auto power = bucket / 4 + 1;
    const auto quarter = bucket % 4;
    return static_cast<std::int64_t>(((5 + quarter) << (power - 2)) - 1);
  }

  std::array<std::uint64_t, 256> counts_{};
  std::uint64_t total_ = 0;
};

}  // namespace postrider
