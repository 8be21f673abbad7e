#pragma once

#include "actors/providers/driver.hpp"

#include <cstdint>
#include <optional>

namespace postrider::actors {

/// What an error code of Twilio (https://www.twilio.com/docs/api/errors) means for an attempt.
struct twilio_error {
  std::int64_t code = 0;
  outcome_kind kind = outcome_kind::unknown;
  /// It says something of this recipient, nothing of the account.
  bool recipient_only = false;
  /// With throttled; absent: as Retry-After says.
  std::optional<std::chrono::minutes> pause{};
};

/// Nothing for a code that has no row.
std::optional<twilio_error> find_twilio_error(std::int64_t code);

}  // namespace postrider::actors
