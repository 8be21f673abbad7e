#pragma once

#include "persistence/ledger.hpp"
#include "persistence/ledger_queries.hpp"
#include "persistence/sql/sql_session.hpp"

/// Sessions of browsers. The counter "api_key" counts their begins and ends with the changes of the
/// keys, and its row is the lock.
namespace postrider::persistence {

/// Deletes sessions that have expired. `conflict` when the key is not there or has ended, `refused`
/// when there are max_browser_sessions.
void store_browser_session(sql_session& session, const ledger_batch& batch,
                           const begin_browser_session& what, transition_result& answer);
void remove_browser_session(sql_session& session, const end_browser_session& what,
                            transition_result& answer);
/// A key ended, and its sessions with it.
void end_sessions_of(sql_session& session, api_key_id key);
void store_session_use(sql_session& session, const note_key_use& what);

std::vector<browser_session> load_browser_sessions(sql_session& session);

}  // namespace postrider::persistence
