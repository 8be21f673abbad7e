#pragma once

#include "actors/delivery/delivery_queue.hpp"
#include "actors/rules/host_shares.hpp"

#include <map>

namespace postrider::actors {

/// The hosts of one provider that calls many. Each has a share of the calls (host_shares), and
/// deliveries for a host whose share is in use wait apart, so that the others pass. A host that
/// answers may have the whole window waiting for it, as a provider with one host may. A host that
/// hangs keeps a part of it; the other deliveries for it go back to their lane for a while.
class host_queues {
 public:
  explicit host_queues(std::int32_t max_in_flight) : shares_(max_in_flight) {}

  bool may_start(std::string_view host) const { return shares_.may_start(host); }
  void on_start(const std::string& host, steady_point now) { shares_.on_start(host, now); }
  /// A call ended, and its host answered or not. As many deliveries as the host takes now go to the
  /// front of `queue`, before all that came later.
  void on_end(const std::string& host, bool came_back, steady_point now, delivery_queue& queue);
  /// A call was started and not made.
  void on_withdrawn(const std::string& host, delivery_queue& queue);
  /// Has the delivery wait for its host, or puts it off. `room`: the part of the window that no
  /// call has.
  void park(const std::string& host, persistence::delivery delivery, std::size_t room,
            persistence::time_point wall, steady_point now);
  /// While more than half of the room waits for hosts, deliveries for those that hang are put off.
  /// Answers when to look again.
  std::optional<steady_point> make_room(std::size_t room, persistence::time_point wall,
                                        steady_point now);
  /// The rows that were put off since the last call: they go back to their lanes.
  std::vector<persistence::release> take_put_off();
  void resize(std::int32_t max_in_flight) { shares_.resize(max_in_flight); }
  void unpark_all(delivery_queue& queue);
  void clear();

  /// Deliveries that wait.
  std::size_t size() const { return waiting_; }
  std::size_t size_of(std::size_t priority) const;
  persistence::time_point oldest(persistence::time_point now) const;
  boost::json::object report() const;

  /// A delivery that is put off comes back after that time at the earliest.
  static constexpr std::chrono::milliseconds shortest_put_off{10'000};

 private:
  std::size_t share_of_a_hanging_host(std::size_t room) const;
  void put_off(const persistence::delivery& delivery, persistence::time_point wall);
  void unpark(const std::string& host, delivery_queue& queue);

  host_shares shares_;
  std::map<std::string, delivery_queue> parked_;
  std::size_t waiting_ = 0;
  /// Hosts that hang, as of the last look, and when the next one is.
  std::size_t hanging_ = 0;
  steady_point look_again_{};
  std::vector<persistence::release> put_off_;
  persistence::time_point put_off_until_{};
  std::uint64_t put_off_count_ = 0;
};

}  // namespace postrider::actors
