#pragma once

#include "persistence/ledger.hpp"

#include <functional>
#include <memory>

namespace postrider::tests {

/// Faults of the database between the process and its disk. Shared by all sessions.
struct ledger_faults {
  /// The process has crashed: nothing of it reaches the ledger any more.
  bool crashed = false;
  /// No other process has the database open.
  bool exclusive = true;
  /// The database cannot be reached.
  bool away = false;
  /// Asked about each batch; true: somebody else holds a lock that it needs.
  std::function<bool(const persistence::ledger_batch&)> locked;
  /// A batch is about to be applied; time may pass here.
  std::function<void()> before_commit;
  /// Asked before each batch; true: the batch is committed and its answer is lost.
  std::function<bool()> lose_answer;
  /// Told of every batch that is committed, even when its answer is lost.
  std::function<void(const persistence::ledger_batch&, const persistence::batch_result&)> on_commit;
  /// Told of every node that is registered: a pipeline begins.
  std::function<void()> on_register;
  /// Committed writes so far.
  std::uint64_t commits = 0;
};

/// The real ledger behind faults. `real` must outlive it; many of these can follow one another on
/// it, as processes do that start, crash and start again.
std::unique_ptr<persistence::ledger_database> make_faulty_database(
    persistence::ledger_database& real, std::shared_ptr<ledger_faults> faults);

}  // namespace postrider::tests
