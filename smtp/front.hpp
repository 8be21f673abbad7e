#pragma once

#include "inbound/common_state.hpp"
#include "inbound/connections.hpp"
#include "inbound/tls.hpp"
#include "inbound/wrong_keys.hpp"
#include "smtp/counters.hpp"
#include "smtp/dialogue_host.hpp"
#include "smtp/memory_budget.hpp"
#include "smtp/network_list.hpp"
#include "smtp/settings.hpp"

#include <atomic>
#include <memory>

namespace postrider::smtp {

/// State that all connections of a server share.
class front final : public dialogue_host {
 public:
  front(smtp_settings limits, actors::gateway& pipeline, inbound::common_state& shared)
      : settings(std::move(limits)),
        gateway(pipeline),
        common(shared),
        connections(settings.max_connections, settings.max_connections_per_address),
        budget(settings.max_held) {}

  actors::result<actors::admission> admit(std::string_view key) override {
    return gateway.admit(key);
  }
  std::shared_ptr<const inbound::source_directory> sources() override {
    return common.sources.get();
  }
  std::string refuses_work() override {
    if (draining.load()) return "this server is about to stop";
    if (common.drained.load()) return "an operator lets this server take no new work";
    return {};
  }
  void count(refusal why) override { counted.count(why); }

  const smtp_settings settings;
  actors::gateway& gateway;
  inbound::common_state& common;
  counters counted;
  /// The process ends; nothing undoes it.
  std::atomic<bool> draining{false};
  inbound::connections connections;
  inbound::wrong_keys wrong_keys;
  memory_budget budget;
  network_list allowed;
  /// Empty: connections speak plainly.
  inbound::tls_slot tls;
  const std::shared_ptr<inbound::way_back> back = std::make_shared<inbound::way_back>();
};

}  // namespace postrider::smtp
