#pragma once

#include "persistence/apply/event_recorder.hpp"
#include "persistence/ledger.hpp"
#include "persistence/sql/sql_session.hpp"

/// The transitions that name rows by their state. All of them use the index live_by_lane
/// (owner, lane, due_at, id): equality on its first columns, then its own order.
namespace postrider::persistence {

void claim_rows(sql_session& session, const ledger_batch& batch, event_recorder& events,
                const claim& what, transition_result& answer);
void take_rows_over(sql_session& session, const ledger_batch& batch, event_recorder& events,
                    const take_over& what, transition_result& answer);

/// Marks the node dead, a part of its take over. False when it lives after all. Looks without a
/// lock first: the node may be frozen while it holds its own row.
bool mark_dead(sql_session& session, const take_over& what);

/// Gives the rows their messages: each distinct one is read once, however many of its transactions
/// there are.
void load_messages(sql_session& session, std::vector<delivery>& rows);

/// The statements, for the test that asks the database for their plans.
std::string claim_statement(const sql_dialect& dialect);
std::string free_owned_statement(const sql_dialect& dialect, bool one_provider);
std::string free_markers_statement(const sql_dialect& dialect);
std::string owned_processing_statement(const sql_dialect& dialect);

}  // namespace postrider::persistence
