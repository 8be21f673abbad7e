#pragma once

#include "actors/api/gateway.hpp"
#include "http/counters.hpp"
#include "http/inbound.hpp"
#include "http/overview_series.hpp"
#include "http/settings.hpp"
#include "inbound/common_state.hpp"
#include "inbound/connections.hpp"
#include "inbound/tls.hpp"
#include "inbound/wrong_keys.hpp"

#include <atomic>
#include <memory>

namespace postrider::http {

/// State that all connections of a server share.
struct front {
  front(const http_settings& limits, actors::gateway& pipeline)
      : settings(limits),
        gateway(pipeline),
        connections(limits.max_connections, limits.max_connections_per_address) {
    common.sources.put(limits.sources);
  }

  const http_settings settings;
  actors::gateway& gateway;
  http::counters counters;
  /// The process ends; nothing undoes it.
  std::atomic<bool> draining{false};
  http::connections connections;
  common_state common;
  http::wrong_keys wrong_keys;
  /// Empty: connections speak plainly.
  tls_slot tls;
  const std::shared_ptr<overview_series> overview = std::make_shared<overview_series>();
  /// Known when the server listens.
  http::exposure exposure;
  const std::shared_ptr<way_back> back = std::make_shared<way_back>();
};

}  // namespace postrider::http
