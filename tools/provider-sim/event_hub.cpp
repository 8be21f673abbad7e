#include "tools/provider-sim/event_hub.hpp"

#include <algorithm>
#include <utility>

namespace postrider::provider_sim {

void event_hub::add(std::weak_ptr<event_sink> sink, std::string account) {
  std::erase_if(listeners_, [](const listener& l) { return l.sink.expired(); });
  listeners_.push_back({std::move(sink), std::move(account)});
}

// The bytes of an event are signal-cli's: no space after the colons.
std::size_t event_hub::publish(std::string_view account, std::string_view data) {
  std::string event = "event:receive\ndata:";
  event += data;
  event += "\n\n";
  std::size_t reached = 0;
  for (const listener& each : listeners_) {
    if (!each.account.empty() && each.account != account) continue;
    if (const auto alive = each.sink.lock()) {
      alive->push(event);
      ++reached;
    }
  }
  return reached;
}

void event_hub::end_all() {
  for (const listener& each : std::exchange(listeners_, {}))
    if (const auto alive = each.sink.lock()) alive->end();
}

std::size_t event_hub::listeners() const {
  return static_cast<std::size_t>(std::count_if(
      listeners_.begin(), listeners_.end(), [](const listener& l) { return !l.sink.expired(); }));
}

}  // namespace postrider::provider_sim
