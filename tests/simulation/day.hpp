#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace postrider::tests {

/// The events of one virtual day, or of many.
struct day_counts {
  std::uint64_t quiet = 0, slow = 0, long_stops = 0, long_outages = 0, out_of_patience = 0;
  std::uint64_t days = 0, two_nodes = 0, steps = 0, commits = 0, verifications = 0,
                full_verifications = 0;
  std::uint64_t posted = 0, posted_again = 0, replayed = 0, accepted = 0, refused = 0, in_doubt = 0;
  std::uint64_t delivered = 0, failed = 0, expired = 0, pruned = 0, calls = 0;
  /// The planned events that fell between two steps of a flow.
  std::uint64_t in_mid_flow = 0;
  std::uint64_t crashes = 0, stops = 0, actor_deaths = 0, outages = 0, lost_answers = 0;
  std::uint64_t clock_jumps = 0, pauses = 0, lists_replaced = 0, reloads = 0;
  std::uint64_t cancels = 0, cancelled = 0;
  std::uint64_t retries_by_hand = 0, retried = 0, settled = 0;
  std::uint64_t receipts_sent = 0, receipts_stored = 0, receipts_refused = 0;
  std::uint64_t events_told = 0;
  // Copies beyond the first, by what happened to the one before.
  std::uint64_t after_lost_answer = 0, after_process_end = 0, after_undelivered = 0, by_hand = 0;
};

using day_count = std::pair<const char*, std::uint64_t day_counts::*>;
/// Line by line as they are printed; a name before each.
const std::vector<std::pair<const char*, std::vector<day_count>>>& day_count_lines();
void add(day_counts& sum, const day_counts& one);
std::string summary_of(const day_counts& counts);

struct day_report {
  day_counts counts;
  /// Empty when every invariant held.
  std::vector<std::string> violations;
  /// A hash of everything that happened, in order.
  std::uint64_t trace = 0;
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
