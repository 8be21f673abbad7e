#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

namespace postrider {

/// Upper ends in seconds: of one call or commit, and of a message's whole way.
inline constexpr double call_seconds[]{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                       0.5,   1,      2.5,   5,    10,    30,   60};
inline constexpr double way_seconds[]{0.01, 0.025, 0.05, 0.1, 0.25, 0.5,   1,     2.5,
                                      5,    10,    30,   60,  300,  1'800, 7'200, 86'400};
/// Of how many things are done at once.
inline constexpr double batch_sizes[]{1, 2, 5, 10, 20, 50, 100, 200, 500, 1'000, 2'000};

/// Counts values in few buckets with fixed upper ends, for those who add up over many servers;
/// `latency_histogram` is the finer one, for percentiles of this one.
class histogram {
 public:
  /// `upper_ends` ascend and outlive this.
  explicit histogram(std::span<const double> upper_ends)
      : upper_ends_(upper_ends), counts_(upper_ends.size() + 1) {}

  void add(double value) {
    const auto bucket = std::ranges::lower_bound(upper_ends_, value) - upper_ends_.begin();
    ++counts_[static_cast<std::size_t>(bucket)];
    sum_ += value;
  }

  /// `{"upper_ends": [...], "counts": [...], "sum": 1.5}`: one count more than upper ends, each of
  /// its own bucket only.
  boost::json::object report() const {
    return {{"upper_ends", boost::json::array(upper_ends_.begin(), upper_ends_.end())},
            {"counts", boost::json::array(counts_.begin(), counts_.end())},
            {"sum", sum_}};
  }

 private:
  std::span<const double> upper_ends_;
  std::vector<std::uint64_t> counts_;
  double sum_ = 0;
};

/// In seconds, as metrics are; a clock that was set back makes no negative time.
template <class Duration>
double seconds_of(Duration time) {
  return std::max(0.0, std::chrono::duration<double>(time).count());
}

}  // namespace postrider
