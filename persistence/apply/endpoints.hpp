#pragma once

#include "persistence/apply/event_recorder.hpp"
#include "persistence/ledger_queries.hpp"
#include "persistence/transitions.hpp"

/// Endpoints. Few and changed by hand, so whole objects are written; the counter "endpoint" counts
/// changes and claims, and its row is the lock that lets them happen one after the other. What an
/// owner did is written without it. INTERNAL to persistence/.
namespace postrider::persistence {

void store_endpoint(sql_session& session, const ledger_batch& batch, const create_endpoint& what,
                    transition_result& answer);
void store_endpoint_change(sql_session& session, const change_endpoint& what,
                           transition_result& answer);
void remove_endpoint(sql_session& session, const delete_endpoint& what, transition_result& answer);
void store_claim(sql_session& session, const ledger_batch& batch, const claim_endpoint& what,
                 transition_result& answer);
void store_progress(sql_session& session, const ledger_batch& batch, event_recorder& events,
                    const note_progress& what, transition_result& answer);
void store_replay(sql_session& session, const ledger_batch& batch, const replay_deliveries& what,
                  transition_result& answer);
/// Deletes up to `limit` deliveries that were made until then.
void prune_deliveries(sql_session& session, const prune& what, transition_result& answer);

/// Inside a read transaction: all endpoints when there was a change after `version`.
endpoint_changes changed_endpoints(sql_session& session, std::int64_t version);
std::optional<endpoint> find_endpoint(sql_session& session, endpoint_id id);
std::vector<endpoint_delivery> list_deliveries(sql_session& session, const delivery_query& what);

/// The statements, for the test that asks the database for their plans.
std::string old_deliveries_statement(const sql_dialect& dialect);
std::string deliveries_statement(const sql_dialect& dialect);

}  // namespace postrider::persistence
