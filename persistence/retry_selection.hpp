#pragma once

#include "persistence/transaction_filter.hpp"

/// Which failed transactions a person wants tried again, and the walk that finds them.
namespace postrider::persistence {

/// All that is given must hold. `ids` and `message` name their rows; without them the walk goes
/// over what waits for a retry or for its next round and, with `include_final`, over the failures
/// in history.
struct retry_selection : transaction_filter {
  std::vector<transaction_id> ids;
  std::optional<message_id> message;
  std::optional<provider_id> provider;
  bool include_final = false;
  /// The walk goes over the lanes of `provider` alone, and there over what is due later.
  bool only_due_later = false;
  /// Providers that take nothing now: what waits in their lanes for its chain's next round is due
  /// already, so that the provider's return takes it too.
  std::vector<provider_id> down;

  bool names_rows() const { return !ids.empty() || message.has_value(); }
};

/// How far a walk got: the part it is in, and the last row it has seen there. `until` is when it
/// began: what was made later, perhaps by the walk itself, is not part of it.
struct retry_cursor {
  std::int32_t part = 0;
  std::int64_t at = 0;
  transaction_id id = 0;
  std::int64_t until = 0;
  bool operator==(const retry_cursor&) const = default;
};

/// "2.1700000000000000.17.1763869200000000"; a client gives it back as it is.
std::string to_string(const retry_cursor& cursor);
std::optional<retry_cursor> parse_retry_cursor(std::string_view text);

struct retry_page {
  /// The rows, with their messages. Of named rows all that exist, whatever their state; of a
  /// walk those that fit and can be tried again.
  std::vector<delivery> rows;
  /// Named rows in history whose recipient has a newer chain.
  std::vector<transaction_id> outdated;
  /// Where the walk goes on; nothing when it is over.
  std::optional<retry_cursor> next;
};

/// True when the filters let a row through, whatever its state.
bool fits(const retry_selection& wanted, const transaction& row);

/// True when a row of this kind stays the end of its chain unless a person wants it tried again.
bool is_final_failure(const transaction& row);

/// The parts of the walk in their order: part_of_lane, then part_of_user, or one for each error.
/// After part_of_lane come those of the providers' lanes in which something waits: the rows there
/// that wait for their chain's next round.
std::vector<std::int32_t> parts_of(const retry_selection& wanted);
inline constexpr std::int32_t part_of_lane = 0;
inline constexpr std::int32_t part_of_user = 100;
inline constexpr std::int32_t first_lane_part = 1000;
constexpr bool is_lane_part(std::int32_t part) { return part >= first_lane_part; }

}  // namespace postrider::persistence
