#include "persistence/apply/new_messages.hpp"

#include "persistence/message_terms.hpp"
#include "persistence/sql/transaction_rows.hpp"

namespace postrider::persistence {
namespace {

void store_terms(sql_session& session, const std::vector<const accept_message*>& accepted) {
  sql_values values;
  std::vector<std::string_view> addresses;
  for (const auto* one : accepted) {
    addresses.clear();
    for (const auto& row : one->transactions)
      addresses.push_back(row.recipient);
    for (const auto term : terms_of(*one->message, addresses))
      values.add(one->message->id).add(term);
  }
  if (!values.empty())
    session.insert_rows("INSERT INTO message_term (message_id, term)", 2, values);
}

}  // namespace

void store_messages(sql_session& session, const std::vector<const accept_message*>& accepted) {
  if (accepted.empty()) return;
  sql_values values;
  values.reserve(accepted.size() * message_column_count);
  for (const auto* one : accepted)
    add_message(values, *one->message);
  session.insert_rows("INSERT INTO message (" + std::string(message_columns) + ")",
                      message_column_count, values);
  store_terms(session, accepted);
}

std::string forget_terms_statement(const sql_dialect& dialect, bool metadata_only) {
  const std::string which = std::string(" WHERE ") +
                            (metadata_only ? "(t.term & 3) = 1 AND " : "") +
                            "t.message_id IN ({ids})";
  // Only the form for several tables takes an index's name.
  if (!dialect.use_primary.empty())
    return "DELETE t FROM message_term AS t" + std::string(dialect.use_primary) + which;
  return "DELETE FROM message_term AS t" + which;
}

}  // namespace postrider::persistence
