#pragma once

#include "actors/providers/transfer/http1/connection_pool.hpp"
#include "actors/providers/transfer/wire/name_resolver.hpp"
#include "actors/providers/transfer/wire/tls_contexts.hpp"

namespace postrider::actors::http1 {

/// Everything that the exchanges of one engine share, on its one thread.
struct services {
  explicit services(wire::net::io_context& io, pool_limits limits)
      : executor(io.get_executor()), resolver(io), deadlines(executor), pool(deadlines, limits) {}

  wire::executor executor;
  wire::name_resolver resolver;
  wire::tls_contexts tls;
  wire::deadlines deadlines;
  connection_pool pool;
};

}  // namespace postrider::actors::http1
