#pragma once

namespace postrider::http {
class exchange;
}

namespace postrider::http::routes {

/// GET /metrics: what an inspection shows, for Prometheus. While there is no pipeline it shows
/// what the HTTP front knows, for that is when somebody looks.
void metrics(exchange& x);

}  // namespace postrider::http::routes
