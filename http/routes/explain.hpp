#pragma once

namespace postrider::http {
class exchange;
}

namespace postrider::http::routes {

/// POST /v1/routes/explain: what would become of a send request; nothing is stored.
void explain_route(exchange& x);
/// GET /v1/transactions/{id}/explain: as it was decided when it was made.
void explain_transaction(exchange& x);

}  // namespace postrider::http::routes
