#pragma once

#include "persistence/sql/sql_session.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace postrider::persistence {

/// An invariant of docs/internals/architecture.md as a question to the database: a row in the
/// answer is a violation. Each looks at one message at a time, besides the two that ask for `node`
/// and `late_outcome`; so a test may ask it of those messages only that changed.
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

}  // namespace postrider::persistence
