#pragma once

namespace postrider::http {
class exchange;
}

namespace postrider::http::routes {

/// GET /v1/transactions/{id}
void get_transaction(exchange& x);
/// POST /v1/transactions/{id}/settle
void settle_transaction(exchange& x);

}  // namespace postrider::http::routes
