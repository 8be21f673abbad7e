#pragma once

#include "persistence/model.hpp"

#include <optional>
#include <string>
#include <string_view>

/// A person's decision about a chain that ended as outcome_unknown, as the column `settlement`
/// keeps it.
namespace postrider::persistence {

enum class settled_as : std::uint8_t {
  arrived,   ///< the recipient has it
  not_sent,  ///< the recipient does not have it: a new chain begins
  give_up,   ///< still unknown, and nothing more is tried
};
std::string_view to_string(settled_as outcome);
std::optional<settled_as> parse_settled_as(std::string_view text);

struct settlement_note {
  settled_as outcome = settled_as::give_up;
  time_point at{};
  /// The name of the API key; empty: none was asked for.
  std::string by;
  bool operator==(const settlement_note&) const = default;
};

/// "arrived 1763869200123456 keyname": the outcome, microseconds since 1970, and the rest is the
/// name, which may have spaces. Without a name it ends after the number.
std::string encode_settlement(const settlement_note& note);
/// Nothing when the text is empty or has another form.
std::optional<settlement_note> decode_settlement(std::string_view text);

/// True for a row that is a success by a person's word only: no provider and no receipt says so.
bool is_settled_success(const transaction& row);

/// When a person gave the row up; nothing when its last decision is another one, or none.
std::optional<time_point> given_up_at(const transaction& row);

}  // namespace postrider::persistence
