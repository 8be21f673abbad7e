#include "tests/support/database_fixture.hpp"

#include "persistence/sql/database_url.hpp"

#include <mysql.h>
#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <unistd.h>

namespace postrider::test {
namespace {

using rows = std::vector<std::vector<std::string>>;

std::string environment(const char* name, const std::string& otherwise = {}) {
  const char* value = std::getenv(name);
  return value ? value : otherwise;
}

std::string kind() { return environment("POSTRIDER_TEST_DATABASE", "sqlite"); }

std::string server_url() {
  const auto url = environment("POSTRIDER_TEST_MYSQL");
  if (!url.empty()) return url;
  const auto file = environment("POSTRIDER_TEST_MYSQL_DIR") + "/url";
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line))
    throw std::runtime_error(
        "no MySQL to test on: set POSTRIDER_TEST_MYSQL, or run tools/private-mariadb.sh start DIR "
        "(looked into " +
        file + ")");
  return line;
}

std::string unique_name() {
  static int count = 0;
  return std::to_string(::getpid()) + "_" + std::to_string(++count);
}

}  // namespace

class database_fixture::raw {
 public:
  virtual ~raw() = default;
  virtual rows run(const std::string& statement) = 0;
};

class database_fixture::sqlite_raw final : public raw {
 public:
  explicit sqlite_raw(const std::string& path) : path_(path) {
    remove_files();  // of a process of the same number that was killed
    if (sqlite3_open(path.c_str(), &handle_) != SQLITE_OK)
      throw std::runtime_error("cannot open " + path);
    sqlite3_busy_timeout(handle_, 5000);
  }
  ~sqlite_raw() override {
    sqlite3_close(handle_);
    remove_files();
  }
  rows run(const std::string& statement) override {
    rows answer;
    char* error = nullptr;
    const auto row = [](void* to, int columns, char** values, char**) {
      auto& line = static_cast<rows*>(to)->emplace_back();
      for (int i = 0; i < columns; ++i)
        line.emplace_back(values[i] ? values[i] : "NULL");
      return 0;
    };
    const auto code = sqlite3_exec(handle_, statement.c_str(), row, &answer, &error);
    const std::string why = error ? error : "";
    sqlite3_free(error);
    if (code != SQLITE_OK) throw std::runtime_error(statement + ": " + why);
    return answer;
  }

 private:
  void remove_files() const {
    for (const char* suffix : {"", "-wal", "-shm", ".lock"})
      std::filesystem::remove(path_ + suffix);
  }

  std::string path_;
  sqlite3* handle_ = nullptr;
};

class database_fixture::mysql_raw final : public raw {
 public:
  mysql_raw(const persistence::database_url& url, const std::string& password, std::string name)
      : name_(std::move(name)), handle_(mysql_init(nullptr)) {
    if (!mysql_real_connect(handle_, url.host.c_str(), url.user.c_str(), password.c_str(), nullptr,
                            url.port, url.socket.empty() ? nullptr : url.socket.c_str(), 0))
      throw std::runtime_error(std::string("cannot reach the test server: ") +
                               mysql_error(handle_));
    run("DROP DATABASE IF EXISTS " + name_);
    run("CREATE DATABASE " + name_ + " CHARACTER SET utf8mb4");
    run("USE " + name_);
  }
  ~mysql_raw() override {
    mysql_query(handle_, ("DROP DATABASE " + name_).c_str());
    mysql_close(handle_);
  }
  rows run(const std::string& statement) override {
    if (mysql_real_query(handle_, statement.data(), statement.size()) != 0)
      throw std::runtime_error(statement + ": " + mysql_error(handle_));
    rows answer;
    auto* result = mysql_store_result(handle_);
    if (!result) return answer;
    const auto columns = mysql_num_fields(result);
    while (const auto row = mysql_fetch_row(result)) {
      const auto* lengths = mysql_fetch_lengths(result);
      auto& line = answer.emplace_back();
      for (unsigned i = 0; i < columns; ++i)
        line.emplace_back(row[i] ? std::string(row[i], lengths[i]) : "NULL");
    }
    mysql_free_result(result);
    return answer;
  }

 private:
  std::string name_;
  MYSQL* handle_;
};

bool database_fixture::on_mysql() { return kind() == "mysql"; }
bool database_fixture::in_memory() { return kind() == "memory"; }

database_fixture::database_fixture() {
  if (in_memory()) {
    settings.url = "sqlite::memory:";
  } else if (!on_mysql()) {
    name_ = (std::filesystem::temp_directory_path() / ("postrider_test_" + unique_name() + ".db"))
                .string();
    settings.url = "sqlite:" + name_;
    raw_ = std::make_unique<sqlite_raw>(name_);
  } else {
    auto url = server_url();
    const auto server = persistence::parse_database_url(url);
    if (!server) throw std::runtime_error(server.error().message);
    name_ = server->name + "_" + unique_name();
    url.replace(url.find("/" + server->name, 8), server->name.size() + 1, "/" + name_);
    settings.url = url;
    settings.password = environment("POSTRIDER_TEST_MYSQL_PASSWORD");
    raw_ = std::make_unique<mysql_raw>(*server, settings.password, name_);
  }
}

database_fixture::~database_fixture() { close(); }

persistence::ledger_database& database_fixture::open() {
  close();
  auto opened = persistence::open_database(settings);
  if (!opened) throw std::runtime_error("open: " + opened.error().message);
  database_ = std::move(*opened);
  const auto migrated = database_->migrate();
  if (!migrated) throw std::runtime_error("migrate: " + migrated.error().message);
  return *database_;
}

void database_fixture::close() { database_.reset(); }

rows database_fixture::sql(const std::string& statement) {
  if (!raw_) throw std::runtime_error("a database in memory cannot be looked at from outside");
  return raw_->run(statement);
}

std::int64_t database_fixture::number(const std::string& statement) {
  const auto answer = sql(statement);
  return answer.empty() ? 0 : std::stoll(answer.front().front());
}

void database_fixture::script(const std::string& statements) {
  std::istringstream lines(statements);
  std::string line, statement;
  while (std::getline(lines, line)) {
    statement += line + "\n";
    if (!line.ends_with(';')) continue;
    sql(statement);
    statement.clear();
  }
}

void database_fixture::kill_connections() {
  if (!on_mysql()) return;
  for (const auto& row : sql("SELECT id FROM information_schema.processlist WHERE db = '" + name_ +
                             "' AND id <> CONNECTION_ID()")) {
    try {
      sql("KILL " + row.front());
    } catch (const std::runtime_error& error) {
      // It may have ended by itself meanwhile.
      if (std::string(error.what()).find("Unknown thread id") == std::string::npos) throw;
    }
  }
}

}  // namespace postrider::test
