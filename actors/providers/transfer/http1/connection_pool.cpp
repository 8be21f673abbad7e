#include "actors/providers/transfer/http1/connection_pool.hpp"

namespace postrider::actors::http1 {
namespace {

/// A buffer that has grown beyond this for one exchange is not kept for the next.
constexpr std::size_t kept_memory = 32 * 1024;

void forget_memory(connection& served) {
  if (served.input.capacity() > kept_memory) served.input = {};
  if (served.output.capacity() > kept_memory) served.output = {};
}

}  // namespace

std::unique_ptr<connection> connection_pool::take(const std::string& key,
                                                  bool public_addresses_only) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  auto& candidates = found->second;
  const auto youngest_useful = wire::clock::now() - limits_.idle_age;
  std::unique_ptr<connection> taken;
  while (!taken && !candidates.empty()) {
    const auto at = candidates.back();
    // Those of one key are alike but for this; a host with public and other addresses is rare.
    if (public_addresses_only && !at->kept->public_peer) break;
    candidates.pop_back();
    if (at->since > youngest_useful && at->kept->stream.is_quiet()) taken = std::move(at->kept);
    idle_.erase(at);
  }
  return taken;
}

void connection_pool::give_back(std::unique_ptr<connection> served) {
  forget_memory(*served);
  auto& candidates = by_key_[served->key];
  if (candidates.size() >= limits_.connections_per_host) {
    idle_.erase(candidates.front());
    candidates.pop_front();
  }
  idle_.push_back({std::move(served), wire::clock::now()});
  candidates.push_back(std::prev(idle_.end()));
  if (idle_.size() > limits_.connections) close_oldest();
  if (!watching_) watch_oldest();
}

/// The oldest of all is also the oldest of its key.
void connection_pool::close_oldest() {
  const auto found = by_key_.find(idle_.front().kept->key);
  found->second.pop_front();
  if (found->second.empty()) by_key_.erase(found);
  idle_.pop_front();
}

void connection_pool::watch_oldest() {
  watching_ = !idle_.empty();
  if (watching_) deadlines_.set(*this, idle_.front().since + limits_.idle_age);
}

void connection_pool::on_deadline() {
  const auto oldest_useful = wire::clock::now() - limits_.idle_age;
  while (!idle_.empty() && idle_.front().since <= oldest_useful)
    close_oldest();
  // The keys of hosts that are called no more would stay for ever.
  std::erase_if(by_key_, [](const auto& host) { return host.second.empty(); });
  watch_oldest();
}

void connection_pool::clear() {
  deadlines_.clear(*this);
  watching_ = false;
  by_key_.clear();
  idle_.clear();
}

}  // namespace postrider::actors::http1
