#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace postrider::actors {

/// Lets a few long reads run at a time, the others wait in the order in which they came. Without it
/// the pages that a crowd of clients asks for at once fill the queues of the ledger's readers and
/// of the threads that write the answers, and short reads wait behind them. Any thread.
class read_turns {
 public:
  /// Holds the place of a read until it and its copies are gone, which lets the next one begin.
  using turn = std::shared_ptr<void>;
  using read = std::function<void(turn)>;

  read_turns(std::size_t running_limit, std::size_t waiting_limit);

  /// Runs `read` now or when its turn comes, then in the thread that ended an earlier one. False:
  /// too many wait, and it never runs.
  bool take(read wanted);

  std::size_t waiting() const;

 private:
  struct state;
  static turn begin(const std::shared_ptr<state>& of);
  static void end(const std::shared_ptr<state>& of);

  std::shared_ptr<state> state_;
};

}  // namespace postrider::actors
