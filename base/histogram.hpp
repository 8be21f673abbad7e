#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

namespace postrider {

/// Upper ends in seconds, for a call or a commit.
inline constexpr double call_seconds[]{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                       0.5,   1,      2.5,   5,    10,    30,   60};
/// Upper ends in seconds, for the time from a message's acceptance to its delivery.
inline constexpr double way_seconds[]{0.01, 0.025, 0.05, 0.1, 0.25, 0.5,   1,     2.5,
                                      5,    10,    30,   60,  300,  1'800, 7'200, 86'400};
/// Upper ends, for the number of things that are done at once.
inline constexpr double batch_sizes[]{1, 2, 5, 10, 20, 50, 100, 200, 500, 1'000, 2'000};
/// Upper ends in seconds, for an HTTP request.
inline constexpr double request_seconds[]{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                          0.25,   0.5,   1,      2.5,   5,    10,    30};

/// Counts values in few buckets with fixed upper ends, which a monitoring system can add up over
/// many servers. `latency_histogram` has finer buckets, for the percentiles of one server.
/// `Count` and `Sum` are atomic where several threads count.
template <class Count, class Sum>
class basic_histogram {
 public:
  /// `upper_ends` ascend and outlive this.
  explicit basic_histogram(std::span<const double> upper_ends)
      : upper_ends_(upper_ends), counts_(upper_ends.size() + 1) {}

  void add(double value) {
    const auto bucket = std::ranges::lower_bound(upper_ends_, value) - upper_ends_.begin();
    ++counts_[static_cast<std::size_t>(bucket)];
    sum_ += value;
  }

  bool empty() const {
    return std::ranges::all_of(counts_, [](const Count& count) { return count == 0; });
  }

  /// `{"upper_ends": [...], "counts": [...], "sum": 1.5}`. There is one count more than upper ends;
  /// each counts its own bucket only.
  boost::json::object report() const {
    boost::json::array counts;
    for (const Count& count : counts_)
      counts.push_back(std::uint64_t{count});
    return {{"upper_ends", boost::json::array(upper_ends_.begin(), upper_ends_.end())},
            {"counts", std::move(counts)},
            {"sum", double{sum_}}};
  }

 private:
  std::span<const double> upper_ends_;
  std::vector<Count> counts_;
  Sum sum_{0};
};

using histogram = basic_histogram<std::uint64_t, double>;
using shared_histogram = basic_histogram<std::atomic<std::uint64_t>, std::atomic<double>>;

/// In seconds, as metrics are; a clock that was set back makes no negative time.
template <class Duration>
double seconds_of(Duration time) {
  return std::max(0.0, std::chrono::duration<double>(time).count());
}

}  // namespace postrider
