#pragma once

namespace postrider::http {
class exchange;
}

namespace postrider::http::routes {

/// POST, PUT and GET /in/{source}, what is below it, and all paths of a source's host.
void receive_at_source(exchange& x);
/// GET /v1/sources
void get_sources(exchange& x);
/// GET /v1/sources/{name}/requests
void get_source_requests(exchange& x);

}  // namespace postrider::http::routes
