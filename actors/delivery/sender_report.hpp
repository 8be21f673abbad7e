#pragma once

#include "actors/delivery/active_delivery.hpp"
#include "actors/delivery/host_queues.hpp"
#include "actors/delivery/sender_statistics.hpp"
#include "actors/rules/rate_limiter.hpp"
#include "actors/rules/sender_health.hpp"

namespace postrider::actors {

/// A sender as its reports see it, at one time.
struct sender_view {
  const provider_runtime& provider;
  const sender_health& health;
  const delivery_queue& queue;
  const host_queues& hosts;
  const active_deliveries& active;
  const rate_limiter& rate;
  const sender_statistics& statistics;
  std::int32_t calls;
  bool draining;
  steady_point at;
  persistence::time_point wall;
};

/// For `GET /v1/providers`, the metrics and the watch on outages.
provider_info list_entry(const sender_view& sender);
/// For `GET /v1/inspect`.
inspection inspection_of(const sender_view& sender);

}  // namespace postrider::actors
