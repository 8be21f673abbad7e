#include "persistence/sql/mysql_dialect.hpp"

#include "persistence/sql/mysql_marks.hpp"

#include <odb/exceptions.hxx>
#include <odb/mysql/exceptions.hxx>
#include <odb/transaction.hxx>

#include <algorithm>
#include <utility>

namespace postrider::persistence {
namespace {

/// Two to each power of two, so that any number of rows takes two or three statements.
constexpr std::size_t row_counts_of_statements[] = {256, 192, 128, 96, 64, 48, 32, 24,
                                                    16,  12,  8,   6,  4,  3,  2,  1};
/// Far below the server's max_allowed_packet, 16 MiB by default.
constexpr std::size_t max_statement_bytes = 1 << 20;

struct size_of_value {
  std::size_t operator()(std::monostate) const { return 1; }
  std::size_t operator()(std::int64_t) const { return 8; }
  std::size_t operator()(std::string_view text) const { return text.size(); }
  std::size_t operator()(sql_blob blob) const { return blob.bytes.size(); }
};

/// How many of the rows at the start of `values` the next statement carries.
std::size_t rows_that_fit(std::span<const sql_value> values, std::size_t columns) {
  std::size_t bytes = 0, fit = 0;
  for (; fit * columns < values.size() && fit < row_counts_of_statements[0]; ++fit) {
    for (const auto& value : values.subspan(fit * columns, columns))
      bytes += std::visit(size_of_value{}, value);
    if (fit > 0 && bytes > max_statement_bytes) break;
  }
  for (auto count : row_counts_of_statements)
    if (count <= fit) return count;
  return 1;
}

/// The smallest statement that takes all of `count` ids; the last id is repeated in what is left.
std::size_t ids_of_statement(std::size_t count) {
  std::size_t size = row_counts_of_statements[0];
  for (auto smaller : row_counts_of_statements)
    if (smaller >= count) size = smaller;
  return size;
}

std::string placeholders(std::size_t count) {
  std::string text = "?";
  for (std::size_t i = 1; i < count; ++i)
    text += ",?";
  return text;
}

std::string rows_of_placeholders(std::size_t rows, std::size_t columns) {
  const auto row = "(" + placeholders(columns) + ")";
  std::string text = row;
  for (std::size_t i = 1; i < rows; ++i)
    text.append(",").append(row);
  return text;
}

/// Two of our own transactions that wait for each other where the server does not see it let go
/// after so many seconds.
constexpr std::int64_t longest_row_lock_wait = 5;

}  // namespace

void limit_statements(MYSQL* handle, std::chrono::milliseconds limit,
                      std::chrono::milliseconds for_locks) {
  const auto seconds =
      std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(for_locks).count());
  const bool mariadb =
      std::string_view(mysql_get_server_info(handle)).find("MariaDB") != std::string_view::npos;
  run_mysql(handle, "SET SESSION innodb_lock_wait_timeout = " +
                        std::to_string(std::min(seconds, longest_row_lock_wait)) +
                        ", lock_wait_timeout = " + std::to_string(seconds) +
                        (mariadb ? ", max_statement_time = " +
                                       std::to_string(static_cast<double>(limit.count()) / 1000)
                                 : ", max_execution_time = " + std::to_string(limit.count())));
}

mysql_session::mysql_session(std::shared_ptr<odb::mysql::database> database,
                             odb::mysql::connection_ptr connection, std::chrono::milliseconds limit,
                             const mysql_server& server)
    : database_(std::move(database)), connection_(connection), limit_(limit), server_(server) {}

const sql_dialect& mysql_session::dialect() const {
  // Not of the id: MySQL refuses to write an AUTO_INCREMENT column in a statement that has made a
  // value for it (error 1869).
  constexpr std::string_view keep_existing = "ON DUPLICATE KEY UPDATE created_at = created_at";
  static const sql_dialect skipping{.for_update = " FOR UPDATE",
                                    .for_share = " LOCK IN SHARE MODE",
                                    .skip_locked = " SKIP LOCKED",
                                    .use_index = " FORCE INDEX (",
                                    .use_index_end = ")",
                                    .use_primary = " FORCE INDEX (PRIMARY)",
                                    .keep_existing = keep_existing,
                                    .json_length = "JSON_LENGTH"};
  static const sql_dialect waiting = [] {
    auto dialect = skipping;
    dialect.skip_locked = {};
    return dialect;
  }();
  return server_.skips_locked ? skipping : waiting;
}

std::unique_ptr<odb::transaction> mysql_session::begin(access mode) {
  const auto isolation = mode == access::read ? access::read : access::write;
  if (isolation != isolation_) {
    // Writers: no gap locks, and each statement sees what others have committed. Readers: one
    // moment.
    connection_->execute(isolation == access::write
                             ? "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
                             : "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    isolation_ = isolation;
  }
  // A Galera server rolls a transaction back when another server's commit meets its rows. The
  // connection is told so by error 1213 at its next statement, but not always (MariaDB 10.11: the
  // error may be lost at a prepared statement). The statements after it would then be committed one
  // by one, and COMMIT would answer OK. With autocommit off they begin another transaction, which
  // lacks the savepoint.
  has_savepoint_ = mode == access::write && server_.in_cluster;
  if (has_savepoint_) set_autocommit(false);
  auto transaction = std::make_unique<odb::transaction>(connection_->begin());
  if (has_savepoint_) run_mysql(connection_->handle(), "SAVEPOINT whole");
  return transaction;
}

void mysql_session::commit(odb::transaction& transaction) {
  constexpr unsigned no_such_savepoint = 1305;
  constexpr std::string_view release = "RELEASE SAVEPOINT whole";
  auto* handle = connection_->handle();
  if (has_savepoint_ && mysql_real_query(handle, release.data(), release.size()) != 0) {
    if (mysql_errno(handle) != no_such_savepoint)
      fail_mysql(mysql_errno(handle), mysql_error(handle));
    throw database_failure(failure_kind::transient, no_such_savepoint,
                           "MySQL: the cluster rolled the transaction back and did not say so");
  }
  transaction.commit();
}

void mysql_session::set_autocommit(bool on) {
  if (on == autocommit_) return;
  run_mysql(connection_->handle(), on ? "SET autocommit = 1" : "SET autocommit = 0");
  autocommit_ = on;
}

void mysql_session::wait_at_most(std::chrono::milliseconds limit) {
  if (limit == limit_ && limit == lock_limit_) return;
  limit_statements(connection_->handle(), limit, limit);
  limit_ = lock_limit_ = limit;
}

void mysql_session::wait_for_locks_at_most(std::chrono::milliseconds limit) {
  if (limit == lock_limit_) return;
  limit_statements(connection_->handle(), limit_, limit);
  lock_limit_ = limit;
}

mysql_statement& mysql_session::statement(std::string_view sql) {
  if (!odb::transaction::has_current()) set_autocommit(true);
  const auto known = statements_.find(sql);
  if (known != statements_.end()) return known->second;
  return statements_.try_emplace(std::string(sql), connection_->handle(), sql).first->second;
}

std::int64_t mysql_session::execute(std::string_view sql, std::span<const sql_value> values) {
  return statement(sql).execute(values);
}

void mysql_session::query(std::string_view sql, std::span<const sql_value> values,
                          const row_handler& row) {
  statement(sql).query(values, row);
}

void mysql_session::insert_rows(std::string_view insert, std::size_t columns,
                                std::span<const sql_value> values, std::string_view upsert) {
  while (!values.empty()) {
    const auto rows = rows_that_fit(values, columns);
    auto sql = std::string(insert) + " VALUES " + rows_of_placeholders(rows, columns) + " ";
    statement(sql.append(upsert)).execute(values.first(rows * columns));
    values = values.subspan(rows * columns);
  }
}

std::string mysql_session::upsert_clause(std::span<const std::string_view> columns) const {
  std::string text;
  for (auto column : columns)
    text.append(text.empty() ? "ON DUPLICATE KEY UPDATE " : ", ")
        .append(column)
        .append(" = VALUES(")
        .append(column)
        .append(")");
  return text;
}

mysql_statement& mysql_session::statement_for_ids(std::string_view sql,
                                                  std::vector<sql_value>& values,
                                                  std::span<const sql_value>& ids) {
  constexpr std::string_view marker = "{ids}";
  const auto size = ids_of_statement(ids.size());
  const auto taken = std::min(size, ids.size());
  values.insert(values.end(), ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(taken));
  values.insert(values.end(), size - taken, ids[taken - 1]);
  ids = ids.subspan(taken);
  std::string text(sql);
  return statement(text.replace(text.find(marker), marker.size(), placeholders(size)));
}

std::int64_t mysql_session::execute_in(std::string_view sql, std::span<const sql_value> first,
                                       std::span<const sql_value> ids) {
  std::int64_t changed = 0;
  while (!ids.empty()) {
    std::vector<sql_value> values(first.begin(), first.end());
    changed += statement_for_ids(sql, values, ids).execute(values);
  }
  return changed;
}

void mysql_session::query_in(std::string_view sql, std::span<const sql_value> first,
                             std::span<const sql_value> ids, const row_handler& row) {
  while (!ids.empty()) {
    std::vector<sql_value> values(first.begin(), first.end());
    statement_for_ids(sql, values, ids).query(values, row);
  }
}

std::int64_t mysql_session::number() const {
  return static_cast<std::int64_t>(mysql_thread_id(connection_->handle()));
}

bool mysql_session::is_direct() {
  // ProxySQL answers the bare "SELECT CONNECTION_ID()" itself.
  if (!direct_)
    query("SELECT CONNECTION_ID() AS connection_of_the_server", {},
          [&](const sql_row& row) { direct_ = row.integer(0) == number(); });
  return direct_.value_or(false);
}

void mysql_session::mark(node_id node) {
  if (std::exchange(asked_for_mark_, true) || !is_direct()) return;
  mark_ = mysql_marks::take(*this, node, number());
}

bool mysql_session::kill(std::int64_t connection) {
  constexpr unsigned no_such_connection = 1094, not_ours = 1095;
  // MySQL prepares no KILL.
  const auto sql = "KILL " + std::to_string(connection);
  auto* handle = connection_->handle();
  if (mysql_real_query(handle, sql.data(), sql.size()) == 0) return true;
  const auto code = mysql_errno(handle);
  if (code != no_such_connection && code != not_ours) fail_mysql(code, mysql_error(handle));
  return false;
}

void mysql_session::end(const session_mark& mark) {
  if (is_direct() && mark.connection != number() && mysql_marks::still_there(*this, mark))
    kill(mark.connection);
}

int mysql_session::end_connections_of(node_id node) {
  int ended = 0;
  if (!is_direct()) return ended;
  for (const auto connection : mysql_marks::find(*this, node))
    if (connection != number() && kill(connection)) ++ended;
  return ended;
}

std::string mysql_session::lock_holders() { return mysql_marks::lock_holders(*this); }

time_point mysql_session::now() {
  time_point now;
  query("SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(6))", {},
        [&](const sql_row& row) { now = row.time(0); });
  return now;
}

database_failure mysql_session::failure_of(std::exception_ptr error) const {
  try {
    std::rethrow_exception(error);
  } catch (const database_failure& failure) {
    return failure;
  } catch (const odb::mysql::database_exception& e) {
    return mysql_failure(e.error(), e.message());
  } catch (const odb::connection_lost& e) {
    return {failure_kind::connection, 0, std::string("MySQL: ") + e.what()};
  } catch (const odb::recoverable& e) {
    return {failure_kind::transient, 0, std::string("MySQL: ") + e.what()};
  } catch (const odb::object_already_persistent& e) {
    return {failure_kind::data, 0, e.what()};
  } catch (const std::exception& e) {
    return {failure_kind::connection, 0, e.what()};
  }
}

}  // namespace postrider::persistence
