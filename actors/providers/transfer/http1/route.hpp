#pragma once

#include "actors/providers/transfer/transfer.hpp"
#include "actors/providers/transfer/wire/target_url.hpp"

#include <optional>
#include <string>

namespace postrider::actors::http1 {

/// The way to a peer: directly or through a proxy, whom to trust, and which addresses to refuse.
struct route {
  wire::target_url peer;
  /// Nothing: directly.
  std::optional<wire::target_url> proxy_url;
  http_proxy proxy;
  std::string ca_file;
  bool public_addresses_only = false;

  /// The same for requests that may share connections.
  std::string key() const;
};

struct route_or_refusal {
  std::optional<http1::route> route;
  transfer_error error = transfer_error::none;
  std::string text;
};

/// Whether the request can be made at all, and which way it goes.
route_or_refusal route_for(const transfer_request& request);

}  // namespace postrider::actors::http1
