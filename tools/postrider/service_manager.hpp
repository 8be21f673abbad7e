#pragma once

#include "actors/api/gateway.hpp"

#include <boost/system/result.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace postrider::cli {

/// Tells the service manager, systemd, how the server is: the protocol of sd_notify(3), datagrams
/// to the socket that $NOTIFY_SOCKET names. Without that variable nothing is told to anybody.
class service_manager {
 public:
  /// `socket`: $NOTIFY_SOCKET, empty for none; "@name" is an abstract one. `watchdog_usec` and
  /// `watchdog_pid`: the variables of sd_watchdog_enabled(3).
  service_manager(std::string socket, const std::string& watchdog_usec,
                  const std::string& watchdog_pid);

  void ready(const std::string& status);
  /// Before the configuration is read again; `ready` ends it.
  void reloading();
  void stopping();
  void alive();

  /// How often to say `alive`: a quarter of the time after which the manager ends the service.
  std::optional<std::chrono::milliseconds> watchdog_interval() const { return watchdog_; }

 private:
  void tell(const std::string& text) const;

  std::string socket_;
  std::optional<std::chrono::milliseconds> watchdog_;
};

/// The listening socket that the service manager opened for this process, as sd_listen_fds(3) finds
/// it in $LISTEN_PID and $LISTEN_FDS; nothing when it opened none. It stays open while the server
/// restarts, so that no client is refused meanwhile. The error is a sentence for the operator.
boost::system::result<std::optional<int>, std::string> handed_over_socket(
    const std::string& listen_pid, const std::string& listen_fds);

/// Whether the pipeline's actors answer. Each call hears what became of the questions of the call
/// before and asks again, so that an overloaded server has some chances before it is ended.
class pipeline_watch {
 public:
  explicit pipeline_watch(actors::gateway& gateway) : gateway_(gateway) {}
  /// True when every actor that was asked answered for itself, and the first time.
  bool alive();

 private:
  actors::gateway& gateway_;
  /// Sections that answered since the last call; null before the first one.
  std::shared_ptr<std::atomic<std::size_t>> answered_;
};

}  // namespace postrider::cli
