#pragma once

#include "actors/protocol.hpp"
#include "actors/rules/priority_turns.hpp"

#include <array>
#include <deque>

namespace postrider::actors {

/// Deliveries that wait, first in, first out for each priority; the priorities have their turns.
class delivery_queue {
 public:
  void push(persistence::delivery next) { of(next).push_back(std::move(next)); }
  /// It was taken from here before the others that wait.
  void push_front(persistence::delivery next) { of(next).push_front(std::move(next)); }
  /// At least one must wait.
  persistence::delivery pop();
  /// The one that would have its turn last; at least one must wait.
  persistence::delivery pop_back();
  std::size_t size() const;
  bool empty() const { return size() == 0; }
  /// By priority: high, normal, low.
  std::size_t size_of(std::size_t priority) const { return queues_[priority].size(); }
  /// When the longest waiting one was due, or `now`. Each queue is in the order of due times, but
  /// for what came back with its old one.
  persistence::time_point oldest(persistence::time_point now) const;
  void clear();

 private:
  std::deque<persistence::delivery>& of(const persistence::delivery& one) {
    return queues_[static_cast<std::size_t>(one.transaction.priority) - 1];
  }

  std::array<std::deque<persistence::delivery>, priority_turns::count> queues_;
  priority_turns turns_;
};

}  // namespace postrider::actors
