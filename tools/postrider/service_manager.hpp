#pragma once

#include "actors/gateway.hpp"

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

  /// How often `alive` is expected: half of the time after which the manager ends the service.
  std::optional<std::chrono::milliseconds> watchdog_interval() const { return watchdog_; }

 private:
  void tell(const std::string& text) const;

  std::string socket_;
  std::optional<std::chrono::milliseconds> watchdog_;
};

/// Whether the pipeline's actors still answer. A question that is not answered is not asked again,
/// so a pipeline that stands still costs nothing and is noticed.
class pipeline_watch {
 public:
  explicit pipeline_watch(actors::gateway& gateway) : gateway_(gateway) {}
  /// True when what the last call asked has been answered, and the first time. Asks again then.
  bool alive();

 private:
  actors::gateway& gateway_;
  std::shared_ptr<std::atomic<bool>> answered_ = std::make_shared<std::atomic<bool>>(true);
};

}  // namespace postrider::cli
