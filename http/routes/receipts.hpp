#pragma once

#include "http/connection/exchange.hpp"

namespace postrider::http::routes {

/// `POST|GET /receipts/{provider}/{token}`: what a provider says later about what it accepted. No
/// API key: the token proves that we gave the provider this URL, and the provider's own signature
/// is checked where it has one. 200 once it is stored; 503 asks the provider to repeat the call.
void receive_receipt(exchange& x);

}  // namespace postrider::http::routes
