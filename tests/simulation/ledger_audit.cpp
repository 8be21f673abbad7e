#include "tests/simulation/ledger_audit.hpp"

#include <fmt/core.h>
#include <sqlite3.h>

#include <cstring>
#include <optional>
#include <stdexcept>

namespace postrider::tests {

namespace {

using namespace persistence;

constexpr std::int32_t max_violations = 5;
/// That a check answers.
constexpr int most_columns = 2;
constexpr sql_dialect dialect{.use_index = " INDEXED BY ", .json_length = "json_array_length"};

/// The connection that the ledger opened last; its interface does not show it.
sqlite3* newest_connection = nullptr;

int remember_connection(sqlite3* handle, const char**, const sqlite3_api_routines*) {
  newest_connection = handle;
  return SQLITE_OK;
}

using extension_entry = void (*)();

constexpr std::string_view columns =
    "id, message_id, recipient_no, chain_no, retry_count, status, error_code, possible_duplicate,"
    " expires_at, completed_at, superseded_by, receipt, provider_id, first_due_at";

std::string both_tables(std::string_view condition) {
  std::string sql;
  for (const auto* table : {"main.message_transaction", "main.message_transaction_history"})
    sql.append(sql.empty() ? "SELECT " : " UNION ALL SELECT ")
        .append(columns)
        .append(std::strcmp(table, "main.message_transaction") == 0 ? ", 1 AS live" : ", 0")
        .append(" FROM ")
        .append(table)
        .append(condition);
  return sql;
}

/// A day lives on one thread, and the checks open many small temporary tables: without locks and
/// statistics, and without 80 KiB of zeroed memory at once for each of those tables, SQLite needs
/// a fifth less time.
void make_sqlite_light() {
  static const bool done = sqlite3_config(SQLITE_CONFIG_PAGECACHE, nullptr, 0, 0) == SQLITE_OK &&
                           sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK &&
                           sqlite3_config(SQLITE_CONFIG_SINGLETHREAD) == SQLITE_OK;
  if (!done) throw std::runtime_error("SQLite was used before the simulation");
}

/// A trigger for each way in which a row of `table` can change.
std::string triggers_on(const std::string& table, const std::string& id) {
  std::string sql;
  for (const std::string what : {"INSERT", "UPDATE", "DELETE"})
    sql += "CREATE TEMP TRIGGER " + what + "_" + table + " AFTER " + what + " ON main." + table +
           " BEGIN INSERT INTO touched VALUES (" + (what == "DELETE" ? "OLD." : "NEW.") + id +
           "); END;";
  return sql;
}

/// Rows that the checks need beside the transactions of a message: nodes that come and go, and
/// outcomes that came late. Not the leases, which are renewed all day.
constexpr const char* other_triggers =
    "CREATE TEMP TRIGGER node_comes AFTER INSERT ON main.node"
    " BEGIN INSERT INTO touched VALUES (NULL); END;"
    "CREATE TEMP TRIGGER node_goes AFTER DELETE ON main.node"
    " BEGIN INSERT INTO touched VALUES (NULL); END;"
    "CREATE TEMP TRIGGER node_ends AFTER UPDATE OF alive ON main.node WHEN OLD.alive <> NEW.alive"
    " BEGIN INSERT INTO touched VALUES (NULL); END;"
    "CREATE TEMP TRIGGER late_comes AFTER INSERT ON main.late_outcome"
    " BEGIN INSERT INTO touched VALUES (NULL); END;"
    "CREATE TEMP TRIGGER late_waits AFTER UPDATE ON main.late_outcome"
    " BEGIN INSERT INTO touched VALUES (NULL); END;";

/// The tables as the questions name them, with the rows of touched messages only.
std::string only_touched() {
  const std::string touched = " IN (SELECT message_id FROM temp.touched))";
  return "WITH message AS (SELECT * FROM main.message WHERE id" + touched +
         ", message_transaction AS (SELECT * FROM main.message_transaction WHERE message_id" +
         touched +
         ", message_transaction_history AS (SELECT * FROM main.message_transaction_history WHERE "
         "message_id" +
         touched + " ";
}

/// One question of several: each row begins with the number of the check whose violation it is.
void add_question(std::string& sql, std::size_t number, const invariant_check& check) {
  if (!sql.empty()) sql += " UNION ALL ";
  sql += "SELECT " + std::to_string(number) + ", *";
  for (int i = check.columns; i < most_columns; ++i)
    sql += ", NULL";
  sql += " FROM (" + check.sql + ")";
}

class statement_row final : public sql_row {
 public:
  explicit statement_row(sqlite3_stmt* statement, int first_column = 0)
      : statement_(statement), first_(first_column) {}
  bool null(int column) const override {
    return sqlite3_column_type(statement_, first_ + column) == SQLITE_NULL;
  }
  std::int64_t integer(int column) const override {
    return sqlite3_column_int64(statement_, first_ + column);
  }
  std::string_view text(int column) const override {
    const auto at = first_ + column;
    if (sqlite3_column_type(statement_, at) == SQLITE_INTEGER) return {};
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, at));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, at));
    return bytes ? std::string_view(bytes, size) : std::string_view();
  }

 private:
  sqlite3_stmt* statement_;
  int first_;
};

audited_row to_row(const sql_row& from) {
  audited_row row;
  row.id = from.integer(0);
  const auto id = from.text(1);
  std::memcpy(row.message.bytes.data(), id.data(), std::min(id.size(), row.message.bytes.size()));
  row.recipient_no = from.as<std::int32_t>(2);
  row.chain_no = from.as<std::int32_t>(3);
  row.retry_count = from.as<std::int32_t>(4);
  row.status = from.as<persistence::transaction_status>(5);
  row.error = from.as<error_code>(6);
  row.possible_duplicate = from.integer(7) != 0;
  row.expires_at = from.optional_time(8);
  row.completed_at = from.optional_time(9);
  row.superseded_by = from.integer(10);
  row.receipt = from.as<persistence::receipt>(11);
  row.provider = from.as<persistence::provider_id>(12);
  row.first_due = from.time(13);
  row.live = from.integer(14) != 0;
  return row;
}

}  // namespace

std::string text_of(const audited_row& row) {
  return fmt::format("; {} chain {} retry {} {} '{}' receipt {} superseded by {}{}{}", row.id,
                     row.chain_no, row.retry_count, to_string(row.status), to_string(row.error),
                     to_string(row.receipt), row.superseded_by,
                     row.possible_duplicate ? " possible duplicate" : "", row.live ? " live" : "");
}

std::string text_of(const std::vector<audited_row>& rows) {
  std::string text;
  for (const auto& row : rows)
    text += text_of(row);
  return text;
}

std::unique_ptr<ledger_audit> ledger_audit::open(database_settings settings) {
  return std::unique_ptr<ledger_audit>(new ledger_audit(std::move(settings)));
}

ledger_audit::ledger_audit(database_settings settings) {
  make_sqlite_light();
  const auto entry = reinterpret_cast<extension_entry>(&remember_connection);
  sqlite3_auto_extension(entry);
  ledger_ = std::move(*open_database(std::move(settings)));
  sqlite3_cancel_auto_extension(entry);
  handle_ = newest_connection;
  if (!ledger_->migrate()) throw std::runtime_error("the schema cannot be made");
  queries_ = ledger_->open_queries();
  // For joins without an index SQLite would build one each time, with a filter of a megabyte.
  execute("PRAGMA automatic_index = OFF; CREATE TEMP TABLE touched(message_id);");
  execute("CREATE TEMP TABLE deleted AS SELECT * FROM (" + both_tables("") +
          ") LIMIT 0;"
          "CREATE INDEX temp.deleted_by_message ON deleted(message_id);");
  execute(triggers_on("message", "id") + triggers_on("message_transaction", "message_id") +
          triggers_on("message_transaction_history", "message_id") + other_triggers);
  execute(
      "CREATE TEMP TRIGGER keep_deleted BEFORE DELETE ON main.message BEGIN INSERT INTO deleted " +
      both_tables(" WHERE message_id = OLD.id") + "; END");
  checks_ = invariant_checks(dialect);
  std::string of_messages, of_all;
  for (std::size_t i = 0; i < checks_.size(); ++i) {
    const auto& sql = checks_[i].sql;
    const bool of_one =
        sql.find("JOIN node") == std::string::npos && sql.find("late_outcome") == std::string::npos;
    add_question(of_one ? of_messages : of_all, i, checks_[i]);
  }
  of_messages_ = only_touched() + of_messages;
  of_all_ = of_all;
}

ledger_audit::~ledger_audit() {
  for (const auto& [sql, statement] : statements_)
    sqlite3_finalize(statement);
}

void ledger_audit::execute(const std::string& sql) {
  char* text = nullptr;
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, &text) == SQLITE_OK) return;
  const std::string why = text ? text : "";
  sqlite3_free(text);
  throw std::runtime_error(why + ": " + sql);
}

sqlite3_stmt* ledger_audit::prepared(const std::string& sql) {
  auto& statement = statements_[sql];
  if (!statement && sqlite3_prepare_v3(handle_, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT,
                                       &statement, nullptr) != SQLITE_OK)
    throw std::runtime_error(std::string(sqlite3_errmsg(handle_)) + ": " + sql);
  return statement;
}

std::vector<audited_row> ledger_audit::read(sqlite3_stmt* statement) {
  std::vector<audited_row> rows;
  while (sqlite3_step(statement) == SQLITE_ROW)
    rows.push_back(to_row(statement_row(statement)));
  sqlite3_reset(statement);
  return rows;
}

std::int64_t ledger_audit::number(const std::string& sql) {
  auto* statement = prepared(sql);
  const auto value = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
  sqlite3_reset(statement);
  return value;
}

void ledger_audit::ask(const std::string& sql, std::vector<std::string>& found) {
  auto* statement = prepared(sql);
  int code;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    const auto& check = checks_[static_cast<std::size_t>(sqlite3_column_int(statement, 0))];
    found.push_back("invariant " + std::to_string(check.invariant) + ": " +
                    detail_of(check, statement_row(statement, 1)));
  }
  sqlite3_reset(statement);
  if (code != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(handle_));
}

/// All at once: a commit changes few messages.
template <class Row, class Read>
ordered_rows<Row> ledger_audit::touched(std::string sql, Read read) {
  return ordered_rows<Row>([this, sql = std::move(sql), read, done = false](auto& page) mutable {
    if (std::exchange(done, true)) return;
    auto* statement = prepared(sql);
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
      page.push_back(read(statement_row(statement)));
    sqlite3_reset(statement);
    if (code != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(handle_));
  });
}

void ledger_audit::check_touched_messages(std::vector<std::string>& found) {
  const auto rows = [&](bool archived) {
    return touched<checked_row>(
        "SELECT " + std::string(checked_columns(archived)) + " FROM main.message_transaction" +
            (archived ? "_history" : "") +
            " WHERE message_id IN (SELECT message_id FROM temp.touched) ORDER BY message_id",
        [archived](const sql_row& row) { return read_checked_row(row, archived); });
  };
  auto messages = touched<checked_message>(
      "SELECT " + checked_message_columns(dialect) +
          " FROM main.message WHERE id IN (SELECT message_id FROM temp.touched) ORDER BY id",
      read_checked_message);
  auto live = rows(false), archived = rows(true);
  std::vector<violation> violations;
  message_invariants invariants(violations, max_violations,
                                [&](transaction_id id) { return find(id).has_value(); });
  check_messages(messages, live, archived, invariants);
  for (const auto& one : violations)
    found.push_back("invariant " + std::to_string(one.invariant) + ": " + one.detail);
}

std::vector<std::string> ledger_audit::verify_changes() {
  std::vector<std::string> found;
  if (number("SELECT EXISTS (SELECT 1 FROM temp.touched)") == 0) return found;
  ask(of_all_, found);
  ask(of_messages_, found);
  check_touched_messages(found);
  number("DELETE FROM temp.touched");
  return found;
}

std::vector<std::string> ledger_audit::verify_all() {
  const auto broken = queries_->verify(max_violations);
  if (!broken) return {"the ledger cannot be verified: " + broken.error().message};
  std::vector<std::string> found;
  for (const auto& one : broken->violations)
    found.push_back("invariant " + std::to_string(one.invariant) + ": " + one.detail);
  return found;
}

std::vector<audited_row> ledger_audit::rows_of(const message_id& message) {
  static const auto sql = both_tables(" WHERE message_id = ?1") + " UNION ALL SELECT " +
                          std::string(columns) + ", live FROM temp.deleted WHERE message_id = ?1";
  auto* statement = prepared(sql);
  sqlite3_bind_blob(statement, 1, message.bytes.data(), static_cast<int>(message.bytes.size()),
                    SQLITE_STATIC);
  return read(statement);
}

std::optional<audited_row> ledger_audit::find(transaction_id id) {
  static const auto sql = both_tables(" WHERE id = ?1") + " UNION ALL SELECT " +
                          std::string(columns) + ", live FROM temp.deleted WHERE id = ?1";
  auto* statement = prepared(sql);
  sqlite3_bind_int64(statement, 1, id);
  const auto rows = read(statement);
  return rows.empty() ? std::nullopt : std::optional(rows.front());
}

bool ledger_audit::was_deleted(const message_id& message) {
  auto* statement = prepared("SELECT 1 FROM temp.deleted WHERE message_id = ?");
  sqlite3_bind_blob(statement, 1, message.bytes.data(), static_cast<int>(message.bytes.size()),
                    SQLITE_STATIC);
  const bool found = sqlite3_step(statement) == SQLITE_ROW;
  sqlite3_reset(statement);
  return found;
}

std::vector<audited_row> ledger_audit::deleted_since() {
  auto* statement = prepared("SELECT " + std::string(columns) +
                             ", live FROM temp.deleted WHERE rowid > ? ORDER BY rowid");
  sqlite3_bind_int64(statement, 1, deleted_seen_);
  auto rows = read(statement);
  deleted_seen_ += static_cast<std::int64_t>(rows.size());
  return rows;
}

std::vector<audited_row> ledger_audit::live_rows() {
  return read(
      prepared("SELECT " + std::string(columns) + ", 1 FROM main.message_transaction LIMIT 10"));
}

std::vector<audited_row> ledger_audit::free_rows(time_point due) {
  static const std::string sql =
      "SELECT " + std::string(columns) +
      ", 1, attempts = '' AND due_at <= created_at AND EXISTS (SELECT 1 FROM main.message AS m "
      "WHERE m.id = message_id AND"
      " m.fallback = 1 AND m.is_test = 0) AND NOT EXISTS (SELECT 1 FROM main.user_provider AS u"
      " WHERE u.user_id = t.user_id)"
      " FROM main.message_transaction AS t WHERE owner = 0 AND due_at <= ?1";
  auto* statement = prepared(sql);
  sqlite3_bind_int64(statement, 1, due.time_since_epoch().count());
  std::vector<audited_row> rows;
  while (sqlite3_step(statement) == SQLITE_ROW) {
    rows.push_back(to_row(statement_row(statement)));
    rows.back().free_to_go = statement_row(statement).integer(15) != 0;
  }
  sqlite3_reset(statement);
  return rows;
}

std::size_t ledger_audit::waiting() {
  return static_cast<std::size_t>(number("SELECT COUNT(*) FROM main.message_transaction"));
}

}  // namespace postrider::tests
