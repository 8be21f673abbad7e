#pragma once

#include "http/connection/line_stream.hpp"

namespace postrider::http::routes {

/// POST /v1/messages/bulk: every line is a send request.
std::unique_ptr<line_stream> open_bulk(const request& from);
/// The same without a body.
void refuse_empty_bulk(exchange& x);

}  // namespace postrider::http::routes
