#pragma once

#include "persistence/sql/sql_session.hpp"
#include "persistence/transitions.hpp"

namespace postrider::persistence {

/// Stores the messages of a batch, and the terms by which they are found: a statement for each
/// table, however many there are.
void store_messages(sql_session& session, const std::vector<const accept_message*>& accepted);

/// Deletes the terms of messages, for the test that asks the database for its plan; `metadata_only`
/// keeps those that outlive the body.
std::string forget_terms_statement(const sql_dialect& dialect, bool metadata_only);

}  // namespace postrider::persistence
