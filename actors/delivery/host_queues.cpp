#include "actors/delivery/host_queues.hpp"

#include <algorithm>
#include <ranges>

namespace postrider::actors {
namespace {

/// Deliveries that are put off come back at most one in this time: a long backlog of a host that
/// hangs costs the database no more.
constexpr std::chrono::milliseconds between_put_off{5};
/// How often hosts that hang are looked for while so much waits.
constexpr std::chrono::milliseconds between_looks{1'000};

}  // namespace

void host_queues::park(const std::string& host, persistence::delivery delivery, std::size_t room,
                       persistence::time_point wall, steady_point now) {
  auto& waiting = parked_[host];
  if (!waiting.empty() && waiting.size() >= share_of_a_hanging_host(room) &&
      shares_.hangs(host, now))
    return put_off(delivery, wall);
  waiting.push(std::move(delivery));
  ++waiting_;
}

/// A quarter of the room, or less when many hosts hang, so that rows for others find room.
std::size_t host_queues::share_of_a_hanging_host(std::size_t room) const {
  return std::max<std::size_t>(std::min(room / 4, room / 2 / std::max<std::size_t>(hanging_, 1)),
                               1);
}

std::optional<steady_point> host_queues::make_room(std::size_t room, persistence::time_point wall,
                                                   steady_point now) {
  if (waiting_ * 2 <= room) return std::nullopt;
  if (now < look_again_) return look_again_;
  look_again_ = now + between_looks;
  std::vector<delivery_queue*> hanging;
  for (auto& [host, waiting] : parked_)
    if (shares_.hangs(host, now)) hanging.push_back(&waiting);
  hanging_ = hanging.size();
  for (auto* waiting : hanging)
    for (; waiting->size() > share_of_a_hanging_host(room); --waiting_)
      put_off(waiting->pop_back(), wall);
  return look_again_;
}

void host_queues::put_off(const persistence::delivery& delivery, persistence::time_point wall) {
  put_off_until_ = std::max(wall + shortest_put_off, put_off_until_ + between_put_off);
  put_off_.push_back(
      {delivery.transaction.id, persistence::transaction_status::pending, put_off_until_});
}

std::vector<persistence::release> host_queues::take_put_off() {
  put_off_count_ += put_off_.size();
  return std::exchange(put_off_, {});
}

void host_queues::on_end(const std::string& host, bool came_back, steady_point now,
                         delivery_queue& queue) {
  shares_.on_end(host, came_back, now);
  unpark(host, queue);
}

void host_queues::on_withdrawn(const std::string& host, delivery_queue& queue) {
  shares_.on_withdrawn(host);
  unpark(host, queue);
}

void host_queues::unpark(const std::string& host, delivery_queue& queue) {
  const auto at = parked_.find(host);
  if (at == parked_.end()) return;
  std::vector<persistence::delivery> next;
  for (auto room = shares_.limit(host) - shares_.in_flight(host); room > 0 && !at->second.empty();
       --room)
    next.push_back(at->second.pop());
  if (at->second.empty()) parked_.erase(at);
  waiting_ -= next.size();
  for (auto& one : std::views::reverse(next))
    queue.push_front(std::move(one));
}

void host_queues::unpark_all(delivery_queue& queue) {
  for (auto& [host, waiting] : std::exchange(parked_, {}))
    while (!waiting.empty())
      queue.push(waiting.pop());
  waiting_ = 0;
}

void host_queues::clear() {
  parked_.clear();
  waiting_ = 0;
}

std::size_t host_queues::size_of(std::size_t priority) const {
  std::size_t count = 0;
  for (const auto& [host, waiting] : parked_)
    count += waiting.size_of(priority);
  return count;
}

persistence::time_point host_queues::oldest(persistence::time_point now) const {
  for (const auto& [host, waiting] : parked_)
    now = std::min(now, waiting.oldest(now));
  return now;
}

boost::json::object host_queues::report() const {
  return {{"known", shares_.known()},
          {"that_are_waited_for", parked_.size()},
          {"that_hang", hanging_},
          {"waiting", waiting_},
          {"put_off", put_off_count_}};
}

}  // namespace postrider::actors
