#include "actors/rules/read_turns.hpp"

#include <utility>

namespace postrider::actors {

struct read_turns::state {
  const std::size_t waiting_limit;
  std::mutex mutex;
  std::size_t free;
  /// Somebody runs what waits, for as long as places are free.
  bool handing_over = false;
  std::deque<read> waiting;
};

read_turns::read_turns(std::size_t running_limit, std::size_t waiting_limit)
    : state_(std::make_shared<state>(waiting_limit)) {
  state_->free = running_limit;
}

bool read_turns::take(read wanted) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->free == 0 || !state_->waiting.empty()) {
      if (state_->waiting.size() >= state_->waiting_limit) return false;
      state_->waiting.push_back(std::move(wanted));
      return true;
    }
    --state_->free;
  }
  wanted(begin(state_));
  return true;
}

std::size_t read_turns::waiting() const {
  const std::lock_guard lock(state_->mutex);
  return state_->waiting.size();
}

read_turns::turn read_turns::begin(const std::shared_ptr<state>& of) {
  return {nullptr, [of](void*) { end(of); }};
}

void read_turns::end(const std::shared_ptr<state>& of) {
  std::unique_lock lock(of->mutex);
  ++of->free;
  // A read that ends while it begins comes by here again: a loop, not a stack of them.
  if (std::exchange(of->handing_over, true)) return;
  while (of->free > 0 && !of->waiting.empty()) {
    auto next = std::move(of->waiting.front());
    of->waiting.pop_front();
    --of->free;
    lock.unlock();
    next(begin(of));
    next = nullptr;
    lock.lock();
  }
  of->handing_over = false;
}

}  // namespace postrider::actors
