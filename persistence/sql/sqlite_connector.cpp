#include "persistence/sql/connector.hpp"
#include "persistence/sql/sqlite_dialect.hpp"
#include "persistence/sql/sqlite_file.hpp"
#include "persistence/sql/sqlite_room.hpp"

#include <odb/sqlite/connection-factory.hxx>
#include <odb/sqlite/exceptions.hxx>

#include <utility>

namespace postrider::persistence {
namespace {

void run(sqlite3* handle, const std::string& statements) {
  if (sqlite3_exec(handle, statements.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    throw sqlite_failure(sqlite3_extended_errcode(handle), sqlite3_errmsg(handle), handle);
}

void run_pragmas(sqlite3* handle, const database_settings& settings) {
  const auto busy = std::to_string(settings.statement_timeout.count());
  const std::string pragmas =
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=" + busy +
      "; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY;"
      // 16 MiB: the hot pages, which are the newest ones.
      "PRAGMA cache_size=-16384; PRAGMA journal_size_limit=67108864;"
      // Every 16 MiB in place of 4: the same hot pages are copied into the file once for many
      // commits.
      "PRAGMA wal_autocheckpoint=4000;";
  run(handle, pragmas);
}

/// Counting its memory costs SQLite a lock for every allocation; without effect once a connection
/// was opened.
void count_no_memory() {
  static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(once);
}

time_point system_now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

class sqlite_connector final : public connector {
 public:
  sqlite_connector(const database_url& url, const database_settings& settings,
                   std::optional<sqlite_file> file)
      : file_(std::move(file)),
        settings_(settings),
        name_(url.path),
        path_(file_ ? file_->path() : url.path) {
    if (!settings_.clock) settings_.clock = system_now;
    // ODB shares the page cache between connections unless told otherwise; with that a reader locks
    // whole tables against the writer, WAL or not.
    constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_PRIVATECACHE;
    constexpr bool foreign_keys = true;
    database_ = std::make_shared<odb::sqlite::database>(
        path_, flags, foreign_keys, "", std::make_unique<odb::sqlite::new_connection_factory>());
    first_ = open();
    if (!file_) return;
    // Only who reads opens the log, or makes it.
    run(first_->handle(), "SELECT COUNT(*) FROM sqlite_master");
    file_->remember_log();
  }

  ~sqlite_connector() override {
    // The last connection deletes the log by its name, where another file may be by now.
    if (int keep = 1; file_ && file_->displaced())
      sqlite3_file_control(first_->handle(), "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
  }

  // SQLite bounds waiting for locks, not statements.
  std::unique_ptr<sql_session> connect(patience) override {
    check_storage();
    return std::make_unique<sqlite_session>(database_, file_ ? open() : first_, settings_.clock);
  }
  void check_storage() const override {
    if (!file_) return;
    if (auto displaced = file_->displaced())
      throw database_failure(failure_kind::storage, 0, *displaced);
  }
  void check_room() const override {
    if (file_) check_room_beside(path_);
  }
  bool exclusive() const override { return true; }
  std::vector<std::string> warnings() const override { return {}; }
  std::string description() const override {
    return std::string("SQLite ") + sqlite3_libversion() + ", " + (file_ ? name_ : "in memory");
  }

 private:
  odb::sqlite::connection_ptr open() {
    try {
      odb::sqlite::connection_ptr connection =
          static_cast<odb::sqlite::database&>(*database_).connection();
      run_pragmas(connection->handle(), settings_);
      return connection;
    } catch (const odb::sqlite::database_exception& e) {
      throw sqlite_failure(e.extended_error(), "cannot open " + path_ + ": " + e.message(),
                           nullptr);
    } catch (const odb::exception& e) {
      throw database_failure(failure_kind::connection, 0, "cannot open " + path_ + ": " + e.what());
    }
  }

  /// Nothing for a database in memory. The lock outlives every connection.
  std::optional<sqlite_file> file_;
  database_settings settings_;
  std::string name_, path_;
  std::shared_ptr<odb::sqlite::database> database_;
  /// A database in memory ends with its connection: all sessions share it. In a file it keeps the
  /// log, which ends with the last connection, the same file all the time.
  odb::sqlite::connection_ptr first_;
};

}  // namespace

result<std::unique_ptr<connector>> make_sqlite_connector(const database_url& url,
                                                         const database_settings& settings) {
  count_no_memory();
  std::optional<sqlite_file> file;
  if (url.kind == database_url::kind::sqlite_file) {
    auto taken = sqlite_file::take(url.path);
    if (!taken) return taken.error();
    file.emplace(std::move(*taken));
  }
  return std::make_unique<sqlite_connector>(url, settings, std::move(file));
}

}  // namespace postrider::persistence
