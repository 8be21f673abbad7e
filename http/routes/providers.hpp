#pragma once

namespace postrider::http {
class exchange;
}

namespace postrider::http::routes {

/// GET /v1/providers
void get_providers(exchange& x);
/// GET /v1/providers/{name}
void get_provider(exchange& x);

}  // namespace postrider::http::routes
