#include "actors/delivery/health_notice.hpp"

#include <caf/send.hpp>

namespace postrider::actors {

void health_notice::tell(sender_health& health, steady_point now) {
  const auto condition = health.condition(links_.provider->idle(), now);
  health.note(condition, now);
  const auto open_until = health.breaker().open_until();
  std::optional<persistence::time_point> held_until;
  if (health.breaker().held())
    held_until = environment_.wall_clock() +
                 std::chrono::duration_cast<std::chrono::microseconds>(*open_until - now);
  links_.provider->window->set_held_until(held_until);
  if (open_until > now && tick_at_ != open_until) {
    tick_at_ = open_until;
    self_->delayed_send(self_, *tick_at_ - now, tick_atom_v);
  }
  if (std::exchange(told_, condition) == condition) return;
  links_.provider->window->set_condition(condition);
  // The selector first: what the dispatcher and the scheduler ask it then is answered as of now.
  const auto id = links_.provider->record.id;
  self_->send(links_.selector, provider_health{id, condition.takes, condition.probing});
  self_->send(links_.dispatcher, wake_atom_v, id);
}

}  // namespace postrider::actors
