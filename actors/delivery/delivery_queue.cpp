#include "actors/delivery/delivery_queue.hpp"

#include <algorithm>

namespace postrider::actors {

persistence::delivery delivery_queue::pop() {
  priority_turns::flags waiting;
  std::ranges::transform(queues_, waiting.begin(),
                         [](const auto& queue) { return !queue.empty(); });
  auto& queue = queues_[turns_.next(waiting)];
  auto next = std::move(queue.front());
  queue.pop_front();
  return next;
}

persistence::delivery delivery_queue::pop_back() {
  auto queue = queues_.rbegin();
  while (queue->empty())
    ++queue;
  auto last = std::move(queue->back());
  queue->pop_back();
  return last;
}

std::size_t delivery_queue::size() const {
  std::size_t count = 0;
  for (const auto& queue : queues_)
    count += queue.size();
  return count;
}

persistence::time_point delivery_queue::oldest(persistence::time_point now) const {
  for (const auto& queue : queues_)
    if (!queue.empty()) now = std::min(now, queue.front().transaction.due_at);
  return now;
}

void delivery_queue::clear() {
  for (auto& queue : queues_)
    queue.clear();
}

}  // namespace postrider::actors
