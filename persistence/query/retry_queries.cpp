#include "persistence/apply/claims.hpp"
#include "persistence/apply/expiry.hpp"
#include "persistence/attempts.hpp"
#include "persistence/query/odb_queries.hpp"
#include "persistence/sql/transaction_rows.hpp"

#include <algorithm>
#include <limits>

namespace postrider::persistence {
namespace {

constexpr time_point far_off{std::chrono::microseconds(std::numeric_limits<std::int64_t>::max())};

/// Reads whole rows of either table.
void read_rows(sql_session& session, std::string_view table, std::string_view where,
               std::span<const sql_value> values, std::vector<delivery>& into) {
  session.query(
      "SELECT " + transaction_column_list() + " FROM " + std::string(table) + std::string(where),
      values, [&](const sql_row& row) {
        into.push_back({read_transaction(row), {}});
      });
}

void read_named(sql_session& session, const retry_selection& wanted, std::vector<delivery>& rows) {
  sql_values values;
  for (auto id : wanted.ids)
    values.add(id);
  if (wanted.ids.empty()) values.add(*wanted.message);
  for (const auto table : {live_table, history_table})
    session.query_in("SELECT " + transaction_column_list() + " FROM " + std::string(table) +
                         " WHERE " + (wanted.ids.empty() ? "message_id" : "id") + " IN ({ids})",
                     {}, values, [&](const sql_row& row) {
                       rows.push_back({read_transaction(row), {}});
                     });
}

/// One step of one part of the walk, in the order of the index.
std::vector<delivery> read_step(sql_session& session, const retry_selection& wanted,
                                const retry_cursor& from, std::int32_t limit) {
  std::vector<delivery> rows;
  sql_values values;
  if (from.part == part_of_user) {
    values.add(*wanted.user).add(from.id).add(limit);
    read_rows(session, history_table, users_history_clause(session.dialect()), values, rows);
    return rows;
  }
  if (is_lane_part(from.part)) {
    const auto lane = from.part - first_lane_part;
    const bool down = std::ranges::find(wanted.down, provider_of(lane)) != wanted.down.end();
    const auto after = down ? from.at : std::max(from.at, from.until);
    values.add(std::int64_t{lane});
    values.add(after).add(after).add(from.id).add(limit);
    read_rows(session, live_table, waiting_rounds_clause(session.dialect()), values, rows);
    return rows;
  }
  if (from.part == part_of_lane) {
    values.add(from.at).add(from.at).add(from.id).add(limit);
    read_rows(session, live_table, waiting_retries_clause(session.dialect()), values, rows);
    return rows;
  }
  const auto first = wanted.created_after ? wanted.created_after->time_since_epoch().count() : 0;
  values.add(std::int64_t{from.part}).add(std::max(from.at, first));
  values.add(wanted.created_before.value_or(far_off));
  values.add(from.at).add(from.id).add(limit);
  read_rows(session, history_table, failures_clause(session.dialect()), values, rows);
  return rows;
}

/// True for a row that waits for a round, or for its time, after `until`.
bool waits_from(const transaction& row, std::int64_t until) {
  const time_point begun{std::chrono::microseconds(until)};
  return waits_for_round(row) && (row.due_at >= begun || row.round_due > begun);
}

retry_cursor behind(const transaction& row, std::int32_t part) {
  const auto at = part == part_of_lane || is_lane_part(part) ? row.due_at : row.created_at;
  return {part, part == part_of_user ? 0 : at.time_since_epoch().count(), row.id};
}

/// The next provider's lane in which something waits.
std::optional<std::int32_t> next_lane_part(sql_session& session, std::int32_t part) {
  sql_values values;
  values.add(std::int64_t{is_lane_part(part) ? part - first_lane_part : 0});
  std::optional<std::int32_t> next;
  session.query(next_lane_statement(session.dialect()), values,
                [&](const sql_row& row) { next = first_lane_part + row.as<std::int32_t>(0); });
  return next;
}

std::optional<retry_cursor> next_part(sql_session& session, const retry_selection& wanted,
                                      std::int32_t part) {
  if (part == part_of_lane || is_lane_part(part)) {
    if (const auto lane = next_lane_part(session, part)) return retry_cursor{*lane, 0, 0};
    part = part_of_lane;
  }
  const auto parts = parts_of(wanted);
  const auto next = std::ranges::upper_bound(parts, part);
  if (next == parts.end()) return std::nullopt;
  return retry_cursor{*next, 0, 0};
}

std::vector<transaction_id> outdated_among(sql_session& session,
                                           const std::vector<delivery>& rows) {
  sql_values ids;
  for (const auto& d : rows)
    if (is_final_failure(d.transaction)) ids.add(d.transaction.id);
  std::vector<transaction_id> outdated;
  if (!ids.empty())
    session.query_in(outdated_statement(session.dialect()), {}, ids,
                     [&](const sql_row& row) { outdated.push_back(row.integer(0)); });
  return outdated;
}

}  // namespace

std::string waiting_retries_clause(const sql_dialect& dialect) {
  // The first comparison bounds the range in the index, the second goes on within one time.
  return dialect.index("live_by_lane") +
         " WHERE owner = 0 AND lane = 0 AND due_at >= ? AND (due_at > ? OR id > ?)"
         " ORDER BY due_at, id LIMIT ?";
}

std::string waiting_rounds_clause(const sql_dialect& dialect) {
  return dialect.index("live_by_lane") +
         " WHERE owner = 0 AND lane = ? AND due_at >= ? AND (due_at > ? OR id > ?)"
         " ORDER BY due_at, id LIMIT ?";
}

std::string next_lane_statement(const sql_dialect& dialect) {
  return "SELECT lane FROM message_transaction" + dialect.index("live_by_lane") +
         " WHERE owner = 0 AND lane > ? ORDER BY lane LIMIT 1";
}

std::string users_history_clause(const sql_dialect& dialect) {
  return dialect.index("history_by_user") + " WHERE user_id = ? AND id > ? ORDER BY id LIMIT ?";
}

std::string failures_clause(const sql_dialect& dialect) {
  return dialect.index("history_by_error") +
         " WHERE error_code = ? AND created_at >= ? AND created_at < ?"
         " AND (created_at > ? OR id > ?) ORDER BY created_at, id LIMIT ?";
}

std::string outdated_statement(const sql_dialect& dialect) {
  const auto newer = [&](std::string_view table, std::string_view index) {
    return "EXISTS (SELECT 1 FROM " + std::string(table) + " AS o" + dialect.index(index) +
           " WHERE o.message_id = h.message_id AND o.recipient_no = h.recipient_no"
           " AND (o.chain_no > h.chain_no OR o.status = " +
           std::to_string(static_cast<int>(transaction_status::success)) + "))";
  };
  return "SELECT h.id FROM message_transaction_history AS h" + std::string(dialect.use_primary) +
         " WHERE h.id IN ({ids}) AND (" + newer(live_table, "live_by_message") + " OR " +
         newer(history_table, "history_by_message") + ")";
}

result<std::optional<time_point>> odb_queries::next_expiry() {
  return read([](sql_session& session) {
    std::optional<time_point> earliest;
    sql_values values;
    values.add(std::int64_t{0});
    session.query(next_expiry_statement(session.dialect()), values,
                  [&](const sql_row& row) { earliest = row.time(0); });
    return earliest;
  });
}

result<retry_page> odb_queries::select_retries(const retry_selection& wanted,
                                               const retry_cursor& from, std::int32_t limit) {
  return read([&](sql_session& session) {
    retry_page page;
    if (wanted.names_rows()) {
      read_named(session, wanted, page.rows);
      page.outdated = outdated_among(session, page.rows);
    } else {
      page.rows = read_step(session, wanted, from, limit);
      page.next = std::ssize(page.rows) == limit
                      ? std::optional(behind(page.rows.back().transaction, from.part))
                      : next_part(session, wanted, from.part);
      std::erase_if(page.rows, [&](const delivery& d) {
        if (!fits(wanted, d.transaction)) return true;
        if (is_lane_part(from.part)) return !waits_from(d.transaction, from.until);
        return from.part != part_of_lane && !is_final_failure(d.transaction);
      });
      const auto outdated = outdated_among(session, page.rows);
      std::erase_if(page.rows, [&](const delivery& d) {
        return std::ranges::find(outdated, d.transaction.id) != outdated.end();
      });
    }
    if (!page.rows.empty()) load_messages(session, page.rows);
    return page;
  });
}

}  // namespace postrider::persistence
