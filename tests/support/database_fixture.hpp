#pragma once

#include "persistence/ledger.hpp"

#include <memory>
#include <string>
#include <vector>

/// A database of its own for each test case, on the database that the environment names, so that
/// the same cases run on all of them:
///   POSTRIDER_TEST_DATABASE   "sqlite" (a file, the default), "memory" or "mysql"
///   POSTRIDER_TEST_MYSQL      the server for "mysql", such as
///   mysql://root@localhost/x?socket=/path;
///                             the name in it is the prefix of the names that are made
///   POSTRIDER_TEST_MYSQL_DIR  in place of it: where tools/private-mariadb.sh started one
namespace postrider::test {

class database_fixture {
 public:
  database_fixture();
  ~database_fixture();
  database_fixture(const database_fixture&) = delete;

  static bool on_mysql();
  static bool in_memory();

  /// Opens it, with the schema. Closes it first when it is open: a restart.
  persistence::ledger_database& open();
  void close();
  persistence::ledger_database& database() { return *database_; }
  /// Without opening it; a test may change them before open().
  persistence::database_settings settings;

  /// A statement past the ledger, to break rows and look at plans. Every row, every column as text;
  /// NULL is "NULL". On the file or the server, past the ledger's own connections.
  std::vector<std::vector<std::string>> sql(const std::string& statement);
  /// The first column of the first row as a number.
  std::int64_t number(const std::string& statement);
  /// Several statements, each ended by ";" at the end of a line.
  void script(const std::string& statements);
  /// The server drops every connection of the ledger; nothing on SQLite.
  void kill_connections();

 private:
  class raw;
  class sqlite_raw;
  class mysql_raw;

  std::string name_;
  std::unique_ptr<raw> raw_;
  std::unique_ptr<persistence::ledger_database> database_;
};

}  // namespace postrider::test
