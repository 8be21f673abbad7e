#pragma once

#include "http/connection/exchange.hpp"

namespace postrider::http::routes {

/// Reads the Idempotency-Key of a request, if it has one, with the fingerprint of its body: a
/// client that posts again must post the same bytes. False: it cannot be used, and the answer says
/// why.
bool read_idempotency_key(exchange& x, std::optional<actors::once_only>& into);

}  // namespace postrider::http::routes
