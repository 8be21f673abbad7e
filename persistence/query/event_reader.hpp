#pragma once

#include "persistence/events.hpp"
#include "persistence/sql/sql_session.hpp"

namespace postrider::persistence {

/// Reads the feed from a place on, in one read transaction.
///
/// Each session's rows are in the order of their commits, and all that a snapshot of the database
/// shows of a session is a front of its rows. The reader merges the sessions by `ordered_at`. A
/// row that depends on another one is ordered after it (event_clock), and is in the snapshot only
/// when the other one is. So the events of one recipient come in their order, and no session that
/// commits late is passed over: its position stays in the cursor.
event_page read_event_page(sql_session& session, const event_query& what, time_point now);

/// The events at these places, in any order; those that are gone are left out. They have no
/// `before_row`.
std::vector<found_event> read_events_at(sql_session& session,
                                        const std::vector<event_place>& places);

/// The place behind all events that are there now.
event_cursor end_of_events(sql_session& session, time_point now);

/// The statements, for the test that asks the database for their plans.
std::string event_rows_statement();
std::string next_event_session_statement();
std::string writing_sessions_statement(const sql_dialect& dialect);

}  // namespace postrider::persistence
