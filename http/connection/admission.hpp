#pragma once

#include "http/connection/front.hpp"
#include "inbound/executor.hpp"

#include <string>

namespace postrider::http {

/// Begins a session for a new connection, or turns the client away where there are too many.
void admit(front& shared, socket peer, const std::string& address);

}  // namespace postrider::http
