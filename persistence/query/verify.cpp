#include "persistence/query/verify.hpp"

#include "persistence/query/odb_queries.hpp"

// These read whole tables; they are for `postrider verify` and for tests, not for a busy server.
namespace postrider::persistence {
namespace {

/// The rows of both tables, with which of the two they are in.
constexpr std::string_view all_rows =
    "(SELECT id, message_id, recipient_no, chain_no, retry_count, retries_used, max_retries, 1 AS "
    "live, 0 AS "
    "final"
    " FROM message_transaction UNION ALL "
    "SELECT id, message_id, recipient_no, chain_no, retry_count, retries_used, max_retries, 0,"
    " CASE WHEN superseded_by = 0 THEN 1 ELSE 0 END FROM message_transaction_history) AS r";
constexpr std::string_view by_chain = " GROUP BY message_id, recipient_no, chain_no ";

std::string from_all(std::string_view select, std::string_view rest) {
  return std::string(select).append(" FROM ").append(all_rows).append(rest);
}

std::string newer_chain_in(std::string_view table) {
  return " EXISTS (SELECT 1 FROM " + std::string(table) +
         " AS o WHERE o.message_id = t.message_id AND o.recipient_no = t.recipient_no AND "
         "o.chain_no > t.chain_no)";
}

}  // namespace

std::vector<invariant_check> invariant_checks(const sql_dialect& dialect) {
  const std::string chains(by_chain), json_length(dialect.json_length);
  return {
      {1, "message without a transaction for each of its recipients",
       "SELECT LOWER(HEX(m.id)) FROM message AS m LEFT JOIN "
       "(SELECT message_id, COUNT(DISTINCT recipient_no) AS n FROM " +
           std::string(all_rows) +
           " GROUP BY message_id) AS c ON c.message_id = m.id WHERE c.n IS NULL OR c.n < " +
           json_length + "(m.recipients)"},
      {1, "chain without exactly one live transaction or one final one (first id, live, final)",
       from_all("SELECT MIN(id), SUM(live), SUM(final)",
                chains + "HAVING SUM(live) + SUM(final) <> 1"),
       3},
      {1, "live transaction of a chain that is not the newest",
       "SELECT t.id FROM message_transaction AS t WHERE" + newer_chain_in("message_transaction") +
           " OR" + newer_chain_in("message_transaction_history")},
      {1, "transaction superseded by one that is not there (id, successor)",
       "SELECT h.id, h.superseded_by FROM message_transaction_history AS h WHERE h.superseded_by "
       "<> 0"
       " AND NOT EXISTS (SELECT 1 FROM message_transaction AS t WHERE t.id = h.superseded_by)"
       " AND NOT EXISTS (SELECT 1 FROM message_transaction_history AS t WHERE t.id = "
       "h.superseded_by)",
       2},
      {2, "chain whose retries are not counted 0, 1, 2 (first id, rows, highest)",
       from_all("SELECT MIN(id), COUNT(*), MAX(retry_count)",
                chains + "HAVING COUNT(*) <> MAX(retry_count) + 1 OR COUNT(DISTINCT retry_count) "
                         "<> COUNT(*)"),
       3},
      {2, "transaction with more retries than its max_retries",
       from_all("SELECT id", " WHERE retries_used > max_retries")},
      {3, "transaction in both tables",
       "SELECT t.id FROM message_transaction AS t JOIN message_transaction_history AS h ON h.id = "
       "t.id"},
      {4, "processing transaction without an owner",
       "SELECT id FROM message_transaction WHERE status = 1 AND owner = 0"},
      {4, "transaction whose owner is not alive and was not taken over (id, owner)",
       "SELECT t.id, t.owner FROM message_transaction AS t WHERE t.owner <> 0"
       " AND NOT EXISTS (SELECT 1 FROM node AS n WHERE n.id = t.owner AND n.alive = 1)",
       2},
      {5, "failed transaction that waits for no retry",
       "SELECT id FROM message_transaction WHERE status = 3 AND (due_at = 0 OR lane <> 0)"},
      {5, "pending transaction that is not in its provider's lane",
       "SELECT id FROM message_transaction WHERE status = 0 AND lane <> provider_id * 4 + "
       "priority"},
      {5, "successful transaction that is not in history",
       "SELECT id FROM message_transaction WHERE status = 2"},
      {5, "transaction in history that is not final",
       "SELECT id FROM message_transaction_history WHERE status NOT IN (2, 3) OR completed_at IS "
       "NULL"},
      {5, "failed transaction without a reason, or successful one with an error",
       "SELECT id FROM message_transaction_history WHERE (status = 3) <> (error_code <> 0)"},
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

result<std::vector<violation>> odb_queries::verify(std::int32_t limit) {
  // A connection of its own, which has the time that whole tables take.
  reconnecting_session patient(context_, patience::whole_tables);
  return in_transaction(patient, sql_session::access::read, [&](sql_session& session) {
    std::vector<violation> found;
    for (const auto& c : invariant_checks(session.dialect())) {
      sql_values values;
      values.add(limit - static_cast<std::int32_t>(found.size()));
      session.query(c.sql + " LIMIT ?", values, [&](const sql_row& row) {
        found.push_back({c.invariant, detail_of(c, row)});
      });
    }
    return found;
  });
}

}  // namespace postrider::persistence
