#include "persistence/apply/retention.hpp"

#include "base/mutant.hpp"
#include "persistence/apply/audit.hpp"
#include "persistence/apply/endpoints.hpp"
#include "persistence/apply/idempotency.hpp"
#include "persistence/apply/new_messages.hpp"
#include "persistence/apply/working_set.hpp"
#include "persistence/sql/migrations.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace postrider::persistence {
namespace {

/// A place in history: everything up to and including this row was looked at.
struct walk_position {
  std::int64_t completed_at = 0;
  transaction_id id = 0;
};

std::string_view walk_of(prune::kind kind) {
  switch (kind) {
    case prune::kind::bodies: return retention_walks[0];
    case prune::kind::history: return retention_walks[1];
    case prune::kind::events: return retention_walks[2];
    case prune::kind::idempotency:
    case prune::kind::audit: break;
  }
  return {};
}

message_id to_message_id(std::string_view bytes) {
  message_id id;
  std::copy_n(bytes.begin(), std::min(bytes.size(), id.bytes.size()), id.bytes.begin());
  return id;
}

/// Locks the place of a walk: a node waits for the commit of another.
std::optional<walk_position> lock_place(sql_session& session, std::string_view name) {
  sql_values values;
  values.add(name);
  std::optional<walk_position> found;
  session.query("SELECT completed_at, transaction_id FROM retention_progress WHERE name = ?" +
                    std::string(session.dialect().for_update),
                values, [&](const sql_row& row) {
                  found = walk_position{row.integer(0), row.integer(1)};
                });
  return found;
}

/// Nothing: the step has nothing to do, and `answer` says so.
std::optional<walk_position> begin_step(sql_session& session, const prune& what,
                                        transition_result& answer) {
  if (what.limit <= 0) return std::nullopt;
  auto at = lock_place(session, walk_of(what.what));
  if (!at) answer.status = transition_status::conflict;
  return at;
}

void move_place(sql_session& session, std::string_view name, const walk_position& to) {
  sql_values values;
  values.add(to.completed_at).add(to.id).add(name);
  session.execute(
      "UPDATE retention_progress SET completed_at = ?, transaction_id = ? WHERE name = ?", values);
}

/// The messages of the next rows; moves `from` past them.
std::set<message_id> next_messages(sql_session& session, const prune& what, walk_position& from,
                                   transition_result& answer) {
  std::set<message_id> messages;
  std::int32_t seen = 0;
  sql_values values;
  values.add(from.completed_at).add(what.completed_before).add(from.completed_at).add(from.id);
  values.add(what.limit);
  session.query(completed_rows_statement(session.dialect()), values, [&](const sql_row& row) {
    from = {row.integer(1), row.integer(0)};
    messages.insert(to_message_id(row.text(2)));
    ++seen;
  });
  answer.more = seen == what.limit;
  return messages;
}

sql_values ids_of(const std::set<message_id>& messages) {
  sql_values ids;
  for (const auto& id : messages)
    ids.add(id);
  return ids;
}

/// Locks the rows that these messages have in history, takes the messages out that are not finished
/// or not for long enough, and gives the rows of the others. The lock comes first: whoever brings
/// a row back from history has to wait, or is seen among the live ones.
sql_values lock_finished(sql_session& session, const prune& what, std::set<message_id>& messages) {
  std::multimap<message_id, transaction_id> rows;
  std::set<message_id> unfinished;
  const auto ids = ids_of(messages);
  const auto lock_history = [&] {
    rows.clear();
    session.query_in(rows_of_messages_statement(session.dialect()), {}, ids,
                     [&](const sql_row& row) {
                       const auto message = to_message_id(row.text(1));
                       rows.emplace(message, row.integer(0));
                       if (row.time(2) > what.completed_before) unfinished.insert(message);
                     });
  };
  lock_history();
  session.query_in(unfinished_messages_statement(session.dialect()), {}, ids,
                   [&](const sql_row& row) { unfinished.insert(to_message_id(row.text(0))); });
  // Rows that moved to history between the two are there now, and none comes back any more.
  lock_history();
  for (const auto& message : unfinished)
    if (!mutant(mutation::deleted_before_its_end)) messages.erase(message);
  sql_values finished;
  for (const auto& [message, id] : rows)
    if (messages.contains(message)) finished.add(id);
  return finished;
}

std::int64_t empty_bodies(sql_session& session, time_point now,
                          const std::set<message_id>& messages, const sql_values& rows) {
  sql_values first;
  first.add(now);
  session.execute_in(empty_answers_statement(session.dialect()), {}, rows);
  session.execute_in(empty_late_messages_statement(), {}, rows);
  session.execute_in(forget_terms_statement(session.dialect(), true), {}, ids_of(messages));
  return session.execute_in(empty_bodies_statement(session.dialect()), first, ids_of(messages));
}

std::int64_t remove_all(sql_session& session, const std::set<message_id>& messages,
                        const sql_values& rows) {
  session.execute_in("DELETE FROM late_outcome WHERE transaction_id IN ({ids})", {}, rows);
  session.execute_in(forget_terms_statement(session.dialect(), false), {}, ids_of(messages));
  session.execute_in(delete_statement(session.dialect(), "message"), {}, ids_of(messages));
  return session.execute_in(forget_statement(session.dialect()), {}, rows);
}

/// Those too whose transaction was never found.
void remove_late_outcomes(sql_session& session, const prune& what, transition_result& answer) {
  sql_values values, ids;
  values.add(what.completed_before).add(what.limit);
  session.query(old_late_outcomes_statement(session.dialect()), values,
                [&](const sql_row& row) { ids.add(row.integer(0)); });
  if (ids.empty()) return;
  answer.more |= ids.size() == static_cast<std::size_t>(what.limit);
  answer.count += session.execute_in(delete_statement(session.dialect(), "late_outcome"), {}, ids);
}

}  // namespace

std::string nth_event_row_statement(const sql_dialect& dialect) {
  return "SELECT created_at FROM event_log" + dialect.index("event_log_by_time") +
         " WHERE created_at <= ? ORDER BY created_at LIMIT 1 OFFSET ?";
}

std::string last_event_row_statement(const sql_dialect& dialect) {
  return "SELECT created_at FROM event_log" + dialect.index("event_log_by_time") +
         " WHERE created_at <= ? ORDER BY created_at DESC LIMIT 1";
}

std::string old_event_rows_statement(const sql_dialect& dialect) {
  const auto index = dialect.index("event_log_by_time");
  // Only the form for several tables takes an index's name on MySQL.
  if (!dialect.use_primary.empty())
    return "DELETE t FROM event_log AS t" + index + " WHERE t.created_at <= ?";
  return "DELETE FROM event_log" + index + " WHERE created_at <= ?";
}

std::string completed_rows_statement(const sql_dialect& dialect) {
  return "SELECT id, completed_at, message_id FROM message_transaction_history" +
         dialect.index("history_by_completion") +
         " WHERE completed_at >= ? AND completed_at <= ? AND (completed_at > ? OR id > ?)"
         " ORDER BY completed_at, id LIMIT ?";
}

std::string rows_of_messages_statement(const sql_dialect& dialect) {
  return "SELECT id, message_id, completed_at FROM message_transaction_history" +
         dialect.index("history_by_message") + " WHERE message_id IN ({ids})" +
         std::string(dialect.for_update);
}

std::string unfinished_messages_statement(const sql_dialect& dialect) {
  return "SELECT message_id FROM message_transaction" + dialect.index("live_by_message") +
         " WHERE message_id IN ({ids})";
}

std::string old_late_outcomes_statement(const sql_dialect& dialect) {
  return "SELECT id FROM late_outcome" + dialect.index("late_by_creation") +
         " WHERE created_at <= ? AND waits_for IS NULL ORDER BY created_at, id LIMIT ?";
}

std::string empty_bodies_statement(const sql_dialect& dialect) {
  return "UPDATE message" + std::string(dialect.use_primary) +
         " SET body = '', subject = '', html = '', metadata = '', body_removed_at = ?"
         " WHERE body_removed_at IS NULL AND id IN ({ids})";
}

std::string empty_answers_statement(const sql_dialect& dialect) {
  return "UPDATE message_transaction_history" + std::string(dialect.use_primary) +
         " SET answers = NULL, error_message = ''"
         " WHERE (answers IS NOT NULL OR error_message <> '') AND id IN ({ids})";
}

std::string empty_late_messages_statement() {
  return "UPDATE late_outcome SET error_message = ''"
         " WHERE transaction_id IN ({ids}) AND error_message <> ''";
}

std::string body_removed_statement(const sql_dialect& dialect) {
  return "SELECT body_removed_at FROM message" + std::string(dialect.use_primary) +
         " WHERE id = ? AND body_removed_at IS NOT NULL";
}

bool body_removed(sql_session& session, const message_id& message) {
  sql_values values;
  values.add(message);
  bool removed = false;
  session.query(body_removed_statement(session.dialect()), values,
                [&](const sql_row&) { removed = true; });
  return removed;
}

void prune_events(sql_session& session, const prune& what, transition_result& answer) {
  const auto name = walk_of(what.what);
  auto at = begin_step(session, what, answer);
  if (!at) return;
  sql_values nth, before, until;
  nth.add(what.completed_before).add(what.limit - 1);
  std::optional<time_point> last;
  session.query(nth_event_row_statement(session.dialect()), nth, [&](const sql_row& row) {
    last = row.time(0);
    answer.more = true;
  });
  before.add(what.completed_before);
  if (!last)
    session.query(last_event_row_statement(session.dialect()), before,
                  [&](const sql_row& row) { last = row.time(0); });
  if (!last) return;
  until.add(*last);
  answer.count = session.execute(old_event_rows_statement(session.dialect()), until);
  // Readers are told by it that rows are missing.
  at->completed_at = std::max(at->completed_at, last->time_since_epoch().count());
  move_place(session, name, *at);
}

void apply_prune(sql_session& session, const ledger_batch& batch, const prune& what,
                 transition_result& answer) {
  switch (what.what) {
    case prune::kind::bodies:
    case prune::kind::history: return prune_step(session, batch, what, answer);
    case prune::kind::idempotency: return prune_keys(session, what, answer);
    case prune::kind::audit: return prune_audit(session, what, answer);
    case prune::kind::events:
      prune_events(session, what, answer);
      return prune_deliveries(session, what, answer);
  }
}

void prune_step(sql_session& session, const ledger_batch& batch, const prune& what,
                transition_result& answer) {
  const auto name = walk_of(what.what);
  auto at = begin_step(session, what, answer);
  if (!at) return;
  auto messages = next_messages(session, what, *at, answer);
  if (!messages.empty()) {
    const auto rows = lock_finished(session, what, messages);
    if (!messages.empty())
      answer.count += what.what == prune::kind::bodies
                          ? empty_bodies(session, batch.now, messages, rows)
                          : remove_all(session, messages, rows);
    move_place(session, name, *at);
  }
  if (what.what == prune::kind::history) remove_late_outcomes(session, what, answer);
}

}  // namespace postrider::persistence
