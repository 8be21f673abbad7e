#pragma once

#include "actors/api/gateway.hpp"
#include "actors/providers/driver.hpp"
#include "base/histogram.hpp"
#include "base/latency_histogram.hpp"

#include <boost/json.hpp>

#include <array>

namespace postrider::actors {

/// Counters of one sender, for people.
class sender_statistics {
 public:
  /// A provider is called, so long after the delivery was due.
  void on_call(std::chrono::nanoseconds after_due) { waited_.add(seconds_of(after_due)); }
  /// The call has ended. `error`: what may be shown of it; empty when it was accepted.
  void on_end(outcome_kind kind, std::chrono::nanoseconds took, std::string error);
  /// A delivery was withdrawn before its call.
  void on_withdrawn() { ++withdrawn_; }
  /// Queued rows went back to their lanes, because the provider is down.
  void on_stepped_aside(std::size_t rows) { stepped_aside_ += rows; }

  void add_to(provider_info& info) const;
  void add_to(boost::json::object& report) const;

 private:
  std::array<std::uint64_t, outcome_kinds> outcomes_{};
  std::uint64_t withdrawn_ = 0, stepped_aside_ = 0;
  latency_histogram latency_;
  /// How long calls took, and how long after it was due each delivery was called.
  histogram called_{call_seconds}, waited_{way_seconds};
  std::string last_error_;
};

}  // namespace postrider::actors
