#include "persistence/sql/sqlite_dialect.hpp"

#include "persistence/sql/sqlite_room.hpp"

#include <odb/exceptions.hxx>
#include <odb/sqlite/exceptions.hxx>
#include <odb/transaction.hxx>

#include <utility>

namespace postrider::persistence {
namespace {

failure_kind kind_of(int code) {
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return failure_kind::locked;
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH: return failure_kind::data;
    case SQLITE_READONLY: return failure_kind::unavailable;
    case SQLITE_FULL: return failure_kind::full;
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return failure_kind::storage;
    default: return failure_kind::connection;
  }
}

/// SQLite calls a file that may not grow an I/O error, and its sync of a full disk too.
bool has_no_room(const char* path) {
  try {
    if (path && *path) check_room_beside(path);
    return false;
  } catch (const database_failure& failure) {
    return failure.kind() == failure_kind::full;
  }
}

std::string advice_on(int code, failure_kind kind) {
  switch (code & 0xFF) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
      return kind == failure_kind::full
                 ? "make room on the disk of the database, or raise the quota or size limit"
                 : "the disk or its file system fails: look into the kernel's log (dmesg)";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "the file is damaged: restore a backup, or save what is left with the command "
             "\"sqlite3 FILE .recover\"";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return "check who owns the file and its folder, whether the file system is mounted "
             "read-only, and the limit of open files";
    default: return "check database.url";
  }
}

[[noreturn]] void fail(sqlite3* handle) {
  throw sqlite_failure(sqlite3_extended_errcode(handle), sqlite3_errmsg(handle), handle);
}

struct binder {
  sqlite3_stmt* statement;
  int position;
  int operator()(std::monostate) const { return sqlite3_bind_null(statement, position); }
  int operator()(std::int64_t value) const {
    return sqlite3_bind_int64(statement, position, value);
  }
  int operator()(std::string_view text) const {
    // A null pointer would bind NULL; an empty view may have one.
    return sqlite3_bind_text64(statement, position, text.data() ? text.data() : "", text.size(),
                               SQLITE_STATIC, SQLITE_UTF8);
  }
  int operator()(sql_blob blob) const {
    return sqlite3_bind_blob64(statement, position, blob.bytes.data(), blob.bytes.size(),
                               SQLITE_STATIC);
  }
};

void bind(sqlite3_stmt* statement, int position, const sql_value& value) {
  if (std::visit(binder{statement, position}, value) != SQLITE_OK)
    fail(sqlite3_db_handle(statement));
}

class sqlite_row final : public sql_row {
 public:
  explicit sqlite_row(sqlite3_stmt* statement) : statement_(statement) {}
  bool null(int column) const override {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }
  std::int64_t integer(int column) const override {
    return sqlite3_column_int64(statement_, column);
  }
  std::string_view text(int column) const override {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return bytes ? std::string_view(bytes, size) : std::string_view();
  }

 private:
  sqlite3_stmt* statement_;
};

/// "... IN ({ids})" for one id at a time: an equality on the primary key.
std::string for_one_id(std::string_view sql) {
  std::string text(sql);
  constexpr std::string_view marker = "{ids}";
  return text.replace(text.find(marker), marker.size(), "?");
}

/// A statement of several rows opens the table and its indexes once; with more rows than this it
/// gains nothing.
constexpr std::size_t rows_of_statement = 16;

/// "OR FAIL": what breaks a constraint leaves the rows before it, and the transaction rolls back
/// anyway. Otherwise SQLite would keep a journal for each statement of several rows.
std::string insert_statement(std::string_view insert, std::size_t rows, std::size_t columns,
                             std::string_view upsert) {
  std::string text(insert);
  constexpr std::string_view verb = "INSERT";
  text.insert(text.find(verb) + verb.size(), " OR FAIL");
  for (std::size_t row = 0; row < rows; ++row) {
    text += row == 0 ? " VALUES (?" : ",(?";
    for (std::size_t i = 1; i < columns; ++i)
      text += ",?";
    text += ')';
  }
  return text.append(" ").append(upsert);
}

}  // namespace

database_failure sqlite_failure(int code, const std::string& message, sqlite3* handle) {
  auto kind = kind_of(code);
  const char* path = handle ? sqlite3_db_filename(handle, "main") : nullptr;
  if ((code & 0xFF) == SQLITE_IOERR && has_no_room(path)) kind = failure_kind::full;
  std::string text = "SQLite: " + message;
  if (path && (kind == failure_kind::full || kind == failure_kind::storage))
    text += std::string(", ") + path;
  return {kind, code, text, advice_on(code, kind)};
}

sqlite_session::sqlite_session(std::shared_ptr<odb::sqlite::database> database,
                               odb::sqlite::connection_ptr connection,
                               std::function<time_point()> clock)
    : database_(std::move(database)), connection_(connection), clock_(std::move(clock)) {}

sqlite_session::~sqlite_session() {
  for (const auto& [sql, statement] : statements_)
    sqlite3_finalize(statement);
}

const sql_dialect& sqlite_session::dialect() const {
  static const sql_dialect dialect{.for_update = "",
                                   .for_share = "",
                                   .skip_locked = "",
                                   .use_index = " INDEXED BY ",
                                   .use_index_end = "",
                                   .use_primary = "",
                                   .keep_existing = "ON CONFLICT DO NOTHING",
                                   .json_length = "json_array_length"};
  return dialect;
}

std::unique_ptr<odb::transaction> sqlite_session::begin(access mode) {
  // A deferred transaction that turns into a writing one can fail at once, whatever the timeout.
  return std::make_unique<odb::transaction>(mode == access::read ? connection_->begin()
                                                                 : connection_->begin_immediate());
}

void sqlite_session::commit(odb::transaction& transaction) { transaction.commit(); }

void sqlite_session::wait_at_most(std::chrono::milliseconds limit) {
  sqlite3_busy_timeout(connection_->handle(), static_cast<int>(limit.count()));
}

sqlite3_stmt* sqlite_session::statement(std::string_view sql) {
  const auto known = statements_.find(sql);
  if (known != statements_.end()) return known->second;
  sqlite3_stmt* made = nullptr;
  if (sqlite3_prepare_v3(connection_->handle(), sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &made, nullptr) != SQLITE_OK)
    fail(connection_->handle());
  statements_.emplace(sql, made);
  return made;
}

void sqlite_session::run(sqlite3_stmt* statement, const row_handler* row) {
  struct reset_at_end {
    sqlite3_stmt* statement;
    ~reset_at_end() { sqlite3_reset(statement); }
  } reset{statement};
  const sqlite_row view(statement);
  int code;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW)
    if (row) (*row)(view);
  if (code != SQLITE_DONE) fail(connection_->handle());
}

std::int64_t sqlite_session::execute(std::string_view sql, std::span<const sql_value> values) {
  auto* prepared = statement(sql);
  for (std::size_t i = 0; i < values.size(); ++i)
    bind(prepared, static_cast<int>(i) + 1, values[i]);
  run(prepared, nullptr);
  return sqlite3_changes(connection_->handle());
}

void sqlite_session::query(std::string_view sql, std::span<const sql_value> values,
                           const row_handler& row) {
  auto* prepared = statement(sql);
  for (std::size_t i = 0; i < values.size(); ++i)
    bind(prepared, static_cast<int>(i) + 1, values[i]);
  run(prepared, &row);
}

void sqlite_session::insert_rows(std::string_view insert, std::size_t columns,
                                 std::span<const sql_value> values, std::string_view upsert) {
  for (const auto rows : {rows_of_statement, std::size_t{1}}) {
    const auto count = rows * columns;
    if (values.size() < count) continue;
    auto* prepared = statement(insert_statement(insert, rows, columns, upsert));
    for (; values.size() >= count; values = values.subspan(count)) {
      for (std::size_t i = 0; i < count; ++i)
        bind(prepared, static_cast<int>(i) + 1, values[i]);
      run(prepared, nullptr);
    }
  }
}

std::string sqlite_session::upsert_clause(std::span<const std::string_view> columns) const {
  std::string text;
  for (auto column : columns)
    text.append(text.empty() ? "ON CONFLICT(id) DO UPDATE SET " : ", ")
        .append(column)
        .append(" = excluded.")
        .append(column);
  return text;
}

std::int64_t sqlite_session::execute_in(std::string_view sql, std::span<const sql_value> first,
                                        std::span<const sql_value> ids) {
  auto* prepared = statement(for_one_id(sql));
  for (std::size_t i = 0; i < first.size(); ++i)
    bind(prepared, static_cast<int>(i) + 1, first[i]);
  std::int64_t changed = 0;
  for (const auto& id : ids) {
    bind(prepared, static_cast<int>(first.size()) + 1, id);
    run(prepared, nullptr);
    changed += sqlite3_changes(connection_->handle());
  }
  return changed;
}

void sqlite_session::query_in(std::string_view sql, std::span<const sql_value> first,
                              std::span<const sql_value> ids, const row_handler& row) {
  auto* prepared = statement(for_one_id(sql));
  for (std::size_t i = 0; i < first.size(); ++i)
    bind(prepared, static_cast<int>(i) + 1, first[i]);
  for (const auto& id : ids) {
    bind(prepared, static_cast<int>(first.size()) + 1, id);
    run(prepared, &row);
  }
}

database_failure sqlite_session::failure_of(std::exception_ptr error) const {
  try {
    std::rethrow_exception(error);
  } catch (const database_failure& failure) {
    return failure;
  } catch (const odb::sqlite::database_exception& e) {
    return sqlite_failure(e.extended_error(), e.message(), connection_->handle());
  } catch (const odb::timeout&) {
    return {failure_kind::locked, SQLITE_BUSY, "SQLite: database is locked"};
  } catch (const odb::recoverable& e) {
    return {failure_kind::transient, 0, e.what()};
  } catch (const odb::object_already_persistent& e) {
    return {failure_kind::data, 0, e.what()};
  } catch (const std::exception& e) {
    return {failure_kind::connection, 0, e.what()};
  }
}

}  // namespace postrider::persistence
