#include "persistence/retry_selection.hpp"

#include "persistence/attempts.hpp"

#include <charconv>

namespace postrider::persistence {
namespace {

constexpr auto last_error = static_cast<std::int32_t>(error_code::undelivered);

/// Takes a number, and the dot behind it unless it is the last.
template <class Int>
bool take_number(std::string_view& text, Int& into, bool last) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  if (error != std::errc() || into < 0) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (last) return text.empty();
  if (!text.starts_with('.')) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string to_string(const retry_cursor& cursor) {
  return std::to_string(cursor.part) + "." + std::to_string(cursor.at) + "." +
         std::to_string(cursor.id) + "." + std::to_string(cursor.until);
}

std::optional<retry_cursor> parse_retry_cursor(std::string_view text) {
  retry_cursor cursor;
  const bool read = take_number(text, cursor.part, false) && take_number(text, cursor.at, false) &&
                    take_number(text, cursor.id, false) && take_number(text, cursor.until, true);
  const bool known =
      cursor.part <= last_error || cursor.part == part_of_user || is_lane_part(cursor.part);
  if (!read || !known) return std::nullopt;
  return cursor;
}

bool fits(const retry_selection& wanted, const transaction& row) {
  // A row that waits for its next round has its last failure among its attempts.
  const auto* last = waits_for_round(row) ? &row.attempts.back() : nullptr;
  const auto error = last ? last->last.outcome : row.error;
  return (!wanted.message || row.message == *wanted.message) &&
         (!wanted.user || row.user == *wanted.user) &&
         (!wanted.provider || row.provider == *wanted.provider ||
          (last && last->provider == *wanted.provider)) &&
         (!wanted.error || error == *wanted.error) &&
         (!wanted.created_after || row.created_at >= *wanted.created_after) &&
         (!wanted.created_before || row.created_at < *wanted.created_before);
}

bool is_final_failure(const transaction& row) {
  return row.status == transaction_status::failed && row.completed_at.has_value() &&
         row.superseded_by == 0;
}

std::vector<std::int32_t> parts_of(const retry_selection& wanted) {
  std::vector<std::int32_t> parts{part_of_lane};
  if (!wanted.include_final) return parts;
  if (wanted.user) {
    parts.push_back(part_of_user);
    return parts;
  }
  for (std::int32_t error = 1; error <= last_error; ++error)
    if (!wanted.error || static_cast<std::int32_t>(*wanted.error) == error) parts.push_back(error);
  return parts;
}

}  // namespace postrider::persistence
