#include "actors/rules/host_shares.hpp"

namespace postrider::actors {

std::int32_t host_shares::limit(std::string_view host) const {
  const auto at = hosts_.find(host);
  return at == hosts_.end() ? first() : std::min(at->second.limit, most());
}

std::int32_t host_shares::in_flight(std::string_view host) const {
  const auto at = hosts_.find(host);
  return at == hosts_.end() ? 0 : at->second.in_flight;
}

bool host_shares::hangs(std::string_view host, steady_point now) const {
  const auto at = hosts_.find(host);
  if (at == hosts_.end() || at->second.in_flight == 0) return false;
  return at->second.lost || now - at->second.heard >= patience;
}

void host_shares::on_start(const std::string& host, steady_point now) {
  const auto [at, is_new] = hosts_.try_emplace(host);
  auto& one = at->second;
  if (is_new) one.limit = first();
  else if (one.in_flight == 0) idle_.erase(one.place);
  if (one.in_flight++ == 0) one.heard = now;
}

void host_shares::on_end(const std::string& host, bool came_back, steady_point now) {
  const auto at = hosts_.find(host);
  if (at == hosts_.end()) return;
  auto& one = at->second;
  one.lost = !came_back;
  if (came_back) one.heard = now;
  if (!came_back) {
    one.limit = first();
    one.came_back = 0;
  } else if (++one.came_back >= one.limit) {
    one.limit = std::min(one.limit * 2, most());
    one.came_back = 0;
  }
  leave(at);
}

void host_shares::on_withdrawn(const std::string& host) {
  const auto at = hosts_.find(host);
  if (at != hosts_.end()) leave(at);
}

/// Only calls in flight and at most `most_known` idle hosts are remembered.
void host_shares::leave(share_map::iterator at) {
  auto& one = at->second;
  if (--one.in_flight > 0) return;
  if (one.limit <= first() && one.came_back == 0) {
    hosts_.erase(at);
    return;
  }
  one.place = idle_.insert(idle_.end(), at->first);
  if (idle_.size() <= most_known) return;
  hosts_.erase(idle_.front());
  idle_.pop_front();
}

void host_shares::resize(std::int32_t max_in_flight) {
  max_in_flight_ = max_in_flight;
  for (auto& [host, one] : hosts_)
    one.limit = first();
}

}  // namespace postrider::actors
