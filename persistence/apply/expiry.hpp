#pragma once

#include "persistence/apply/event_recorder.hpp"
#include "persistence/ledger.hpp"
#include "persistence/sql/sql_session.hpp"

/// Rows that end unsent, because their time is over or a person says so.
namespace postrider::persistence {

/// True for a live row that nobody is sending: it can still be ended.
constexpr bool can_be_ended(const transaction& row) {
  return row.status == transaction_status::pending || row.status == transaction_status::failed;
}

/// Such a row as it ends in history, with this reason, unless it may have arrived.
transaction as_ended(transaction row, error_code reason, time_point now);

/// Ends at most `limit` rows whose expires_at has passed; says how many.
std::int64_t expire_rows(sql_session& session, const ledger_batch& batch, event_recorder& events,
                         std::int32_t limit);

/// The statements, for the test that asks the database for their plans.
std::string expired_statement(const sql_dialect& dialect);
std::string next_expiry_statement(const sql_dialect& dialect);

}  // namespace postrider::persistence
