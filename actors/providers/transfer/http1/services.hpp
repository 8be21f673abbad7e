#pragma once

#include "actors/providers/transfer/http1/connection_pool.hpp"
#include "actors/providers/transfer/wire/loop.hpp"

namespace postrider::actors::http1 {

/// Everything that the exchanges of one engine share, on the loop's thread.
struct services {
  services(wire::loop& on, pool_limits limits)
      : executor(on.executor),
        resolver(on.resolver),
        tls(on.tls),
        deadlines(on.deadlines),
        pool(deadlines, limits) {}

  wire::executor executor;
  wire::name_resolver& resolver;
  wire::tls_contexts& tls;
  wire::deadlines& deadlines;
  connection_pool pool;
};

}  // namespace postrider::actors::http1
