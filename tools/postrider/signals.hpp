#pragma once

#include <chrono>
#include <optional>

namespace postrider::cli {

/// SIGTERM and SIGINT for a program with threads: blocked from construction on, in this thread and
/// in every thread that it starts, and taken only by the calls below. SIGPIPE is ignored.
class end_signals {
 public:
  end_signals();
  /// The signal, or nothing after `at_most`.
  std::optional<int> wait(std::chrono::milliseconds at_most);
  int wait();
  /// From here on another signal ends the process at once, with exit code 1.
  void next_one_ends_at_once();
};

}  // namespace postrider::cli
