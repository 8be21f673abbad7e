#pragma once

#include "persistence/ledger.hpp"
#include "persistence/sql/sql_session.hpp"

/// The steps of `prune`. It walks along history in the order of completion and never looks back: a
/// message is done with when its last transaction is passed, and until then a later one is still to
/// come. The place of the walk is in the database, locked while a step runs, so the steps
/// of several nodes follow one another.
namespace postrider::persistence {

/// A step of any kind.
void apply_prune(sql_session& session, const ledger_batch& batch, const prune& what,
                 transition_result& answer);
void prune_step(sql_session& session, const ledger_batch& batch, const prune& what,
                transition_result& answer);
/// A step over the feed of events: the rows of a moment go as a whole, so it may delete more than
/// `limit`.
void prune_events(sql_session& session, const prune& what, transition_result& answer);

/// True when the message has nothing left that could be sent. Whoever asks has locked a row that
/// the message has in history, as a step of retention does first.
bool body_removed(sql_session& session, const message_id& message);

/// The statements, for the test that asks the database for their plans.
std::string nth_event_row_statement(const sql_dialect& dialect);
std::string last_event_row_statement(const sql_dialect& dialect);
std::string old_event_rows_statement(const sql_dialect& dialect);
std::string completed_rows_statement(const sql_dialect& dialect);
std::string rows_of_messages_statement(const sql_dialect& dialect);
std::string unfinished_messages_statement(const sql_dialect& dialect);
std::string old_late_outcomes_statement(const sql_dialect& dialect);
std::string empty_bodies_statement(const sql_dialect& dialect);
std::string empty_answers_statement(const sql_dialect& dialect);
std::string empty_late_messages_statement();
std::string body_removed_statement(const sql_dialect& dialect);

}  // namespace postrider::persistence
