#pragma once

#include "persistence/query/message_invariants.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::persistence {

/// Rows in the order of their messages, which are loaded page by page.
template <class Row>
class ordered_rows {
 public:
  /// Adds the next page; nothing after the last one.
  using loader = std::function<void(std::vector<Row>&)>;

  explicit ordered_rows(loader load) : load_(std::move(load)) {}

  /// Null after the last row. It is good until `pop`.
  const Row* front() {
    if (at_ == rows_.size() && !ended_) {
      rows_.clear();
      at_ = 0;
      load_(rows_);
      ended_ = rows_.empty();
    }
    return ended_ ? nullptr : &rows_[at_];
  }
  void pop() { ++at_, ++taken_; }
  /// How many were taken off.
  std::int64_t taken() const { return taken_; }

 private:
  loader load_;
  std::vector<Row> rows_;
  std::size_t at_ = 0;
  std::int64_t taken_ = 0;
  bool ended_ = false;
};

/// Columns of message_transaction, or of history, as read_checked_row() reads them.
std::string_view checked_columns(bool archived);
checked_row read_checked_row(const sql_row& row, bool archived);
std::string checked_message_columns(const sql_dialect& dialect);
checked_message read_checked_message(const sql_row& row);

/// Merges the three by message and has each checked.
void check_messages(ordered_rows<checked_message>& messages, ordered_rows<checked_row>& live,
                    ordered_rows<checked_row>& archived, message_invariants& invariants);

/// A question to the database about more than one message at a time, which message_invariants
/// cannot see: a row in the answer is a violation.
struct invariant_check {
  int invariant = 0;
  std::string_view what;
  /// Selects what the violation is about: the id, then what `what` has in parentheses.
  std::string sql;
  int columns = 1;
};

std::vector<invariant_check> invariant_checks(const sql_dialect& dialect);

/// The violation that a row of its answer is, for a person.
std::string detail_of(const invariant_check& check, const sql_row& row);

/// Statements, for the test that asks the database for their plans.
std::string checked_rows_statement(const sql_dialect& dialect, bool archived);
std::string checked_messages_statement(const sql_dialect& dialect);

}  // namespace postrider::persistence
