#pragma once

#include "http/connection/exchange.hpp"

namespace postrider::http::routes {

/// GET /openapi.json: the interface's description (OpenAPI 3.1).
void openapi(exchange& x);
/// GET /docs: the same as a page that works without a network.
void docs(exchange& x);
/// GET /docs/{file}: what the page is made of.
void docs_file(exchange& x);

}  // namespace postrider::http::routes
