#pragma once

#include "tools/bench/options.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>

namespace postrider::bench {

struct sim_tally {
  std::uint64_t accepted = 0;
  std::uint64_t distinct = 0;
  std::uint64_t repeated = 0;
  std::int64_t last_accepted_ns = 0;  // monotonic clock; 0: nothing yet
};

// Percentiles of accept-to-provider in microseconds.
struct sim_latency {
  std::uint64_t count = 0;
  double p50 = 0, p90 = 0, p99 = 0, p999 = 0, max = 0;
};

// Asks provider-sim's control paths. Blocks, five seconds at most for each question; throws
// std::runtime_error when there is no usable answer.
class sim_watch {
 public:
  sim_watch(http_url base, const std::string& provider);

  sim_tally tally() const;
  sim_latency latency() const;
  void reset() const;

 private:
  boost::json::object ask(const std::string& method, const std::string& resource) const;

  http_url base_;
  std::string prefix_;
};

}  // namespace postrider::bench
