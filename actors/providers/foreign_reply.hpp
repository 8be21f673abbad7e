#pragma once

#include "actors/providers/driver.hpp"

namespace postrider::actors {

/// The outcome of an HTTP status that is not one of the peer's own: a proxy's, or that of
/// another server at this URL. `detail` describes it.
/// - 429, and 503 with Retry-After: throttled (RFC 6585, 4; RFC 9110, 15.6.4);
/// - another 4xx: not passed on, and nothing that holds for the next message;
/// - 3xx: the URL is wrong, and nothing was done (RFC 9110, 15.4);
/// - all else: unknown; 303 too, which may answer a request that was taken (RFC 9110, 15.4.4).
outcome classify_foreign_reply(const delivery_content& content, const transfer_result& result,
                               std::string detail);

}  // namespace postrider::actors
