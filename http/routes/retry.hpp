#pragma once

namespace postrider::http {
class exchange;
}

namespace postrider::http::routes {

/// POST /v1/retry
void retry_failed(exchange& x);

}  // namespace postrider::http::routes
