#pragma once

#include "actors/providers/driver.hpp"

#include <chrono>
#include <optional>

namespace postrider::actors {

/// What an exchange without a complete reply means, for every protocol in which the peer acts only
/// on a whole request: `unavailable` up to the last byte of the request, `unknown` after it.
/// Nothing when the reply is complete: then the driver reads it.
std::optional<outcome> transport_outcome(const transfer_result& result);

/// The Retry-After header in seconds (RFC 9110, 10.2.3; its date form is not read), at most a day.
std::optional<std::chrono::seconds> retry_after(const transfer_result& result);

}  // namespace postrider::actors
