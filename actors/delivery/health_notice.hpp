#pragma once

#include "actors/delivery/lane_returns.hpp"
#include "actors/rules/sender_health.hpp"

namespace postrider::actors {

/// How a sender has the window, the selector and the dispatcher know what its provider takes.
class health_notice {
 public:
  health_notice(sender_actor::pointer self, const sender_links& links, const environment& settings)
      : self_(self), links_(links), environment_(settings) {}

  /// Tells a condition that is new, and sets a timer for the end of an open circuit.
  void tell(sender_health& health, steady_point now);
  /// The circuit, as it was told last.
  circuit_state told() const { return told_.takes; }

 private:
  sender_actor::pointer self_;
  const sender_links& links_;
  const environment& environment_;
  /// The condition that the window has, and the selector was told.
  provider_condition told_;
  /// When a timer looks for the end of the open circuit.
  std::optional<steady_point> tick_at_;
};

}  // namespace postrider::actors
