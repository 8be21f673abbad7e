#pragma once

#include "persistence/ledger.hpp"
#include "persistence/working_set.hpp"

namespace postrider::persistence {

/// What becomes of an outcome whose row is no longer ours. The rules are those of ledger.hpp.
class late_outcomes {
 public:
  late_outcomes(sql_session& session, working_set& rows, const ledger_batch& batch)
      : session_(session), rows_(rows), batch_(batch) {}

  /// Keeps the outcome of a delivery that is not ours any more.
  void keep(transaction_id id, transaction_status status, const attempt_result& result);
  void write();

 private:
  struct record {
    transaction_id id = 0;
    transaction_status status = transaction_status::failed;
    attempt_result result;
  };

  sql_session& session_;
  working_set& rows_;
  const ledger_batch& batch_;
  std::vector<record> records_;
};

}  // namespace postrider::persistence
