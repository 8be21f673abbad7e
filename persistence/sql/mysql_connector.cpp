#include "persistence/sql/connector.hpp"
#include "persistence/sql/mysql_dialect.hpp"

#include <odb/transaction.hxx>

#include <algorithm>

namespace postrider::persistence {
namespace {

using std::chrono::milliseconds;

struct close_mysql {
  void operator()(MYSQL* handle) const { mysql_close(handle); }
};
using mysql_handle = std::unique_ptr<MYSQL, close_mysql>;

unsigned whole_seconds(std::chrono::milliseconds time) {
  return static_cast<unsigned>(
      std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(time).count()));
}

bool is_mariadb(MYSQL* handle) {
  return std::string_view(mysql_get_server_info(handle)).find("MariaDB") != std::string_view::npos;
}

/// A session that is frozen or cut off inside a transaction is ended by the server after that: far
/// below any lease, far above the pauses of a process that lives.
constexpr std::chrono::seconds longest_idle_transaction{3};

class mysql_connector final : public connector {
 public:
  mysql_connector(const database_url& url, const database_settings& settings)
      : url_(url),
        settings_(settings),
        // Connections are made by connect() below, with timeouts, which ODB's own do not have.
        database_(std::make_shared<odb::mysql::database>(url.user, settings.password, url.name,
                                                         url.host, url.port, nullptr, "utf8mb4")) {
    const auto handle = open(settings_.statement_timeout);
    description_ = std::string(is_mariadb(handle.get()) ? "MariaDB " : "MySQL ") +
                   mysql_get_server_info(handle.get()) + " at " +
                   (url.socket.empty() ? url.host + ":" + std::to_string(url.port) : url.socket) +
                   ", database " + url.name;
  }

  std::unique_ptr<sql_session> connect(patience how_long) override {
    const milliseconds as_set = settings_.statement_timeout;
    const auto limit = how_long == patience::as_set
                           ? as_set
                           : std::max<milliseconds>(as_set, whole_tables_timeout);
    auto handle = open(limit);
    // Not where whole tables are worked through, which takes its time between statements.
    if (how_long == patience::as_set) bound_idle_time(handle.get());
    odb::mysql::connection_ptr connection(new (odb::details::shared)
                                              odb::mysql::connection(*database_, handle.get()));
    handle.release();
    return std::make_unique<mysql_session>(database_, std::move(connection), limit, server_);
  }

  std::vector<std::string> warnings() const override { return warnings_; }
  std::string description() const override { return description_; }

  void probe() override {
    warnings_.clear();
    const auto session = connect(patience::as_set);
    check_durability(*session);
    if (!static_cast<mysql_session&>(*session).is_direct())
      warnings_.push_back(
          "a proxy stands between Postrider and the database: locks of a frozen node are freed by "
          "the database's own timeouts only");
    server_.in_cluster = setting(*session, "wsrep_on") == "ON";
    server_.skips_locked = !server_.in_cluster && really_skips(*session);
    if (server_.in_cluster)
      warnings_.push_back(
          "the server is a Galera node, where locks are local to it: claims are optimistic, and "
          "all "
          "Postrider nodes should use the same server");
    else if (!server_.skips_locked)
      warnings_.push_back(
          "SKIP LOCKED does not skip on this server: claims are optimistic, which is slower with "
          "several nodes");
  }

 private:
  mysql_handle open(milliseconds statement_timeout) const {
    mysql_handle handle(mysql_init(nullptr));
    if (!handle) throw std::bad_alloc();
    const auto connect = whole_seconds(settings_.connect_timeout);
    // The server gives up on a statement first, and says why.
    const auto statement = whole_seconds(statement_timeout + std::chrono::seconds(2));
    const my_bool off = 0;
    mysql_options(handle.get(), MYSQL_OPT_CONNECT_TIMEOUT, &connect);
    mysql_options(handle.get(), MYSQL_OPT_READ_TIMEOUT, &statement);
    mysql_options(handle.get(), MYSQL_OPT_WRITE_TIMEOUT, &statement);
    mysql_options(handle.get(), MYSQL_OPT_RECONNECT, &off);
    mysql_options(handle.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (!mysql_real_connect(handle.get(), url_.host.c_str(), url_.user.c_str(),
                            settings_.password.c_str(), url_.name.c_str(), url_.port,
                            url_.socket.empty() ? nullptr : url_.socket.c_str(), CLIENT_FOUND_ROWS))
      throw database_failure(failure_kind::connection, static_cast<int>(mysql_errno(handle.get())),
                             std::string("MySQL: ") + mysql_error(handle.get()));
    set_up(handle.get(), statement_timeout);
    return handle;
  }

  static void set_up(MYSQL* handle, milliseconds statement_timeout) {
    run_mysql(handle,
              "SET SESSION sql_mode = "
              "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO',"
              " time_zone = '+00:00'");
    run_mysql(handle, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
    limit_statements(handle, statement_timeout, statement_timeout);
  }

  /// MySQL knows only one limit for all idle sessions, so it is as long as half a lease; one that
  /// was idle for longer is made again when it is needed.
  void bound_idle_time(MYSQL* handle) const {
    run_mysql(handle, is_mariadb(handle) ? "SET SESSION idle_transaction_timeout = " +
                                               std::to_string(longest_idle_transaction.count())
                                         : "SET SESSION wait_timeout = " +
                                               std::to_string(whole_seconds(settings_.lease / 2)));
  }

  static std::string setting(sql_session& session, std::string_view name) {
    std::string value;
    sql_values values;
    values.add(name);
    session.query("SHOW VARIABLES WHERE Variable_name = ?", values,
                  [&](const sql_row& row) { value = row.text(1); });
    return value;
  }

  void check_durability(sql_session& session) {
    const auto flush = setting(session, "innodb_flush_log_at_trx_commit");
    if (flush == "0" || flush == "2")
      warnings_.push_back("innodb_flush_log_at_trx_commit is " + flush +
                          ": a power cut can lose messages that were accepted; set it to 1");
    if (setting(session, "log_bin") == "ON" && setting(session, "sync_binlog") == "0")
      warnings_.push_back(
          "sync_binlog is 0: a power cut can lose accepted messages on the replicas; set it to 1");
  }

  /// One connection locks a row; does the other pass it over? TiDB takes the words and waits.
  bool really_skips(sql_session& locking) {
    const auto asking = connect(patience::as_set);
    const std::string lock = "SELECT next_id FROM id_block WHERE name = 'probe' FOR UPDATE";
    int locked = 0, seen = 0;
    try {
      // Both on this thread: ODB allows one current transaction for each. MySQL prepares no BEGIN.
      locking.execute("SET autocommit = 0");
      locking.query(lock, {}, [&](const sql_row&) { ++locked; });
      asking->execute("SET autocommit = 0");
      asking->query(lock + " SKIP LOCKED", {}, [&](const sql_row&) { ++seen; });
    } catch (const database_failure&) {
      return false;  // unknown words, a timeout while it waited, or no schema yet
    }
    return locked == 1 && seen == 0;
  }

  database_url url_;
  database_settings settings_;
  std::shared_ptr<odb::mysql::database> database_;
  mysql_server server_;
  std::string description_;
  std::vector<std::string> warnings_;
};

}  // namespace

result<std::unique_ptr<connector>> make_mysql_connector(const database_url& url,
                                                        const database_settings& settings) {
  return std::make_unique<mysql_connector>(url, settings);
}

}  // namespace postrider::persistence
