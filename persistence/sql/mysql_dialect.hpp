#pragma once

#include "persistence/sql/mysql_statement.hpp"
#include "persistence/sql/sql_session.hpp"

#include <odb/mysql/connection.hxx>
#include <odb/mysql/database.hxx>

#include <atomic>
#include <map>

namespace postrider::persistence {

/// No statement of this connection takes longer than `limit`, or waits longer than `for_locks` for
/// locks. MySQL counts whole seconds for locks.
void limit_statements(MYSQL* handle, std::chrono::milliseconds limit,
                      std::chrono::milliseconds for_locks);

/// Facts about the server, found out by the connector once there is a schema.
struct mysql_server {
  /// SKIP LOCKED passes over rows that others have locked.
  std::atomic<bool> skips_locked{false};
  /// One of a Galera cluster's servers.
  std::atomic<bool> in_cluster{false};
};

/// MySQL and MariaDB: a round trip costs more than the work, so one prepared statement carries up
/// to 256 rows. Few row counts are used, so that each statement is prepared a few times in all.
class mysql_session final : public sql_session {
 public:
  mysql_session(std::shared_ptr<odb::mysql::database> database,
                odb::mysql::connection_ptr connection, std::chrono::milliseconds limit,
                const mysql_server& server);

  const sql_dialect& dialect() const override;
  bool claims_optimistically() const override { return !server_.skips_locked; }
  odb::database& odb_database() override { return *database_; }
  std::unique_ptr<odb::transaction> begin(access mode) override;
  void commit(odb::transaction& transaction) override;
  void wait_at_most(std::chrono::milliseconds limit) override;
  void wait_for_locks_at_most(std::chrono::milliseconds limit) override;
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
  void mark(node_id node) override;
  std::optional<session_mark> marked() const override { return mark_; }
  void end(const session_mark& mark) override;
  int end_connections_of(node_id node) override;
  std::string lock_holders() override;
  time_point now() override;
  database_failure failure_of(std::exception_ptr error) const override;
  /// False behind a proxy that has connections of its own to the server, such as ProxySQL and
  /// MaxScale: a number that the server names is then no number for KILL, which the proxy takes for
  /// one of its own sessions.
  bool is_direct();

 private:
  void set_autocommit(bool on);
  std::int64_t number() const;
  /// True when the server ended that connection.
  bool kill(std::int64_t connection);
  mysql_statement& statement(std::string_view sql);
  /// `sql` with "{ids}" for the next ids, which are moved from `ids` to the end of `values`.
  mysql_statement& statement_for_ids(std::string_view sql, std::vector<sql_value>& values,
                                     std::span<const sql_value>& ids);

  std::shared_ptr<odb::mysql::database> database_;
  odb::mysql::connection_ptr connection_;
  /// As set in the connection.
  std::chrono::milliseconds limit_, lock_limit_ = limit_;
  const mysql_server& server_;
  access isolation_ = access::write;
  bool autocommit_ = true;
  /// The transaction under way has the savepoint that commit() asks for.
  bool has_savepoint_ = false;
  std::optional<session_mark> mark_;
  bool asked_for_mark_ = false;
  std::optional<bool> direct_;
  // After the connection, so that they end before it.
  std::map<std::string, mysql_statement, std::less<>> statements_;
};

}  // namespace postrider::persistence
