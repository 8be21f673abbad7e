#pragma once

#include "persistence/ledger_queries.hpp"
#include "persistence/sql/sql_session.hpp"
#include "persistence/transitions.hpp"

/// The keys of the API. Few and changed by hand, so whole objects are written; the counter
/// "api_key" counts the changes, and its row is the lock that lets them happen one after the other.
/// INTERNAL to persistence/.
namespace postrider::persistence {

void store_api_key(sql_session& session, const ledger_batch& batch, const create_api_key& what,
                   transition_result& answer);
void end_api_key(sql_session& session, const ledger_batch& batch, const revoke_api_key& what,
                 transition_result& answer);
void store_key_use(sql_session& session, const note_key_use& what);

/// Inside a read transaction: all keys when there was a change after `version`.
key_changes changed_keys(sql_session& session, std::int64_t version);

/// The statements, for the test that asks the database for their plans.
std::string key_name_statement(const sql_dialect& dialect);
/// Binds the time of now.
std::string usable_key_count_statement(const sql_dialect& dialect);
std::string key_count_statement(const sql_dialect& dialect);

/// Names are never given twice, so keys stay when they have ended, and every node holds all of them
/// in memory.
inline constexpr std::int64_t max_stored_api_keys = 10 * max_api_keys;

}  // namespace postrider::persistence
