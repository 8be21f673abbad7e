#include "persistence/query/verify.hpp"

#include "persistence/query/odb_queries.hpp"
#include "persistence/sql/transaction_rows.hpp"

#include <algorithm>
#include <limits>

// These read whole tables; they are for `postrider verify` and for tests, not for a busy server.
namespace postrider::persistence {
namespace {

constexpr std::int64_t page_rows = 2'000;

/// Whether it has the length of an identifier.
bool read_identifier(std::string_view bytes, message_id& id) {
  std::copy_n(bytes.begin(), std::min(bytes.size(), id.bytes.size()), id.bytes.begin());
  return bytes.size() == id.bytes.size();
}

ordered_rows<checked_message> read_messages(sql_session& session) {
  return ordered_rows<checked_message>(
      [&session, sql = checked_messages_statement(session.dialect()),
       last = std::string()](std::vector<checked_message>& page) mutable {
        const sql_value values[] = {sql_blob{last}, page_rows};
        // A copy: the database may read its parameters until the statement ends.
        std::string newest;
        session.query(sql, values, [&](const sql_row& row) {
          page.push_back(read_checked_message(row));
          newest = row.text(0);
        });
        last = newest;
      });
}

/// Along the index by message, with the rows of one message in the order of their ids.
ordered_rows<checked_row> read_rows(sql_session& session, bool archived) {
  return ordered_rows<checked_row>(
      [&session, archived, sql = checked_rows_statement(session.dialect(), archived),
       last = std::string(),
       id = std::numeric_limits<transaction_id>::min()](std::vector<checked_row>& page) mutable {
        const sql_value values[] = {sql_blob{last}, sql_blob{last}, id, page_rows};
        std::string newest;
        session.query(sql, values, [&](const sql_row& row) {
          page.push_back(read_checked_row(row, archived));
          newest = row.text(1);
        });
        if (page.empty()) return;
        last = newest;
        id = page.back().id;
      });
}

bool exists(sql_session& session, transaction_id id) {
  bool found = false;
  sql_values values;
  values.add(id);
  for (const bool archived : {false, true})
    session.query("SELECT id FROM " + std::string(table_of(archived)) + " WHERE id = ?", values,
                  [&](const sql_row&) { found = true; });
  return found;
}

void take(ordered_rows<checked_row>& from, const message_id& id, std::vector<checked_row>& rows) {
  for (const checked_row* row; (row = from.front()) && row->message == id; from.pop())
    rows.push_back(*row);
}

}  // namespace

std::string_view checked_columns(bool archived) {
  return archived ? "id, message_id, recipient_no, chain_no, retry_count, retries_used, "
                    "max_retries, status, superseded_by, error_code, completed_at"
                  : "id, message_id, recipient_no, chain_no, retry_count, retries_used, "
                    "max_retries, status, provider_id, priority, lane, due_at, owner";
}

checked_row read_checked_row(const sql_row& row, bool archived) {
  checked_row read;
  read.live = !archived;
  read.id = row.integer(0);
  read.sound = read_identifier(row.text(1), read.message);
  read.recipient_no = row.integer(2);
  read.chain_no = row.integer(3);
  read.retry_count = row.integer(4);
  read.retries_used = row.integer(5);
  read.max_retries = row.integer(6);
  read.status = row.integer(7);
  if (archived) {
    read.superseded_by = row.integer(8);
    read.error_code = row.integer(9);
    read.completed = !row.null(10);
  } else {
    read.provider = row.integer(8);
    read.priority = row.integer(9);
    read.lane = row.integer(10);
    read.due_at = row.integer(11);
    read.owner = row.integer(12);
  }
  return read;
}

std::string checked_message_columns(const sql_dialect& dialect) {
  return "id, " + std::string(dialect.json_length) + "(recipients)";
}

checked_message read_checked_message(const sql_row& row) {
  checked_message read;
  read.sound = read_identifier(row.text(0), read.id);
  if (!row.null(1)) read.recipients = row.integer(1);
  return read;
}

std::string checked_rows_statement(const sql_dialect& dialect, bool archived) {
  // The first condition says where the index is entered; the message that equals it has few rows.
  return "SELECT " + std::string(checked_columns(archived)) + " FROM " +
         std::string(table_of(archived)) +
         dialect.index(archived ? "history_by_message" : "live_by_message") +
         " WHERE message_id >= ? AND (message_id > ? OR id > ?) ORDER BY message_id, id LIMIT ?";
}

std::string checked_messages_statement(const sql_dialect& dialect) {
  return "SELECT " + checked_message_columns(dialect) + " FROM message" +
         std::string(dialect.use_primary) + " WHERE id > ? ORDER BY id LIMIT ?";
}

void check_messages(ordered_rows<checked_message>& messages, ordered_rows<checked_row>& live,
                    ordered_rows<checked_row>& archived, message_invariants& invariants) {
  std::vector<checked_row> rows;
  for (;;) {
    const auto* message = messages.front();
    const auto* first = message ? &message->id : nullptr;
    for (auto* table : {&live, &archived})
      if (const auto* row = table->front(); row && (!first || row->message < *first))
        first = &row->message;
    if (!first) return;
    // A copy, because the page that it is in may be left.
    const auto id = *first;
    rows.clear();
    for (auto* table : {&live, &archived})
      take(*table, id, rows);
    if (message && message->id != id) message = nullptr;
    invariants.check(message, rows);
    if (message) messages.pop();
  }
}

std::vector<invariant_check> invariant_checks(const sql_dialect& dialect) {
  const auto owned =
      "SELECT id, owner FROM message_transaction" + dialect.index("live_by_lane") + " WHERE owner ";
  return {
      // SQLite keeps whatever type a column is given, and has texts before all bytes.
      {1, "message whose identifier is not one",
       "SELECT LOWER(HEX(id)) FROM message WHERE id <= X''"},
      {1, "transaction whose message identifier is not one",
       "SELECT id FROM message_transaction WHERE message_id <= X'' UNION ALL"
       " SELECT id FROM message_transaction_history WHERE message_id <= X''"},
      {3, "transaction in both tables",
       "SELECT t.id FROM message_transaction AS t CROSS JOIN message_transaction_history AS h"
       " WHERE h.id = t.id AND h.message_id <> t.message_id"},
      {4, "transaction whose owner is not alive and was not taken over (id, owner)",
       "SELECT t.id, t.owner FROM (" + owned + "> 0 UNION ALL " + owned +
           "< 0) AS t LEFT JOIN node AS n ON n.id = t.owner AND n.alive = 1 WHERE n.id IS NULL",
       2},
      {10, "late acceptance that waits for a transaction which is not processing",
       "SELECT l.transaction_id FROM late_outcome AS l WHERE l.waits_for IS NOT NULL AND NOT EXISTS"
       " (SELECT 1 FROM message_transaction AS t WHERE t.id = l.waits_for AND t.status = 1)"},
  };
}

std::string detail_of(const invariant_check& check, const sql_row& row) {
  std::string detail(check.what);
  detail += ": ";
  for (int i = 0; i < check.columns; ++i) {
    if (i > 0) detail += ", ";
    const auto text = row.text(i);
    detail += text.empty() ? std::to_string(row.integer(i)) : std::string(text);
  }
  return detail;
}

result<verification> odb_queries::verify(std::int32_t limit) {
  // A connection of its own, which has the time that whole tables take.
  reconnecting_session patient(context_, patience::whole_tables);
  return in_transaction(patient, sql_session::access::read, [&](sql_session& session) {
    verification found;
    message_invariants invariants(found.violations, static_cast<std::size_t>(limit),
                                  [&](transaction_id id) { return exists(session, id); });
    auto messages = read_messages(session);
    auto live = read_rows(session, false), archived = read_rows(session, true);
    check_messages(messages, live, archived, invariants);
    found.live = live.taken();
    found.history = archived.taken();
    for (const auto& c : invariant_checks(session.dialect())) {
      sql_values values;
      values.add(limit - static_cast<std::int32_t>(found.violations.size()));
      session.query(c.sql + " LIMIT ?", values, [&](const sql_row& row) {
        found.violations.push_back({c.invariant, detail_of(c, row)});
      });
    }
    std::ranges::stable_sort(found.violations, {}, &violation::invariant);
    return found;
  });
}

}  // namespace postrider::persistence
