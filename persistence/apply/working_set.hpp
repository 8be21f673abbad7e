#pragma once

#include "persistence/apply/row_events.hpp"
#include "persistence/sql/transaction_rows.hpp"

#include <unordered_map>

namespace postrider::persistence {

/// Unit of work for one batch: reads and locks each row once, applies transitions in memory by the
/// same rules on either database, then writes the changes in a few set-based statements, and tells
/// them to the batch's event_recorder.
class working_set {
 public:
  using place = row_before::place;

  struct entry {
    transaction row;
    place now_in = place::nowhere;
  };

  working_set(sql_session& session, event_recorder& events) : session_(session), events_(events) {}

  /// Reads and locks live rows, in the order of their ids so that two writers cannot deadlock.
  void load_live(std::vector<transaction_id> ids);
  /// A row wherever it is; reads it when the set does not have it yet.
  const entry& find(transaction_id id);

  /// A row that is in the set already, or `nowhere`.
  const entry& find_loaded(transaction_id id) const;

  /// The rows of a message that are in the set.
  std::vector<entry> of_message(const message_id& message) const;

  void add(transaction row);
  /// pending -> processing, the one change that needs no other column written.
  void begin(transaction_id id);
  /// Overwrites a row where it is.
  void change(const transaction& row);
  /// Moves a live row to history.
  void archive(const transaction& row);
  /// Moves a row of history back to the live ones.
  void restore(const transaction& row);
  /// Writes all that differs.
  void write();

 private:
  enum class change_kind : std::uint8_t { none, begun, rewritten };
  struct tracked : entry {
    row_before before;
    change_kind change = change_kind::none;
  };

  tracked& at(transaction_id id) { return rows_.at(id); }
  void keep(transaction row, place where);
  void keep_read(const sql_row& row, place where);
  /// Gives the changed rows the batch's order, and adds their events.
  void record_events();
  void write_begun(const std::vector<const tracked*>& rows);

  sql_session& session_;
  event_recorder& events_;
  std::unordered_map<transaction_id, tracked> rows_;
  /// Ids in the order in which they were first seen: the order of the statements' rows.
  std::vector<transaction_id> order_;
};

/// Deletes rows of `table` by their ids.
std::string delete_statement(const sql_dialect& dialect, std::string_view table);

/// The statements by id, for the test that asks the database for their plans.
std::string load_statement(const sql_dialect& dialect);
std::string begin_statement(const sql_dialect& dialect);
/// Only rows that are pending and that owner's, and of that provider where it is not 0.
std::string begin_unread_statement(const sql_dialect& dialect);
std::string remove_statement(const sql_dialect& dialect);
std::string forget_statement(const sql_dialect& dialect);

}  // namespace postrider::persistence
