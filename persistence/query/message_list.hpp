#pragma once

#include "persistence/message_search.hpp"
#include "persistence/sql/sql_session.hpp"

/// The statements behind `ledger_queries::list_messages`.
namespace postrider::persistence {

message_page list_messages(sql_session& session, const message_list& what);

/// The next ids in descending order, of all messages, of a user's, or of those with a term.
enum class message_order : std::uint8_t { all, of_user, of_term };
std::string next_messages_statement(const sql_dialect& dialect, message_order order);

}  // namespace postrider::persistence
