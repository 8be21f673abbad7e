#pragma once

#include "actors/providers/driver.hpp"

#include <chrono>
#include <optional>

namespace postrider::actors {

/// The meaning of an exchange without a complete reply, for every protocol in which the peer acts
/// only on a whole request: `unavailable` up to the last byte of the request, `unknown` after it.
/// Nothing when the reply is complete: then the driver reads it.
std::optional<outcome> transport_outcome(const transfer_result& result);

/// Whether the HTTP status is final. It is once all headers came, even if the body is lost (RFC
/// 9112, 8): a driver for which the status alone decides needs no more.
bool has_status(const transfer_result& result);

/// Whether the HTTP status refuses the credentials: 401 or 403 (RFC 9110, 15.5.2 and 15.5.4).
bool refuses_credentials(const transfer_result& result);

/// The Retry-After header (RFC 9110, 10.2.3), in seconds or as a date, at most a day. A date counts
/// from the reply's own Date, or from `now` where it has none. A time that has passed is 0.
std::optional<std::chrono::seconds> retry_after(const transfer_result& result,
                                                persistence::time_point now);

}  // namespace postrider::actors
