#include "persistence/connector.hpp"
#include "persistence/sqlite_dialect.hpp"

#include <odb/sqlite/connection-factory.hxx>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace postrider::persistence {
namespace {

std::string user_name(uid_t user) {
  std::array<char, 4096> memory;
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(user, &entry, memory.data(), memory.size(), &found) != 0 || found == nullptr)
    return std::to_string(user);
  return found->pw_name;
}

/// Refuses to create as root: the service could not open files of root in its folder.
result<void> check_creator(const std::string& database) {
  struct stat about {};
  if (::geteuid() != 0 || ::stat(database.c_str(), &about) == 0) return {};
  const auto folder = std::filesystem::absolute(database).parent_path().string();
  if (::stat(folder.c_str(), &about) != 0 || about.st_uid == 0) return {};
  const auto owner = user_name(about.st_uid);
  return ledger_error{ledger_errc::bad_settings,
                      "the folder of " + database + " is of the user " + owner +
                          ", who could not use a database that root makes there: run the command "
                          "as that user, for example: runuser -u " +
                          owner + " -- postrider ..."};
}

/// Keeps other processes away from the file: two schedulers on one SQLite file would both work.
class file_lock {
 public:
  explicit file_lock(int descriptor) : descriptor_(descriptor) {}
  file_lock(file_lock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  ~file_lock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  static result<file_lock> take(const std::string& database) {
    const auto path = database + ".lock";
    // No link: who owns the folder could point root to a file of somebody else.
    const int descriptor = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (descriptor < 0)
      return ledger_error{ledger_errc::bad_settings,
                          "cannot open " + path + ": " + std::strerror(errno) +
                              "; check database.url and who owns the folder"};
    file_lock lock(descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0)
      return ledger_error{ledger_errc::in_use,
                          database + " is used by another process (it holds a lock on " + path +
                              "): stop that one first"};
    if (!give_to_owner(descriptor, database))
      return ledger_error{ledger_errc::bad_settings, "cannot give " + path + " to the owner of " +
                                                         database + ": " + std::strerror(errno)};
    return lock;
  }

 private:
  /// The owner of the database can lock it, also after root looked at it. Only a new file of root
  /// changes hands.
  static bool give_to_owner(int descriptor, const std::string& database) {
    struct stat owner {
    }, made{};
    if (::geteuid() != 0 || ::stat(database.c_str(), &owner) != 0 || owner.st_uid == 0) return true;
    if (::fstat(descriptor, &made) != 0) return false;
    if (!S_ISREG(made.st_mode) || made.st_nlink != 1 || made.st_uid != 0) return true;
    return ::fchown(descriptor, owner.st_uid, owner.st_gid) == 0;
  }

  int descriptor_;
};

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
  char* text = nullptr;
  const int code = sqlite3_exec(handle, pragmas.c_str(), nullptr, nullptr, &text);
  const std::string message = text ? text : "";
  sqlite3_free(text);
  if (code != SQLITE_OK)
    throw database_failure(failure_kind::connection, code, "SQLite: " + message);
}

time_point system_now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

class sqlite_connector final : public connector {
 public:
  sqlite_connector(const database_url& url, const database_settings& settings,
                   std::optional<file_lock> lock)
      : lock_(std::move(lock)), settings_(settings), path_(url.path) {
    if (!settings_.clock) settings_.clock = system_now;
    // ODB shares the page cache between connections unless told otherwise; with that a reader locks
    // whole tables against the writer, WAL or not.
    constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_PRIVATECACHE;
    constexpr bool foreign_keys = true;
    database_ = std::make_shared<odb::sqlite::database>(
        path_, flags, foreign_keys, "", std::make_unique<odb::sqlite::new_connection_factory>());
    if (url.kind == database_url::kind::sqlite_memory) memory_ = open();
  }

  // SQLite bounds waiting for locks, not statements.
  std::unique_ptr<sql_session> connect(patience) override {
    return std::make_unique<sqlite_session>(database_, memory_ ? memory_ : open(), settings_.clock);
  }
  bool exclusive() const override { return true; }
  std::vector<std::string> warnings() const override { return {}; }
  std::string description() const override {
    return std::string("SQLite ") + sqlite3_libversion() + ", " + (memory_ ? "in memory" : path_);
  }

 private:
  odb::sqlite::connection_ptr open() {
    try {
      odb::sqlite::connection_ptr connection =
          static_cast<odb::sqlite::database&>(*database_).connection();
      run_pragmas(connection->handle(), settings_);
      return connection;
    } catch (const odb::exception& e) {
      throw database_failure(failure_kind::connection, 0, "cannot open " + path_ + ": " + e.what());
    }
  }

  // The lock outlives every connection.
  std::optional<file_lock> lock_;
  database_settings settings_;
  std::string path_;
  std::shared_ptr<odb::sqlite::database> database_;
  /// A database in memory ends with its connection: all sessions share it.
  odb::sqlite::connection_ptr memory_;
};

}  // namespace

result<std::unique_ptr<connector>> make_sqlite_connector(const database_url& url,
                                                         const database_settings& settings) {
  std::optional<file_lock> lock;
  if (url.kind == database_url::kind::sqlite_file) {
    if (auto allowed = check_creator(url.path); !allowed) return allowed.error();
    auto taken = file_lock::take(url.path);
    if (!taken) return taken.error();
    lock.emplace(std::move(*taken));
  }
  return std::make_unique<sqlite_connector>(url, settings, std::move(lock));
}

}  // namespace postrider::persistence
