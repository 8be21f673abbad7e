#pragma once

#include <string>
#include <string_view>

namespace postrider::actors {

/// The proxy through which a provider is called over HTTP.
struct http_proxy {
  /// "http://proxy.example.org:3128" or https; empty: calls are direct. In a provider's settings
  /// empty means the proxy of all providers, and "none" means that its calls are direct.
  std::string url;
  std::string username;
  std::string password;
  /// Hosts that are called directly, separated by commas or spaces: see goes_direct().
  std::string no_proxy;
  bool operator==(const http_proxy&) const = default;
};

/// Whether `host` is one of `no_proxy`: "example.org" is that name and those below it, "10.1.2.3"
/// and "::1" are addresses, "10.0.0.0/8" and "fd00::/8" networks, "*" is all. Names are not
/// resolved. An address is written without brackets.
bool goes_direct(std::string_view host, std::string_view no_proxy);

/// An entry of `no_proxy` that is none of these; empty: all are.
std::string_view wrong_no_proxy_entry(std::string_view no_proxy);

/// Whether a proxy may be asked for this host where only public addresses may be called: no address
/// that is not public, and no name of the proxy's own machine. What other names are is the proxy's
/// to judge, for it resolves them.
bool may_be_public(std::string_view host);

}  // namespace postrider::actors
