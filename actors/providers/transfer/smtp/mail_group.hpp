#pragma once

#include "actors/providers/transfer/smtp/smtp_exchange.hpp"

#include <deque>

namespace postrider::actors::smtp {

/// One provider's messages and connections: those that wait, in the order in which they came, and
/// the connections that wait for one.
class mail_group {
 public:
  void add(std::shared_ptr<exchange> waiting) { waiting_.push_back(std::move(waiting)); }

  /// A message whose turn it is, and a kept connection for it if there is one.
  struct turn {
    std::shared_ptr<exchange> message;
    std::unique_ptr<connection> kept;
    /// Must be closed, to make room.
    std::unique_ptr<connection> displaced;
  };
  /// Nothing when none waits, or all connections are taken. ended() gives the turn back.
  std::optional<turn> next_turn();
  /// `served`: null, or a connection that may serve again.
  void ended(std::unique_ptr<connection> served);

  /// Takes an idle connection that is older than `limit`, the oldest first; null when none is.
  std::unique_ptr<connection> take_older_than(wire::clock::time_point limit);
  /// When the oldest idle connection became idle.
  std::optional<wire::clock::time_point> oldest_idle() const;
  std::deque<std::shared_ptr<exchange>> take_waiting() { return std::move(waiting_); }
  bool is_empty() const { return waiting_.empty() && idle_.empty() && in_use_ == 0; }

 private:
  struct idle_connection {
    std::unique_ptr<connection> kept;
    wire::clock::time_point since;
  };
  std::unique_ptr<connection> take_kept(const std::string& key);

  std::deque<std::shared_ptr<exchange>> waiting_;
  /// Oldest first.
  std::deque<idle_connection> idle_;
  std::size_t in_use_ = 0;
};

}  // namespace postrider::actors::smtp
