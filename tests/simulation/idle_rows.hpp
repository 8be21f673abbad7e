#pragma once

#include "tests/simulation/ledger_audit.hpp"
#include "tests/support/virtual_system.hpp"

#include <map>
#include <string>
#include <vector>

namespace postrider::tests {

/// Rows that lie idle: they are due and free, and the provider that could take them has nothing to
/// do. In the simulation the looks into the lanes are an hour apart, so such a row means that a
/// wake was lost, or that the dispatcher did nothing with it.
class idle_rows {
 public:
  idle_rows(ledger_audit& audit, const virtual_clock& clock) : audit_(audit), clock_(clock) {}

  /// Asked when all actors of the one process have handled everything. Answers the rows that have
  /// been idle for too long.
  std::vector<std::string> look(const virtual_system& process);
  /// Something is wrong with the database or the clock: what was seen before says nothing.
  void forget() { since_.clear(); }

 private:
  using instant = std::chrono::steady_clock::time_point;

  bool could_be_taken(const actors::provider_directory& directory, const audited_row& row) const;

  ledger_audit& audit_;
  const virtual_clock& clock_;
  instant next_look_;
  /// The node of the pipeline that was seen; another one knows nothing of what was before.
  persistence::node_id node_ = 0;
  /// When each of them was seen first.
  std::map<persistence::transaction_id, instant> since_;
};

}  // namespace postrider::tests
