#pragma once

#include "http/request.hpp"
#include "http/response.hpp"

namespace postrider::http {

/// The end of a request to a source, whatever answered it: gives a refusal the status and the form
/// that its sender understands, and notes the request in the source's history.
void finish_source_request(const request& from, response& answer);

}  // namespace postrider::http
