#pragma once

#include "persistence/sql/sql_session.hpp"

#include <mysql.h>

namespace postrider::persistence {

/// Throws what mysql_errno says, as a database_failure.
[[noreturn]] void fail_mysql(unsigned code, const char* message);
failure_kind mysql_failure_kind(unsigned code, std::string_view message);
/// The same as a failure, with advice.
database_failure mysql_failure(unsigned code, const std::string& message);

/// Runs a statement that has no values and no rows to read; throws like fail_mysql().
void run_mysql(MYSQL* handle, const std::string& sql);

/// A prepared statement of one connection. It must end before the connection does.
class mysql_statement {
 public:
  mysql_statement(MYSQL* connection, std::string_view sql);
  ~mysql_statement();
  mysql_statement(const mysql_statement&) = delete;

  /// Answers the number of rows that matched, changed or not (CLIENT_FOUND_ROWS).
  std::int64_t execute(std::span<const sql_value> values);
  void query(std::span<const sql_value> values, const row_handler& row);

 private:
  class answer;

  [[noreturn]] void fail() const;

  MYSQL_STMT* statement_;
  std::vector<MYSQL_BIND> parameters_;
};

}  // namespace postrider::persistence
