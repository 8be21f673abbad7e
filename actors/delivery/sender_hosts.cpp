#include "actors/delivery/sender.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <ranges>

/// One provider that calls many hosts: each has a share of the calls (host_shares), and deliveries
/// for a host whose share is in use wait apart, so that the others pass.
namespace postrider::actors {
namespace {

/// A delivery that is put off comes back after `shortest_put_off`, and such deliveries come back at
/// most one in `between_put_off`: a long backlog of a host that hangs costs the database no more.
constexpr milliseconds shortest_put_off{10'000};
constexpr milliseconds between_put_off{5};
/// How often hosts that hang are looked for while so much waits.
constexpr milliseconds between_looks{1'000};

}  // namespace

/// A host that answers may have the whole window waiting for it, as a provider with one host may.
/// One that hangs keeps a quarter of it, or less when there are many, so that rows for others find
/// room.
void sender_state::park(const std::string& host, persistence::delivery delivery, steady_point now) {
  auto& waiting = parked_[host];
  if (!waiting.empty() && waiting.size() >= parked_share() && shares_->hangs(host, now))
    return put_off(delivery);
  waiting.push(std::move(delivery));
  ++parked_count_;
}

/// The part of the window that no call has.
std::size_t sender_state::waiting_room() const {
  const auto size = static_cast<std::size_t>(links_.provider->window->size());
  return size - std::min(size, active_.size());
}

/// Of the waiting room, for each host that hangs.
std::size_t sender_state::parked_share() const {
  const auto room = waiting_room();
  return std::max<std::size_t>(std::min(room / 4, room / 2 / std::max<std::size_t>(hanging_, 1)),
                               1);
}

/// While more than half of the waiting room has what waits for hosts, what waits for those that
/// hang is put off.
void sender_state::make_room(steady_point now) {
  if (parked_count_ * 2 <= waiting_room()) return;
  if (now >= look_again_) {
    look_again_ = now + between_looks;
    std::vector<delivery_queue*> hanging;
    for (auto& [host, waiting] : parked_)
      if (shares_->hangs(host, now)) hanging.push_back(&waiting);
    hanging_ = hanging.size();
    for (auto* waiting : hanging)
      for (; waiting->size() > parked_share(); --parked_count_)
        put_off(waiting->pop_back());
  }
  pump_in(look_again_ - now);
}

void sender_state::put_off(const persistence::delivery& delivery) {
  put_off_until_ =
      std::max(environment_->wall_clock() + shortest_put_off, put_off_until_ + between_put_off);
  put_off_.push_back(
      {delivery.transaction.id, persistence::transaction_status::pending, put_off_until_});
}

void sender_state::send_put_off() {
  if (put_off_.empty()) return;
  put_off_count_ += put_off_.size();
  // The scheduler is told, so that it looks for them when their time has come.
  give_back(std::exchange(put_off_, {}), true);
}

/// As many as the host takes now stand before all that came later.
void sender_state::unpark(const std::string& host) {
  const auto at = parked_.find(host);
  if (at == parked_.end()) return;
  std::vector<persistence::delivery> next;
  for (auto room = shares_->limit(host) - shares_->in_flight(host); room > 0 && !at->second.empty();
       --room)
    next.push_back(at->second.pop());
  if (at->second.empty()) parked_.erase(at);
  parked_count_ -= next.size();
  for (auto& one : std::views::reverse(next))
    queue_.push_front(std::move(one));
}

void sender_state::unpark_all() {
  for (auto& [host, waiting] : std::exchange(parked_, {}))
    while (!waiting.empty())
      queue_.push(waiting.pop());
  parked_count_ = 0;
}

void sender_state::end_of_call(const active& entry, bool came_back) {
  --calls_;
  if (entry.host.empty()) return;
  shares_->on_end(entry.host, came_back, now());
  unpark(entry.host);
}

/// It was started, and its provider was not called.
void sender_state::withdraw_call(const active& entry) {
  --calls_;
  circuit_->on_withdrawn(entry.started);
  if (entry.host.empty()) return;
  shares_->on_withdrawn(entry.host);
  unpark(entry.host);
}

std::size_t sender_state::queued_of(std::size_t priority) const {
  auto count = queue_.size_of(priority);
  for (const auto& [host, waiting] : parked_)
    count += waiting.size_of(priority);
  return count;
}

}  // namespace postrider::actors
