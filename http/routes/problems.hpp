#pragma once

#include "http/connection/exchange.hpp"

namespace postrider::http::routes {

/// GET /problems: all codes that a problem document can have.
void list_problems(exchange& x);
/// GET /problems/{code}: what the code means and what to do; `type` of a problem document leads
/// here. A page for browsers, plain text for others.
void explain_problem(exchange& x);

}  // namespace postrider::http::routes
