#pragma once

#include <string_view>

struct sockaddr;

namespace postrider::actors {

/// True for an IPv4 or IPv6 address that is reachable over the internet. False for loopback,
/// private, link-local, shared, multicast, documentation and reserved ranges (IANA special-purpose
/// address registries, RFC 6890), also where an IPv6 address embeds such an IPv4 address, and for
/// other address families.
bool is_public_address(const sockaddr* address);

/// The same of an address in its usual text form; false when it is none.
bool is_public_address(std::string_view text);

}  // namespace postrider::actors
