#pragma once

#include "actors/delivery/active_delivery.hpp"
#include "actors/delivery/lane_returns.hpp"

namespace postrider::actors {

/// How a sender calls its provider, or in test mode the simulation that takes its place. The result
/// comes to the sender as a message, `transferred_atom`.
class call_starter {
 public:
  call_starter(sender_actor::pointer self, const sender_links& links, const environment& settings)
      : self_(self), links_(links), environment_(settings) {}

  /// Marks the entry when no provider is called.
  void start(active_delivery& entry);

 private:
  void answer(persistence::transaction_id id, simulated_call call);

  sender_actor::pointer self_;
  const sender_links& links_;
  const environment& environment_;
};

}  // namespace postrider::actors
