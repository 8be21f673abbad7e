#include "actors/providers/transfer/wire/deadlines.hpp"

namespace postrider::actors::wire {

void deadlines::set(expiring& owner, clock::time_point when) {
  // The node is used again, so that moving a deadline allocates nothing.
  auto node = waiting_.extract({owner.deadline_, &owner});
  owner.deadline_ = when;
  if (node) {
    node.value() = {when, &owner};
    waiting_.insert(std::move(node));
  } else {
    waiting_.emplace(when, &owner);
  }
  wait_for_first();
}

void deadlines::clear(expiring& owner) {
  if (owner.deadline_ == expiring::never) return;
  waiting_.erase({owner.deadline_, &owner});
  owner.deadline_ = expiring::never;
}

void deadlines::stop() {
  stopped_ = true;
  timer_.cancel();
}

/// A timer that waits for an earlier time stays as it is: it finds nothing due and waits again.
void deadlines::wait_for_first() {
  if (stopped_ || waiting_.empty() || waiting_.begin()->first >= awaited_) return;
  awaited_ = waiting_.begin()->first;
  timer_.expires_at(awaited_);
  timer_.async_wait([this](error_code cancelled) {
    if (cancelled) return;
    awaited_ = expiring::never;
    call_those_due();
    wait_for_first();
  });
}

void deadlines::call_those_due() {
  const auto now = clock::now();
  while (!waiting_.empty() && waiting_.begin()->first <= now) {
    auto& owner = *waiting_.begin()->second;
    waiting_.erase(waiting_.begin());
    owner.deadline_ = expiring::never;
    owner.on_deadline();
  }
}

}  // namespace postrider::actors::wire
