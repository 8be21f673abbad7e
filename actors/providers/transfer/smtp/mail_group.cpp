#include "actors/providers/transfer/smtp/mail_group.hpp"

#include <algorithm>

namespace postrider::actors::smtp {

std::optional<mail_group::turn> mail_group::next_turn() {
  // Those whose time ran out while they waited have their answer.
  while (!waiting_.empty() && waiting_.front()->is_answered())
    waiting_.pop_front();
  if (waiting_.empty()) return std::nullopt;
  const auto limit =
      static_cast<std::size_t>(std::max(waiting_.front()->request().max_connections, 1));
  if (in_use_ >= limit) return std::nullopt;
  turn next{std::move(waiting_.front()), nullptr, nullptr};
  waiting_.pop_front();
  next.kept = take_kept(next.message->key());
  if (!next.kept && in_use_ + idle_.size() >= limit) {
    next.displaced = std::move(idle_.front().kept);
    idle_.pop_front();
  }
  ++in_use_;
  return next;
}

/// The one that was used last. One that its server closed, or on which it said something, is gone.
std::unique_ptr<connection> mail_group::take_kept(const std::string& key) {
  std::unique_ptr<connection> taken;
  for (auto at = idle_.size(); at-- > 0 && !taken;) {
    if (idle_[at].kept->key != key) continue;
    if (idle_[at].kept->stream.is_quiet()) taken = std::move(idle_[at].kept);
    idle_.erase(idle_.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return taken;
}

void mail_group::ended(std::unique_ptr<connection> served) {
  --in_use_;
  if (served) idle_.push_back({std::move(served), wire::clock::now()});
}

std::unique_ptr<connection> mail_group::take_older_than(wire::clock::time_point limit) {
  if (idle_.empty() || idle_.front().since > limit) return nullptr;
  auto oldest = std::move(idle_.front().kept);
  idle_.pop_front();
  return oldest;
}

std::optional<wire::clock::time_point> mail_group::oldest_idle() const {
  if (idle_.empty()) return std::nullopt;
  return idle_.front().since;
}

}  // namespace postrider::actors::smtp
