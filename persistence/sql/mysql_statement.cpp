#include "persistence/sql/mysql_statement.hpp"

#include <charconv>

namespace postrider::persistence {
namespace {

MYSQL_BIND bound(enum_field_types type, const void* data, std::size_t size) {
  MYSQL_BIND bind{};
  bind.buffer_type = type;
  // The client library takes what it sends through the same pointer that it writes answers to.
  bind.buffer = const_cast<void*>(data);
  bind.buffer_length = size;
  return bind;
}

struct parameter {
  MYSQL_BIND operator()(std::monostate) const { return bound(MYSQL_TYPE_NULL, nullptr, 0); }
  MYSQL_BIND operator()(const std::int64_t& value) const {
    return bound(MYSQL_TYPE_LONGLONG, &value, sizeof value);
  }
  MYSQL_BIND operator()(const std::string_view& text) const {
    // A null pointer would be NULL; an empty view may have one.
    return bound(MYSQL_TYPE_STRING, text.data() ? text.data() : "", text.size());
  }
  MYSQL_BIND operator()(const sql_blob& blob) const {
    return bound(MYSQL_TYPE_BLOB, blob.bytes.data(), blob.bytes.size());
  }
};

bool is_integer(enum_field_types type) {
  return type == MYSQL_TYPE_TINY || type == MYSQL_TYPE_SHORT || type == MYSQL_TYPE_LONG ||
         type == MYSQL_TYPE_LONGLONG || type == MYSQL_TYPE_INT24;
}

failure_kind kind_of_code(unsigned code) {
  switch (code) {
    case 1213:  // deadlock, or a lost certification on Galera
    case 1020:  // record has changed since last read
    case 1615:  // prepared statement needs to be prepared again
      return failure_kind::transient;
    case 1205:  // lock wait timeout; the transaction stays open until it is rolled back
    case 1969:  // max_statement_time
    case 3024:  // max_execution_time
      return failure_kind::locked;
    case 1048:  // column cannot be null
    case 1062:  // duplicate key
    case 1153:  // packet too large
    case 1264:  // out of range
    case 1265:  // data truncated
    case 1292:  // wrong value
    case 1300:  // invalid character string
    case 1366:  // incorrect string value
    case 1406:  // data too long
    case 3140:  // invalid JSON
    case 4025:  // a CHECK constraint (MariaDB)
    case 3819:  // the same (MySQL)
      return failure_kind::data;
    case 1021:  // disk full
    case 1114:  // table full: a tablespace that cannot grow
      return failure_kind::full;
    case 1026:  // error on write
    case 1030:  // an error of the storage engine
      return failure_kind::storage;
    case 1290:  // --read-only: a failover
    case 1792:  // read only transaction
    case 1836:  // read only mode
    case 1064:  // syntax: this program and this server do not fit together
    case 1146:  // no such table: the schema is missing
    case 1054:  // unknown column: an older schema
      return failure_kind::unavailable;
    default:
      // 2002, 2003, 2006, 2013, 2055, 1927, 1158 to 1161: gone. 1040, 1203, 1226, 1047, 1053, 1129,
      // 1045: not to be had. Whatever else there is, this connection is not trusted any more.
      return failure_kind::connection;
  }
}

}  // namespace

failure_kind mysql_failure_kind(unsigned code, std::string_view message) {
  const auto kind = kind_of_code(code);
  // Messages of these repeat values.
  if (kind == failure_kind::data || kind == failure_kind::transient) return kind;
  // The server's own code says which part of it met the full disk; the reason is in the text only.
  const bool full = message.find("No space left on device") != message.npos ||
                    message.find("Disk quota exceeded") != message.npos;
  return full ? failure_kind::full : kind;
}

database_failure mysql_failure(unsigned code, const std::string& message) {
  const auto kind = mysql_failure_kind(code, message);
  std::string advice;
  if (kind == failure_kind::full)
    advice = "make room on the disk of the database server, or raise the limit of its tablespace";
  if (kind == failure_kind::storage)
    advice = "the disk of the database server fails: look into its error log and its kernel's log";
  return {kind, static_cast<int>(code), "MySQL: " + message, advice};
}

void fail_mysql(unsigned code, const char* message) { throw mysql_failure(code, message); }

/// The rows of one execution. Integers are converted by the client library; everything else is
/// taken as bytes, into buffers that grow with the longest value seen.
class mysql_statement::answer final : public sql_row {
 public:
  explicit answer(MYSQL_STMT* statement) : statement_(statement) {
    auto* metadata = mysql_stmt_result_metadata(statement);
    columns_.resize(metadata ? mysql_num_fields(metadata) : 0);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      columns_[i].integer =
          is_integer(mysql_fetch_field_direct(metadata, static_cast<unsigned>(i))->type);
      if (!columns_[i].integer) columns_[i].bytes.resize(256);
    }
    if (metadata) mysql_free_result(metadata);
    bind();
  }

  /// False after the last row.
  bool next() {
    const int code = mysql_stmt_fetch(statement_);
    if (code == MYSQL_NO_DATA) return false;
    if (code == 1) fail_mysql(mysql_stmt_errno(statement_), mysql_stmt_error(statement_));
    bool grown = false;
    for (std::size_t i = 0; i < columns_.size(); ++i)
      grown |= complete(i);
    if (grown) bind();
    return true;
  }

  bool null(int index) const override { return columns_[index].null; }
  std::int64_t integer(int index) const override {
    const auto& c = columns_[index];
    if (c.null || c.integer) return c.null ? 0 : c.number;
    // Sums come as decimals.
    std::int64_t number = 0;
    std::from_chars(c.bytes.data(), c.bytes.data() + c.length, number);
    return number;
  }
  std::string_view text(int index) const override {
    const auto& c = columns_[index];
    return c.null || c.integer ? std::string_view() : std::string_view(c.bytes.data(), c.length);
  }

 private:
  struct column {
    bool integer = false;
    std::int64_t number = 0;
    std::string bytes;
    unsigned long length = 0;
    my_bool null = 0, truncated = 0;
  };

  void bind() {
    binds_.assign(columns_.size(), MYSQL_BIND{});
    for (std::size_t i = 0; i < columns_.size(); ++i)
      binds_[i] = bind_of(columns_[i]);
    if (!binds_.empty() && mysql_stmt_bind_result(statement_, binds_.data()) != 0)
      fail_mysql(mysql_stmt_errno(statement_), mysql_stmt_error(statement_));
  }

  static MYSQL_BIND bind_of(column& c) {
    auto bind = c.integer ? bound(MYSQL_TYPE_LONGLONG, &c.number, sizeof c.number)
                          : bound(MYSQL_TYPE_STRING, c.bytes.data(), c.bytes.size());
    bind.length = &c.length;
    bind.is_null = &c.null;
    bind.error = &c.truncated;
    return bind;
  }

  /// Fetches the whole of a value that was longer than its buffer.
  bool complete(std::size_t i) {
    auto& c = columns_[i];
    if (c.integer || c.null || c.length <= c.bytes.size()) return false;
    c.bytes.resize(c.length);
    auto bind = bind_of(c);
    if (mysql_stmt_fetch_column(statement_, &bind, static_cast<unsigned>(i), 0) != 0)
      fail_mysql(mysql_stmt_errno(statement_), mysql_stmt_error(statement_));
    return true;
  }

  MYSQL_STMT* statement_;
  std::vector<column> columns_;
  std::vector<MYSQL_BIND> binds_;
};

void run_mysql(MYSQL* handle, const std::string& sql) {
  if (mysql_real_query(handle, sql.data(), sql.size()) != 0)
    fail_mysql(mysql_errno(handle), mysql_error(handle));
}

mysql_statement::mysql_statement(MYSQL* connection, std::string_view sql)
    : statement_(mysql_stmt_init(connection)) {
  if (!statement_) fail_mysql(mysql_errno(connection), mysql_error(connection));
  if (mysql_stmt_prepare(statement_, sql.data(), sql.size()) != 0) {
    const auto code = mysql_stmt_errno(statement_);
    const std::string message = mysql_stmt_error(statement_);
    mysql_stmt_close(statement_);
    fail_mysql(code, message.c_str());
  }
}

mysql_statement::~mysql_statement() { mysql_stmt_close(statement_); }

void mysql_statement::fail() const {
  fail_mysql(mysql_stmt_errno(statement_), mysql_stmt_error(statement_));
}

std::int64_t mysql_statement::execute(std::span<const sql_value> values) {
  parameters_.clear();
  for (const auto& value : values)
    parameters_.push_back(std::visit(parameter{}, value));
  if (!parameters_.empty() && mysql_stmt_bind_param(statement_, parameters_.data()) != 0) fail();
  if (mysql_stmt_execute(statement_) != 0) fail();
  return static_cast<std::int64_t>(mysql_stmt_affected_rows(statement_));
}

void mysql_statement::query(std::span<const sql_value> values, const row_handler& row) {
  execute(values);
  struct free_at_end {
    MYSQL_STMT* statement;
    ~free_at_end() { mysql_stmt_free_result(statement); }
  } free{statement_};
  answer rows(statement_);
  if (mysql_stmt_store_result(statement_) != 0) fail();
  while (rows.next())
    row(rows);
}

}  // namespace postrider::persistence
