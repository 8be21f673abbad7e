#include "persistence/apply/expiry.hpp"

#include "base/utf8.hpp"
#include "persistence/apply/working_set.hpp"
#include "persistence/attempts.hpp"

namespace postrider::persistence {
namespace {

std::string_view text_of(error_code reason) {
  return reason == error_code::cancelled ? "cancelled before it was sent"
                                         : "not sent before it expired";
}

}  // namespace

transaction as_ended(transaction row, error_code reason, time_point now) {
  if (!may_have_arrived(row.error)) {
    std::string text(text_of(reason));
    if (row.status == transaction_status::failed) {
      text += " again; the attempt ended with ";
      text += to_string(row.error);
      if (!row.error_message.empty()) text += ": " + row.error_message;
    }
    if (row.status == transaction_status::pending && !row.attempts.empty()) {
      const auto& last = row.attempts.back().last;
      text += "; the last attempt ended with ";
      text += to_string(last.outcome);
      if (!last.answer.empty()) text += ": " + last.answer;
    }
    row.error = reason;
    row.error_message = tidy_text(text, max_error_message_bytes);
  }
  keep_unknown(row);
  row.status = transaction_status::failed;
  row.owner = 0;
  row.updated_at = now;
  row.completed_at = now;
  return row;
}

// Rows that are being sent are left out: their outcome is still to come, and decides.
std::string expired_statement(const sql_dialect& dialect) {
  return "SELECT id FROM message_transaction" + dialect.index("live_by_expiry") +
         " WHERE expires_at <= ? AND status <> 1 ORDER BY expires_at, id LIMIT ?";
}

std::string next_expiry_statement(const sql_dialect& dialect) {
  return "SELECT expires_at FROM message_transaction" + dialect.index("live_by_expiry") +
         " WHERE expires_at > ? AND status <> 1 ORDER BY expires_at, id LIMIT 1";
}

std::int64_t expire_rows(sql_session& session, const ledger_batch& batch, event_recorder& events,
                         std::int32_t limit) {
  sql_values values;
  values.add(batch.now).add(limit);
  std::vector<transaction_id> ids;
  // Without locks: the rows are locked by their ids, in that order, and looked at again.
  session.query(expired_statement(session.dialect()), values,
                [&](const sql_row& row) { ids.push_back(row.integer(0)); });
  if (ids.empty()) return 0;
  working_set rows(session, events);
  rows.load_live(ids);
  std::int64_t ended = 0;
  for (auto id : ids) {
    const auto& found = rows.find_loaded(id);
    if (found.now_in != working_set::place::live || !can_be_ended(found.row)) continue;
    rows.archive(as_ended(found.row, error_code::expired, batch.now));
    ++ended;
  }
  rows.write();
  return ended;
}

}  // namespace postrider::persistence
