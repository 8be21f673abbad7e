#pragma once

#include "tests/simulation/day.hpp"

namespace postrider::tests {

struct campaign {
  std::uint64_t first = 1, count = 20;
  std::size_t messages = 150;
  /// Processes; each lives one day at a time.
  int jobs = 1;
  /// Every so many days one is lived twice: the same seed must give the same day. 0: none.
  std::uint64_t twice_every = 20;
  bool stop_at_first_failure = false;
  /// Print failed seeds, and how to live them again.
  bool report_failures = true;
};

struct campaign_result {
  day_counts counts;
  std::uint64_t failed = 0;
  /// The seed of a failed day, and the first thing that was wrong with it.
  std::uint64_t failed_seed = 0;
  std::string reason;
};

/// Lives all the days of a campaign in worker processes. One that ends by a signal fails its seed.
campaign_result run_campaign(const campaign& what);

}  // namespace postrider::tests
