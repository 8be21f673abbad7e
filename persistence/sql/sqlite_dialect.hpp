#pragma once

#include "persistence/sql/sql_session.hpp"

#include <odb/sqlite/connection.hxx>
#include <odb/sqlite/database.hxx>

#include <map>

namespace postrider::persistence {

/// Translates an extended error code of SQLite; `handle`, which may be null, knows the file.
database_failure sqlite_failure(int code, const std::string& message, sqlite3* handle);

/// SQLite runs inside this process: a statement is prepared once for each connection and stepped
/// row by row, which costs microseconds and no round trip.
class sqlite_session final : public sql_session {
 public:
  sqlite_session(std::shared_ptr<odb::sqlite::database> database,
                 odb::sqlite::connection_ptr connection, std::function<time_point()> clock);
  ~sqlite_session() override;

  const sql_dialect& dialect() const override;
  odb::database& odb_database() override { return *database_; }
  std::unique_ptr<odb::transaction> begin(access mode) override;
  void commit(odb::transaction& transaction) override;
  void wait_at_most(std::chrono::milliseconds limit) override;
  std::int64_t execute(std::string_view sql, std::span<const sql_value> values) override;
  void query(std::string_view sql, std::span<const sql_value> values,
             const row_handler& row) override;
  void insert_rows(std::string_view insert, std::size_t columns, std::span<const sql_value> values,
                   std::string_view upsert) override;
  std::string upsert_clause(std::span<const std::string_view> columns) const override;
  std::int64_t execute_in(std::string_view sql, std::span<const sql_value> first,
                          std::span<const sql_value> ids) override;
  void query_in(std::string_view sql, std::span<const sql_value> first,
                std::span<const sql_value> ids, const row_handler& row) override;
  time_point now() override { return clock_(); }
  database_failure failure_of(std::exception_ptr error) const override;

 private:
  sqlite3_stmt* statement(std::string_view sql);
  void run(sqlite3_stmt* statement, const row_handler* row);

  std::shared_ptr<odb::sqlite::database> database_;
  odb::sqlite::connection_ptr connection_;
  std::function<time_point()> clock_;
  std::map<std::string, sqlite3_stmt*, std::less<>> statements_;
};

}  // namespace postrider::persistence
