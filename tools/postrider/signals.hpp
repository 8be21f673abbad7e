#pragma once

#include <chrono>
#include <optional>

namespace postrider::cli {

/// SIGTERM, SIGINT and SIGHUP for a program with threads: blocked from construction on, in this
/// thread and in every thread that it starts, and taken only by the calls below. SIGPIPE and
/// SIGXFSZ (a file grew beyond its limit) are ignored: the call that meets them fails.
class server_signals {
 public:
  server_signals();
  /// SIGTERM or SIGINT, or nothing after `at_most`. A SIGHUP that comes meanwhile is kept.
  std::optional<int> wait(std::chrono::milliseconds at_most);
  /// SIGTERM, SIGINT or SIGHUP, or nothing after `at_most`; without it as long as it takes.
  std::optional<int> wait_any(std::optional<std::chrono::milliseconds> at_most);
  /// As if a SIGTERM had come. Any thread.
  void ask_to_stop();
  /// From here on SIGTERM and SIGINT end the process at once, with exit code 1; SIGHUP is ignored.
  void next_one_ends_at_once();
};

}  // namespace postrider::cli
