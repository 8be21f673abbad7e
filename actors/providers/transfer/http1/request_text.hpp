#pragma once

#include "actors/providers/transfer/transfer.hpp"
#include "actors/providers/transfer/wire/target_url.hpp"

namespace postrider::actors::http1 {

/// Whether method, URL and headers have nothing that would begin another header or request.
bool is_safe(const transfer_request& request);

/// The body that goes with the request: a GET has none.
std::string_view body_of(const transfer_request& request);

/// Appends the request line and all headers, up to the empty line.
void write_head(std::string& out, const transfer_request& request, const wire::target_url& url);

/// Appends the request to a proxy for a connection to `peer` (RFC 9110, 9.3.6).
void write_connect(std::string& out, const wire::target_url& peer, const http_proxy& proxy);

}  // namespace postrider::actors::http1
