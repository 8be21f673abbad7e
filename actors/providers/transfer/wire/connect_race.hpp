#pragma once

#include "actors/providers/transfer/wire/event.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace postrider::actors::wire {

/// Connects to the first of a host's addresses that answers (RFC 8305, Happy Eyeballs): IPv6 and
/// IPv4 take turns, and the next address is tried when one fails or did not answer for a while. A
/// host whose IPv6 leads nowhere costs a quarter of a second.
class connect_race : public std::enable_shared_from_this<connect_race> {
 public:
  static constexpr std::chrono::milliseconds head_start{250};

  connect_race(const executor& on, std::vector<tcp::endpoint> addresses);

  /// Until one is connected, all failed, or cancel().
  awaitable<void> run();
  void cancel();
  /// Once, after run(). Nothing when none was connected.
  std::optional<tcp_socket> take_winner() { return std::move(winner_); }
  /// The first address's, where all failed: it is the one that the host prefers.
  error_code error() const { return error_; }

 private:
  void start_next();
  void on_connected(std::size_t runner, error_code error);
  void end();

  executor executor_;
  std::vector<tcp::endpoint> addresses_;
  std::vector<std::unique_ptr<tcp_socket>> runners_;
  std::size_t running_ = 0;
  timer next_start_;
  event ended_;
  bool over_ = false;
  std::optional<tcp_socket> winner_;
  error_code error_;
};

}  // namespace postrider::actors::wire
