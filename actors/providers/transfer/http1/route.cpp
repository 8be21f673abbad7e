#include "actors/providers/transfer/http1/route.hpp"

#include "actors/providers/transfer/http1/request_text.hpp"

namespace postrider::actors::http1 {
namespace {

route_or_refusal refused(transfer_error error, std::string text) {
  return {std::nullopt, error, std::move(text)};
}

}  // namespace

/// Parts are separated by a character that none of them has.
std::string route::key() const {
  std::string key = peer.tls ? "https " : "http ";
  key += peer.authority();
  if (peer.tls) key.append("\n").append(ca_file);
  if (proxy_url) {
    key.append(proxy_url->tls ? "\nby https " : "\nby http ").append(proxy_url->authority());
    key.append("\n").append(proxy.username).append("\n").append(proxy.password);
  }
  return key;
}

route_or_refusal route_for(const transfer_request& request) {
  auto peer = wire::parse_http_url(request.url);
  if (!peer || !is_safe(request))
    return refused(transfer_error::bad_request,
                   "the request cannot be made: look for a wrong URL, and for control characters "
                   "in its headers");
  route way{std::move(*peer), std::nullopt, {}, request.ca_file, request.public_addresses_only};
  if (request.proxy.url.empty() || goes_direct(way.peer.host, request.proxy.no_proxy))
    return {std::move(way), transfer_error::none, {}};
  way.proxy = request.proxy;
  way.proxy_url = wire::parse_http_url(request.proxy.url);
  if (!way.proxy_url)
    return refused(transfer_error::proxy, "the proxy's URL is no http or https URL");
  if (request.public_addresses_only && !may_be_public(way.peer.host))
    return refused(transfer_error::address_refused,
                   "the proxy is not asked for an address that is not a public one");
  return {std::move(way), transfer_error::none, {}};
}

}  // namespace postrider::actors::http1
