#include "persistence/apply/claims.hpp"

#include "base/mutant.hpp"
#include "persistence/apply/late_outcomes.hpp"
#include "persistence/apply/working_set.hpp"
#include "persistence/attempts.hpp"

#include <unordered_map>

namespace postrider::persistence {
namespace {

/// One claimer at a time can win a row, whatever locks mean on this server: the condition is in the
/// UPDATE, and the number of changed rows says who won.
std::vector<delivery> win_one_by_one(sql_session& session, node_id owner, time_point order,
                                     std::vector<delivery> candidates) {
  std::erase_if(candidates, [&](const delivery& d) {
    sql_values values;
    values.add(owner).add(order).add(d.transaction.id).add(d.transaction.due_at);
    values.add(lane_of_row(d.transaction));
    return session.execute(
               "UPDATE message_transaction SET owner = ?, updated_at = ?"
               " WHERE id = ? AND owner = 0 AND due_at = ? AND lane = ?",
               values) != 1;
  });
  return candidates;
}

void own_all(sql_session& session, node_id owner, time_point order,
             const std::vector<delivery>& locked) {
  sql_values first, ids;
  first.add(owner).add(order);
  for (const auto& d : locked)
    ids.add(d.transaction.id);
  session.execute_in("UPDATE message_transaction" + std::string(session.dialect().use_primary) +
                         " SET owner = ?, updated_at = ? WHERE id IN ({ids})",
                     first, ids);
}

}  // namespace

void load_messages(sql_session& session, std::vector<delivery>& rows) {
  std::unordered_map<message_id, std::shared_ptr<const message>> messages;
  for (const auto& d : rows)
    messages.try_emplace(d.transaction.message);
  sql_values ids;
  for (const auto& [id, loaded] : messages)
    ids.add(id);
  session.query_in("SELECT " + std::string(message_columns) + " FROM message WHERE id IN ({ids})",
                   {}, ids, [&](const sql_row& row) {
                     auto loaded = std::make_shared<const message>(read_message(row));
                     messages[loaded->id] = loaded;
                   });
  for (auto& d : rows)
    d.message = messages.at(d.transaction.message);
}

std::string claim_statement(const sql_dialect& dialect) {
  std::string sql = "SELECT " + transaction_column_list() + " FROM message_transaction" +
                    dialect.index("live_by_lane") +
                    " WHERE owner = 0 AND lane = ? AND due_at >= ? AND due_at <= ?"
                    " AND (due_at > ? OR id > ?) ORDER BY due_at, id LIMIT ?";
  if (!dialect.skip_locked.empty()) sql.append(dialect.for_update).append(dialect.skip_locked);
  return sql;
}

void claim_rows(sql_session& session, const ledger_batch& batch, event_recorder& events,
                const claim& what, transition_result& answer) {
  if (what.limit <= 0 || batch.owner == 0) return;
  const bool early = what.lane == retry_lane && mutant(mutation::retry_before_it_is_due);
  sql_values values;
  values.add(what.lane).add(what.after.due_at);
  values.add(early ? time_point::max() : batch.now);
  values.add(what.after.due_at).add(what.after.id).add(what.limit);
  std::vector<delivery> rows;
  session.query(claim_statement(session.dialect()), values, [&](const sql_row& row) {
    rows.push_back({read_transaction(row), nullptr});
    events.observe(rows.back().transaction.updated_at);
  });
  if (rows.empty()) return;
  if (session.claims_optimistically())
    rows = win_one_by_one(session, batch.owner, events.order(), std::move(rows));
  else own_all(session, batch.owner, events.order(), rows);
  for (auto& d : rows) {
    d.transaction.owner = batch.owner;
    d.transaction.updated_at = events.order();
  }
  load_messages(session, rows);
  answer.rows = std::move(rows);
}

std::string free_owned_statement(const sql_dialect& dialect, bool one_provider) {
  // The rows are not read, so their own order may be later than this batch's.
  return "UPDATE message_transaction" + dialect.index("live_by_lane") +
         " SET owner = 0, updated_at = CASE WHEN updated_at > ? THEN updated_at ELSE ? END" +
         (mutant(mutation::begun_rows_freed_as_unsent)
              ? std::string(", status = 0 WHERE owner = ?")
              : std::string(" WHERE owner = ? AND status <> 1")) +
         (one_provider ? " AND provider_id = ?" : "");
}

std::string free_markers_statement(const sql_dialect& dialect) {
  return "UPDATE batch_marker" + dialect.index("marker_by_node") +
         " SET node = NULL WHERE node = ?";
}

std::string owned_processing_statement(const sql_dialect& dialect) {
  return "SELECT id FROM message_transaction" + dialect.index("live_by_lane") +
         " WHERE owner = ? AND status = 1 AND (? = 0 OR provider_id = ?)";
}

namespace {

/// The calls of a process that ended: nobody knows what became of them. They are as many as its
/// providers had in flight.
std::int64_t fail_processing(sql_session& session, const ledger_batch& batch,
                             event_recorder& events, const take_over& what) {
  sql_values values;
  values.add(what.from).add(what.only.value_or(0)).add(what.only.value_or(0));
  std::vector<transaction_id> ids;
  session.query(owned_processing_statement(session.dialect()), values,
                [&](const sql_row& row) { ids.push_back(row.integer(0)); });
  if (ids.empty()) return 0;
  working_set rows(session, events);
  rows.load_live(ids);
  std::int64_t failed = 0;
  for (const auto id : ids) {
    auto row = rows.find_loaded(id).row;
    if (row.owner != what.from || row.status != transaction_status::processing) continue;
    const attempt_result ended{error_code::outcome_unknown,
                               "the process that was sending it ended before it had an answer",
                               {}};
    end_attempt(row, ended, row.updated_at, batch.now);
    row.status = transaction_status::failed;
    row.error = ended.error;
    row.error_message = ended.error_message;
    row.owner = 0;
    row.due_at = what.unknown_due_at;
    row.updated_at = batch.now;
    rows.change(row);
    ++failed;
  }
  rows.write();
  return failed;
}

}  // namespace

bool mark_dead(sql_session& session, const take_over& what) {
  sql_values node, expired;
  node.add(what.from);
  if (!what.if_lease_ended) {
    session.execute("UPDATE node SET alive = 0 WHERE id = ?", node);
    return true;
  }
  const auto now = session.now();
  bool known = false, lives = false;
  session.query("SELECT alive, lease_until FROM node WHERE id = ?", node, [&](const sql_row& row) {
    known = true;
    lives = row.integer(0) != 0 && row.time(1) > now;
  });
  if (lives) return false;
  expired.add(what.from).add(now);
  return !known || session.execute(
                       "UPDATE node SET alive = 0 WHERE id = ? AND (alive = 0 OR lease_until <= ?)",
                       expired) == 1;
}

namespace {

/// The node's batches that are not committed yet fail: see odb_ledger.
void change_markers(sql_session& session, node_id node) {
  sql_values values;
  values.add(node);
  session.execute(free_markers_statement(session.dialect()), values);
}

}  // namespace

void take_rows_over(sql_session& session, const ledger_batch& batch, event_recorder& events,
                    const take_over& what, transition_result& answer) {
  if (!what.only && !mark_dead(session, what)) {
    answer.status = transition_status::conflict;
    return;
  }
  if (what.from == 0) return;
  if (!what.only) change_markers(session, what.from);
  answer.count = settle_awaited(session, batch, events, what);
  const bool one = what.only.has_value();
  sql_values freed;
  freed.add(events.order()).add(events.order()).add(what.from);
  if (one) freed.add(*what.only);
  answer.count += session.execute(free_owned_statement(session.dialect(), one), freed) +
                  fail_processing(session, batch, events, what);
}

}  // namespace postrider::persistence
