#pragma once

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <vector>

namespace postrider {

/// Counts durations in buckets that are at most 2^-split_bits wide of their value, in constant
/// memory. The maximum is exact.
template <class Duration, unsigned split_bits>
class duration_histogram {
 public:
  duration_histogram() : buckets_(bucket_of(largest) + 1, 0) {}

  /// A negative duration counts as zero.
  void add(Duration value) {
    value = std::max(value, Duration::zero());
    ++count_;
    max_ = std::max(max_, value);
    ++buckets_[bucket_of(static_cast<std::uint64_t>(value.count()))];
  }

  void reset() { *this = {}; }

  std::uint64_t count() const { return count_; }
  Duration max() const { return max_; }

  /// The smallest duration, to a bucket's upper end, that `share` (0 to 1) of all do not exceed; 0
  /// when nothing was added.
  Duration percentile(double share) const {
    const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen >= wanted && seen > 0) return std::min(Duration(upper_end(i)), max_);
    }
    return max_;
  }

 private:
  static constexpr std::uint64_t split = std::uint64_t{1} << split_bits;
  static constexpr auto largest = static_cast<std::uint64_t>(Duration::max().count());

  /// Each value below 2 * split has its own bucket. Above it, each power of two has `split`
  /// buckets.
  static std::size_t bucket_of(std::uint64_t value) {
    const auto bits = static_cast<unsigned>(std::bit_width(value));
    if (bits <= split_bits + 1) return static_cast<std::size_t>(value);
    const unsigned shift = bits - split_bits - 1;
    return static_cast<std::size_t>(shift * split + (value >> shift));
  }
  static std::int64_t upper_end(std::size_t bucket) {
    if (bucket < 2 * split) return static_cast<std::int64_t>(bucket);
    const std::uint64_t shift = bucket / split - 1;
    const std::uint64_t top = bucket - shift * split;
    return static_cast<std::int64_t>(((top + 1) << shift) - 1);
  }

  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  Duration max_{0};
};

/// Percentiles at most a quarter too high, as the server reports them.
using latency_histogram = duration_histogram<std::chrono::microseconds, 2>;
/// Percentiles at most 1.6 % too high, for a measurement.
using fine_latency_histogram = duration_histogram<std::chrono::nanoseconds, 6>;

}  // namespace postrider
