#pragma once

#include "http/problem.hpp"
#include "http/request.hpp"

#include <optional>
#include <string_view>

namespace postrider::http {

/// Whether a host, with or without a port, can only be this machine: localhost, a name below it
/// (RFC 6761, 6.3), or an address of loopback.
bool is_of_this_machine(std::string_view authority);

/// A server without keys trusts whoever reaches it, and that is loopback only; but a browser on the
/// machine brings any web page there. A page can name the server as its own by DNS rebinding, which
/// shows in the host that is asked, and it can post across origins, which shows in Origin and
/// Sec-Fetch-Site. HTTP/1.0 without a host is no browser's.
std::optional<problem> refuse_web_page(const request& from, bool known_host = false);

}  // namespace postrider::http
