#pragma once

#include "actors/api/gateway.hpp"
#include "tools/postrider/demo/demo_providers.hpp"

#include <memory>

namespace postrider::cli {

/// Made-up users, keys and messages, on a thread of its own until it is destroyed: a hundred
/// messages at once, so that there is something to see, and then about two a second.
class demo_traffic {
 public:
  virtual ~demo_traffic() = default;
};

/// `gateway` must outlive it.
std::unique_ptr<demo_traffic> start_demo_traffic(actors::gateway& gateway, const demo_ports& ports);

}  // namespace postrider::cli
