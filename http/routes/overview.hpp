#pragma once

namespace postrider::http {
class exchange;
}

namespace postrider::http::routes {

/// GET /v1/overview
void get_overview(exchange& x);

}  // namespace postrider::http::routes
