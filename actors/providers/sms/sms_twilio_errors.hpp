#pragma once

#include "actors/providers/driver.hpp"

#include <cstdint>
#include <optional>

namespace postrider::actors {

/// The part of Twilio that an error is about.
enum class twilio_scope : std::uint8_t {
  account,
  recipient,
  /// The recipient when the sender is a short code or a name, which some countries do not take; a
  /// phone number as the sender is wrong for all of them.
  sender,
};

/// An error code of Twilio (https://www.twilio.com/docs/api/errors) and what it means for an
/// attempt.
struct twilio_error {
  std::int64_t code = 0;
  outcome_kind kind = outcome_kind::unknown;
  twilio_scope scope = twilio_scope::account;
  /// With throttled; absent: as Retry-After says.
  std::optional<std::chrono::seconds> pause{};
  /// With throttled: outcome::quota.
  bool quota = false;
};

/// Nothing for a code that has no row.
std::optional<twilio_error> find_twilio_error(std::int64_t code);

}  // namespace postrider::actors
