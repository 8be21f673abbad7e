#pragma once

#include "persistence/sql/sql_session.hpp"
#include "persistence/transitions.hpp"

/// Idempotency keys: the unique index over (client, key) makes two posts with one key a single
/// message, on whatever node and connection they arrive. INTERNAL to persistence/.
namespace postrider::persistence {

struct stored_key {
  std::int64_t id = 0;
  api_key_id client = 0;
  hash key{};
  time_point expires_at{};
  first_answer answer;
};
/// A row of stored_keys_statement().
stored_key read_stored_key(const sql_row& row);

/// Stores the keys of the accepted messages and locks those that are there already, until the
/// batch ends. Afterwards each accepted message whose key belongs to another one is marked as
/// `conflict`, with what was answered first.
void claim_keys(sql_session& session, const ledger_batch& batch, batch_result& results);

/// One step of retention over the keys.
void prune_keys(sql_session& session, const prune& what, transition_result& answer);

/// The statements, for the test that asks the database for their plans.
std::string stored_keys_statement(const sql_dialect& dialect);
std::string expired_keys_statement(const sql_dialect& dialect);

}  // namespace postrider::persistence
