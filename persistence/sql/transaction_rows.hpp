#pragma once

#include "persistence/sql/sql_session.hpp"

/// The rows of message_transaction, its history and message, as native statements write and read
/// them: the one mapping of these tables. transaction_record.hxx and message_record.hxx give ODB
/// the same columns for the schema; a test compares the two.
namespace postrider::persistence {

inline constexpr std::string_view live_table = "message_transaction";
inline constexpr std::string_view history_table = "message_transaction_history";
constexpr std::string_view table_of(bool archived) { return archived ? history_table : live_table; }

inline constexpr std::string_view transaction_columns[] = {"id",
                                                           "message_id",
                                                           "recipient_no",
                                                           "chain_no",
                                                           "user_id",
                                                           "provider_id",
                                                           "recipient",
                                                           "status",
                                                           "priority",
                                                           "on_unknown",
                                                           "retry_count",
                                                           "max_retries",
                                                           "possible_duplicate",
                                                           "owner",
                                                           "lane",
                                                           "due_at",
                                                           "expires_at",
                                                           "attempts",
                                                           "error_code",
                                                           "error_message",
                                                           "provider_ref",
                                                           "superseded_by",
                                                           "created_at",
                                                           "updated_at",
                                                           "completed_at",
                                                           "receipt",
                                                           "receipt_at",
                                                           "fallback_on_undelivered",
                                                           "decision",
                                                           "retries_used",
                                                           "first_due_at",
                                                           "trail",
                                                           "answers",
                                                           "settlement"};
inline constexpr std::size_t transaction_column_count = std::size(transaction_columns);

/// "id, message_id, ...".
const std::string& transaction_column_list();

/// The lane in which a row of this state waits.
constexpr lane lane_of_row(const transaction& t) {
  return t.status == transaction_status::failed ? retry_lane : lane_of(t.provider, t.priority);
}

void add_transaction(sql_values& values, const transaction& t);
transaction read_transaction(const sql_row& row);

inline constexpr std::string_view message_columns =
    "id, user_id, body, subject, html, metadata, recipients, requested_type, fallback, created_at, "
    "fallback_on_undelivered, body_removed_at, traceparent, request_id, is_test, shorten, "
    "reference";
inline constexpr std::size_t message_column_count = 17;

void add_message(sql_values& values, const message& m);
message read_message(const sql_row& row);

}  // namespace postrider::persistence
