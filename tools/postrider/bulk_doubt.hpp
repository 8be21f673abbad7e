#pragma once

#include "tools/postrider/bulk_records.hpp"
#include "tools/postrider/bulk_state.hpp"

#include <vector>

namespace postrider::cli {

/// Records that were posted and never answered, and that a server would not know again: posting
/// them once more could send them twice.
struct bulk_doubt {
  std::vector<std::size_t> records;
  /// The line of each record; only with find_lines().
  std::vector<std::uint64_t> prints;
  /// When the first of them was posted.
  bulk_state::wall_time since{};
  /// They were posted with this API key; empty when it is the same as now.
  std::string other_key;
};

/// A server remembers idempotency keys for 24 hours; what is posted again needs some of them.
inline constexpr std::chrono::hours keys_are_known_for{23};

/// The part of an API key that may be shown and kept, as in `postrider keys list`; "none" without.
std::string shown_key(const std::string& key);

/// `key` is that of now, as it may be shown.
bulk_doubt find_doubt(const bulk_state& state, const std::string& key, bulk_state::wall_time now);

/// Where its records begin in the file, as "line 7" or "lines 7-12, 15, ...". Takes out those that
/// the file does not have: some are noted as posted before they are read.
std::string find_lines(bulk_reader& reader, bulk_doubt& doubt);

/// Why there is no going on, and what to do.
std::string doubt_text(const bulk_doubt& doubt, const std::string& lines, const std::string& key,
                       bulk_state::wall_time now);

}  // namespace postrider::cli
