#pragma once

#include "persistence/access.hpp"
#include "persistence/model.hpp"
#include "persistence/sql/database_failure.hpp"

#include <chrono>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace odb {
class database;
class transaction;
}  // namespace odb

/// The one seam between the ledger and the two databases: one connection that runs statements on
/// many rows at once. INTERNAL to persistence/.
///
/// ODB loads objects and makes the schema; its `persist` costs a round trip for each row, which
/// MariaDB answers 6,000 times a second. The statements of the hot path therefore run natively, on
/// the connection that ODB holds, inside the same ODB transaction.
namespace postrider::persistence {

struct sql_blob {
  std::string_view bytes;
};

/// A parameter. Text and bytes are not copied: they must outlive the statement's execution.
using sql_value = std::variant<std::monostate, std::int64_t, std::string_view, sql_blob>;

/// The parameters of one statement, row by row; owns what was made for them only.
class sql_values {
 public:
  sql_values& add(std::int64_t value) { return values_.emplace_back(value), *this; }
  sql_values& add(std::string_view text) { return values_.emplace_back(text), *this; }
  sql_values& add(const message_id& id) { return add_bytes(id.bytes); }
  sql_values& add(const hash& value) { return add_bytes(value); }
  sql_values& add(time_point time) { return add(time.time_since_epoch().count()); }
  sql_values& add(const std::optional<time_point>& time) {
    if (time) return add(*time);
    return values_.emplace_back(std::monostate{}), *this;
  }
  /// 0 as NULL.
  sql_values& add_or_null(std::int64_t value) {
    return value != 0 ? add(value) : (values_.emplace_back(std::monostate{}), *this);
  }
  sql_values& add_or_null(const std::optional<bool>& flag) {
    return flag ? add(std::int64_t{*flag}) : (values_.emplace_back(std::monostate{}), *this);
  }
  sql_values& own(std::string text) {
    return add(std::string_view(owned_.emplace_back(std::move(text))));
  }
  template <class Enum>
  requires std::is_enum_v<Enum> sql_values& add(Enum value) {
    return add(static_cast<std::int64_t>(value));
  }

  operator std::span<const sql_value>() const { return values_; }
  bool empty() const { return values_.empty(); }
  std::size_t size() const { return values_.size(); }
  void reserve(std::size_t n) { values_.reserve(n); }

 private:
  sql_values& add_bytes(std::span<const std::uint8_t> bytes) {
    values_.emplace_back(sql_blob{{reinterpret_cast<const char*>(bytes.data()), bytes.size()}});
    return *this;
  }

  std::vector<sql_value> values_;
  std::deque<std::string> owned_;
};

/// One row of an answer; views end with the next row.
class sql_row {
 public:
  virtual bool null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;
  virtual std::string_view text(int column) const = 0;

  template <class Int>
  Int as(int column) const {
    return static_cast<Int>(integer(column));
  }
  time_point time(int column) const {
    return time_point(std::chrono::microseconds(integer(column)));
  }
  std::optional<time_point> optional_time(int column) const {
    return null(column) ? std::nullopt : std::optional(time(column));
  }
  std::optional<bool> optional_flag(int column) const {
    return null(column) ? std::nullopt : std::optional(integer(column) != 0);
  }

 protected:
  ~sql_row() = default;
};

using row_handler = std::function<void(const sql_row&)>;

/// Differences in the text of a statement.
struct sql_dialect {
  std::string_view for_update, for_share;
  /// Empty where the server does not skip (SQLite has one writer anyway): claims are optimistic
  /// then.
  std::string_view skip_locked;
  /// Before and after an index's name: that index or an error, never a scan.
  std::string_view use_index, use_index_end;
  /// For statements that find rows by id: on a small table MySQL would rather scan it, and lock.
  std::string_view use_primary;
  /// After an INSERT into a table with a column `created_at`: a row that breaks a unique index is
  /// passed over, and locked.
  std::string_view keep_existing;
  /// A function: the number of elements of a JSON array.
  std::string_view json_length;

  std::string index(std::string_view name) const {
    return std::string(use_index).append(name).append(use_index_end);
  }
};

/// By what others find a connection on the server; see sql_session::mark().
struct session_mark {
  node_id node = 0;
  /// Among the marks of that node.
  int slot = 0;
  /// The server's number of the connection.
  std::int64_t connection = 0;
};

class sql_session {
 public:
  virtual ~sql_session() = default;

  virtual const sql_dialect& dialect() const = 0;
  /// True when the server may have several writers and SKIP LOCKED does not skip.
  virtual bool claims_optimistically() const { return false; }
  virtual odb::database& odb_database() = 0;

  /// A write transaction holds its lock from the start (SQLite) and sees what others committed
  /// before each statement (MySQL); a read transaction sees one moment and blocks nobody. `schema`
  /// is a write transaction that creates or changes tables, which MySQL commits by themselves.
  enum class access { read, write, schema };
  /// The transaction rolls back unless it is committed by `commit`.
  virtual std::unique_ptr<odb::transaction> begin(access mode) = 0;
  /// Commits all that was done since `begin`. Throws a transient failure, with nothing committed,
  /// when the server gave up a part of it on the way.
  virtual void commit(odb::transaction& transaction) = 0;
  /// From now on a statement waits no longer than this for a lock that somebody else holds.
  virtual void wait_at_most(std::chrono::milliseconds limit) = 0;
  /// Waits no longer for locks; a statement may still take as long as `wait_at_most` said.
  virtual void wait_for_locks_at_most(std::chrono::milliseconds limit) { wait_at_most(limit); }

  /// One statement; answers the number of rows it changed.
  virtual std::int64_t execute(std::string_view sql, std::span<const sql_value> values = {}) = 0;
  virtual void query(std::string_view sql, std::span<const sql_value> values,
                     const row_handler& row) = 0;

  /// `values` holds rows of `columns` values each. `insert` is an INSERT up to its column list,
  /// `upsert` what upsert_clause() answered, or empty.
  virtual void insert_rows(std::string_view insert, std::size_t columns,
                           std::span<const sql_value> values, std::string_view upsert = {}) = 0;
  /// The clause that makes an INSERT over an existing id change these columns instead.
  virtual std::string upsert_clause(std::span<const std::string_view> columns) const = 0;

  /// A statement with "{ids}" as its last parameters, in "... id IN ({ids})"; `first` come before.
  virtual std::int64_t execute_in(std::string_view sql, std::span<const sql_value> first,
                                  std::span<const sql_value> ids) = 0;
  virtual void query_in(std::string_view sql, std::span<const sql_value> first,
                        std::span<const sql_value> ids, const row_handler& row) = 0;

  // A connection whose process is frozen or whose network is gone keeps its locks as long as the
  // server keeps it. The next four are for that; SQLite has no such connections.

  /// Marks this connection as one of that node's, once. The mark ends with the connection.
  virtual void mark(node_id) {}
  virtual std::optional<session_mark> marked() const { return std::nullopt; }
  /// Ends that connection if it is still there.
  virtual void end(const session_mark&) {}
  /// Ends all connections that are marked with that node; answers how many.
  virtual int end_connections_of(node_id) { return 0; }
  /// The sessions that may hold a lock which was waited for in vain, for the log.
  virtual std::string lock_holders() { return {}; }

  /// The clock by which leases run.
  virtual time_point now() = 0;

  /// Translates what was thrown between begin and commit, by ODB too, into a database_failure.
  virtual database_failure failure_of(std::exception_ptr error) const = 0;
};

}  // namespace postrider::persistence
