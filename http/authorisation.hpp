#pragma once

#include "http/connection/front.hpp"
#include "http/problem.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/router.hpp"

#include <optional>

namespace postrider::http {

/// Whether the request may use this endpoint: by the key in its Authorization field (RFC
/// 6750, 2.1), or without one where it came by the local socket, or where the server asks for none
/// and no web page sent it. Sets `from.client`, and in `into` what every answer to a key says of
/// its rate. A key that is given must be a good one even where none is needed.
std::optional<problem> authorise(front& shared, const endpoint& at, request& from, response& into);

/// The same for each line after the first of a request of lines, which counts as many requests as
/// it has lines: `rate_limited` is about this line, and everything else about all that follow.
std::optional<problem> authorise_line(front& shared, const request& from);

}  // namespace postrider::http
