#pragma once

#include "actors/api/gateway.hpp"
#include "actors/environment.hpp"
#include "actors/rules/routing.hpp"

#include <span>

namespace postrider::actors {

/// Why no provider can take a recipient of a request, for the client: each provider with its
/// reason, or that the user has no addresses. Only what the client sent is pointed at.
field_problem no_route(const send_request& request, std::size_t recipient_no,
                       const persistence::recipient& recipient, std::span<const candidate> ranking,
                       const provider_directory& directory);

}  // namespace postrider::actors
