#pragma once

#include "actors/gateway.hpp"

namespace postrider::actors {

/// A send request's values as a message (without its id), or everything that is wrong with them.
/// Pure.
result<persistence::message> check_message(const send_request& request, time_point now);

}  // namespace postrider::actors
