#pragma once

#include "persistence/ledger.hpp"
#include "persistence/sql/sql_session.hpp"

namespace postrider::persistence {

/// Texts are cut to the room that they have.
void store_audit(sql_session& session, const ledger_batch& batch, const note_audit& what);
/// Deletes up to `limit` entries that were made until `completed_before`, and as many of those that
/// are more than max_audit_rows.
void prune_audit(sql_session& session, const prune& what, transition_result& answer);

/// The statements, for the test that asks the database for their plans.
std::string old_audit_statement(const sql_dialect& dialect);
std::string first_audit_statement(const sql_dialect& dialect);

}  // namespace postrider::persistence
