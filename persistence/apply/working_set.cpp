#include "persistence/apply/working_set.hpp"

#include <algorithm>

namespace postrider::persistence {
namespace {

std::string insert_into(std::string_view table) {
  return "INSERT INTO " + std::string(table) + " (" + transaction_column_list() + ")";
}

sql_values rows_of(const std::vector<const transaction*>& rows) {
  sql_values values;
  values.reserve(rows.size() * transaction_column_count);
  for (const auto* row : rows)
    add_transaction(values, *row);
  return values;
}

void insert(sql_session& session, std::string_view table,
            const std::vector<const transaction*>& rows) {
  if (!rows.empty())
    session.insert_rows(insert_into(table), transaction_column_count, rows_of(rows));
}

/// Whole rows, because what changes differs from row to row; the id is the key and stays.
void rewrite(sql_session& session, std::string_view table,
             const std::vector<const transaction*>& rows) {
  if (rows.empty()) return;
  const auto clause = session.upsert_clause(std::span(transaction_columns).subspan(1));
  session.insert_rows(insert_into(table), transaction_column_count, rows_of(rows), clause);
}

}  // namespace

std::string delete_statement(const sql_dialect& dialect, std::string_view table) {
  // Only the form for several tables takes an index's name.
  if (!dialect.use_primary.empty())
    return "DELETE t FROM " + std::string(table) + " AS t" + std::string(dialect.use_primary) +
           " WHERE t.id IN ({ids})";
  return "DELETE FROM " + std::string(table) + " WHERE id IN ({ids})";
}

std::string load_statement(const sql_dialect& dialect) {
  return "SELECT " + transaction_column_list() + " FROM message_transaction" +
         std::string(dialect.use_primary) + " WHERE id IN ({ids})" +
         std::string(dialect.for_update);
}

std::string begin_statement(const sql_dialect& dialect) {
  return "UPDATE message_transaction" + std::string(dialect.use_primary) +
         " SET status = ?, updated_at = ? WHERE id IN ({ids})";
}

std::string begin_unread_statement(const sql_dialect& dialect) {
  return "UPDATE message_transaction" + std::string(dialect.use_primary) +
         " SET status = 1, updated_at = ? WHERE status = 0 AND owner = ?"
         " AND (? = 0 OR provider_id = ?) AND id IN ({ids})";
}

std::string forget_statement(const sql_dialect& dialect) {
  return delete_statement(dialect, history_table);
}

std::string remove_statement(const sql_dialect& dialect) {
  return delete_statement(dialect, live_table);
}

void working_set::keep(transaction row, place where) {
  const auto id = row.id;
  tracked t;
  t.before = remember(row, where);
  t.row = std::move(row);
  t.now_in = where;
  rows_.insert_or_assign(id, std::move(t));
  order_.push_back(id);
}

void working_set::keep_read(const sql_row& row, place where) {
  auto read = read_transaction(row);
  events_.observe(read.updated_at);
  keep(std::move(read), where);
}

void working_set::load_live(std::vector<transaction_id> ids) {
  std::erase_if(ids, [&](transaction_id id) { return rows_.contains(id); });
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  if (ids.empty()) return;
  sql_values values;
  for (auto id : ids)
    values.add(id);
  rows_.reserve(rows_.size() + ids.size());
  session_.query_in(load_statement(session_.dialect()), {}, values,
                    [&](const sql_row& row) { keep_read(row, place::live); });
}

const working_set::entry& working_set::find(transaction_id id) {
  if (!rows_.contains(id)) load_live({id});
  if (!rows_.contains(id)) {
    sql_values values;
    values.add(id);
    session_.query("SELECT " + transaction_column_list() +
                       " FROM message_transaction_history WHERE id = ?" +
                       std::string(session_.dialect().for_update),
                   values, [&](const sql_row& row) { keep_read(row, place::history); });
  }
  return find_loaded(id);
}

const working_set::entry& working_set::find_loaded(transaction_id id) const {
  static const entry none;
  const auto found = rows_.find(id);
  return found == rows_.end() ? none : found->second;
}

std::vector<working_set::entry> working_set::of_message(const message_id& message) const {
  std::vector<entry> found;
  for (auto id : order_)
    if (const auto& t = rows_.at(id); t.row.message == message) found.push_back(t);
  return found;
}

void working_set::add(transaction row) {
  const auto id = row.id;
  keep(std::move(row), place::live);
  at(id).before.where = place::nowhere;
}

void working_set::begin(transaction_id id) {
  auto& t = at(id);
  t.row.status = transaction_status::processing;
  if (t.change == change_kind::none) t.change = change_kind::begun;
}

void working_set::change(const transaction& row) {
  auto& t = at(row.id);
  if (&t.row != &row) t.row = row;
  t.change = change_kind::rewritten;
}

void working_set::archive(const transaction& row) {
  change(row);
  at(row.id).now_in = place::history;
}

void working_set::restore(const transaction& row) {
  change(row);
  at(row.id).now_in = place::live;
}

void working_set::write_begun(const std::vector<const tracked*>& rows) {
  if (rows.empty()) return;
  sql_values first, ids;
  first.add(transaction_status::processing).add(rows.front()->row.updated_at);
  for (const auto* t : rows)
    ids.add(t->row.id);
  session_.execute_in(begin_statement(session_.dialect()), first, ids);
}

void working_set::record_events() {
  for (const auto id : order_) {
    auto& t = at(id);
    if (t.before.where != place::nowhere && t.change == change_kind::none) continue;
    t.row.updated_at = events_.order();
    add_row_events(events_, t.before, t.row, t.now_in);
  }
  events_.end_part();
}

void working_set::write() {
  record_events();
  std::vector<const transaction*> to_live, in_live, to_history, in_history;
  std::vector<const tracked*> begun;
  sql_values leaving, returning;
  for (auto id : order_) {
    const auto& t = at(id);
    const bool arrives = t.before.where != place::live;
    if (t.now_in == place::live && arrives) to_live.push_back(&t.row);
    if (t.now_in == place::live && !arrives && t.change == change_kind::rewritten)
      in_live.push_back(&t.row);
    if (t.now_in == place::live && !arrives && t.change == change_kind::begun) begun.push_back(&t);
    if (t.now_in == place::history && t.before.where != place::history)
      to_history.push_back(&t.row);
    if (t.now_in == place::history && t.before.where == place::live) leaving.add(id);
    const bool was_past = t.before.where == place::history && t.change != change_kind::none;
    if (was_past && t.now_in == place::history) in_history.push_back(&t.row);
    if (was_past && t.now_in == place::live) returning.add(id);
  }
  insert(session_, live_table, to_live);
  write_begun(begun);
  rewrite(session_, live_table, in_live);
  insert(session_, history_table, to_history);
  rewrite(session_, history_table, in_history);
  if (!leaving.empty()) session_.execute_in(remove_statement(session_.dialect()), {}, leaving);
  if (!returning.empty()) session_.execute_in(forget_statement(session_.dialect()), {}, returning);
}

}  // namespace postrider::persistence
