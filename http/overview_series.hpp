#pragma once

#include "actors/api/gateway.hpp"

#include <array>
#include <cstdint>
#include <mutex>
#include <vector>

namespace postrider::http {

/// Counters since the pipeline was started, and the longest wait now.
struct overview_totals {
  std::int64_t accepted = 0, delivered = 0, failed = 0;
  /// Milliseconds since the delivery that waits longest was due.
  std::int64_t oldest_ms = 0;
};

/// The totals in the sections intake, archiver, dispatcher, scheduler and senders of an inspection,
/// without test mode. A section that is missing counts as nothing.
overview_totals overview_of(const boost::json::object& document);

/// The last hour of this server, in memory. For any thread.
class overview_series {
 public:
  static constexpr std::chrono::seconds step{10};
  static constexpr std::size_t most_points = 360;
  struct point {
    actors::time_point at{};
    /// Since the point before.
    std::int64_t accepted = 0, delivered = 0, failed = 0;
    std::int64_t oldest_ms = 0;
  };

  /// Counters that are less than before began again at 0, with the pipeline.
  void add(actors::time_point now, const overview_totals& totals);
  /// Oldest first. A point that could not be taken is missing, and the next one has its counts.
  std::vector<point> points() const;

 private:
  mutable std::mutex mutex_;
  overview_totals last_;
  /// A ring: the oldest is at `begin_` once it is full.
  std::vector<point> ring_;
  std::size_t begin_ = 0;
};

}  // namespace postrider::http
