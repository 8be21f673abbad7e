#pragma once

#include "actors/providers/transfer/http1/connection_pool.hpp"
#include "actors/providers/transfer/http1/route.hpp"

namespace postrider::actors::http1 {

struct tunnel_answer {
  transfer_error error = transfer_error::none;
  std::string text;
};

/// Asks the proxy at the other end for a connection to the route's peer (CONNECT; RFC 9110, 9.3.6).
/// Afterwards the bytes are the peer's. Nothing of the proxy's answer gets into a result.
wire::awaitable<tunnel_answer> connect_through(connection& proxy, const route& way);

}  // namespace postrider::actors::http1
