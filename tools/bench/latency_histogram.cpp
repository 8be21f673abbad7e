#include "tools/bench/latency_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace postrider::bench {
namespace {

// Values below 128 have a bucket each; above, each power of two is split into 64.
constexpr unsigned split_bits = 6;
constexpr std::uint64_t split = 1U << split_bits;
constexpr unsigned max_bits = 44;  // almost five hours
constexpr std::uint64_t max_value = (std::uint64_t{1} << max_bits) - 1;

}  // namespace

latency_histogram::latency_histogram() : buckets_(bucket_of(max_value) + 1, 0) {}

std::size_t latency_histogram::bucket_of(std::uint64_t value) {
  const unsigned bits = static_cast<unsigned>(std::bit_width(value));
  if (bits <= split_bits + 1) return static_cast<std::size_t>(value);
  const unsigned shift = bits - split_bits - 1;
  return static_cast<std::size_t>(shift * split + (value >> shift));
}

std::uint64_t latency_histogram::upper_end(std::size_t bucket) {
  if (bucket < 2 * split) return bucket;
  const std::uint64_t shift = bucket / split - 1;
  const std::uint64_t top = bucket - shift * split;
  return ((top + 1) << shift) - 1;
}

void latency_histogram::add(std::int64_t nanoseconds) {
  const std::int64_t value = std::max<std::int64_t>(nanoseconds, 0);
  ++count_;
  max_ = std::max(max_, value);
  ++buckets_[bucket_of(std::min(static_cast<std::uint64_t>(value), max_value))];
}

void latency_histogram::reset() {
  std::fill(buckets_.begin(), buckets_.end(), 0);
  count_ = 0;
  max_ = 0;
}

std::int64_t latency_histogram::percentile_ns(double share) const {
  if (count_ == 0) return 0;
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= wanted && seen > 0) return std::min(static_cast<std::int64_t>(upper_end(i)), max_);
  }
  return max_;
}

}  // namespace postrider::bench
