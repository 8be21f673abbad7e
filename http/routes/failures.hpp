#pragma once

namespace postrider::http {
class exchange;
}

namespace postrider::http::routes {

/// GET /v1/failures
void get_failures(exchange& x);

}  // namespace postrider::http::routes
