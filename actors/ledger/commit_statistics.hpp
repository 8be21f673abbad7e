#pragma once

#include "base/histogram.hpp"
#include "base/latency_histogram.hpp"
#include "persistence/transitions.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <deque>

namespace postrider::actors {

/// The batches of one writer: how many, how large, and how long their commits took.
class commit_statistics {
 public:
  void on_batch(std::size_t transitions, std::chrono::microseconds took);
  /// The messages that a batch cancelled.
  void on_applied(const persistence::ledger_batch& batch, const persistence::batch_result& results);
  void on_error() { ++errors_; }
  /// Members of an inspection.
  void report(boost::json::object& into) const;

 private:
  std::uint64_t batches_ = 0, transitions_ = 0, errors_ = 0;
  std::size_t last_batch_ = 0, largest_batch_ = 0;
  std::chrono::microseconds last_commit_{0}, slowest_commit_{0};
  histogram sizes_{batch_sizes}, commits_{call_seconds};
  latency_histogram commit_latency_;
  /// Sizes of the last batches, the newest first.
  std::deque<std::size_t> last_batches_;
  std::int64_t cancelled_ = 0;
};

}  // namespace postrider::actors
