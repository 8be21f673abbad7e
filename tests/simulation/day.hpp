#pragma once

#include "tests/simulation/peers.hpp"

namespace postrider::tests {

struct day_report {
  std::uint64_t seed = 0;
  /// Empty when every invariant held.
  std::vector<std::string> violations;
  std::uint64_t trace = 0;
  std::uint64_t steps = 0, commits = 0, verifications = 0;
  std::uint64_t posted = 0, accepted = 0, refused = 0, in_doubt = 0;
  std::uint64_t delivered = 0, failed = 0, calls = 0, duplicates = 0;
  std::uint64_t crashes = 0, stops = 0, actor_deaths = 0, outages = 0, lost_answers = 0;
};

struct day_options {
  std::uint64_t seed = 1;
  /// Print each event.
  bool trace = false;
  std::size_t messages = 150;
};

/// One virtual day of the whole system under seeded faults, then calm until everything has ended;
/// the invariants are checked after every commit. The same seed gives the same day.
day_report simulate_day(const day_options& options);

}  // namespace postrider::tests
