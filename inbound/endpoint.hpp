#pragma once

#include "inbound/executor.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace postrider::inbound {

/// "127.0.0.1:8080" or "[::1]:8080".
std::optional<tcp::endpoint> parse_endpoint(std::string_view text);
std::string to_text(const tcp::endpoint& where);
/// The address and port of a connection that is known to be one of TCP.
tcp::endpoint to_tcp(const stream::endpoint& from);

}  // namespace postrider::inbound
