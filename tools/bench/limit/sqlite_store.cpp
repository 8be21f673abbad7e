#include "tools/bench/limit/store.hpp"

#include <sqlite3.h>

#include <stdexcept>
#include <string_view>

namespace postrider::limit {
namespace {

class sqlite_store final : public store {
 public:
  explicit sqlite_store(const std::string& file) {
    if (sqlite3_open(file.c_str(), &handle_) != SQLITE_OK) fail();
    run("PRAGMA journal_mode = WAL");
    run("PRAGMA synchronous = FULL");
    run("PRAGMA wal_autocheckpoint = 20000");
    for (const std::string table : {"live", "history"}) {
      run("DROP TABLE IF EXISTS " + table);
      run("CREATE TABLE " + table +
          " (id INTEGER PRIMARY KEY, recipient TEXT, body TEXT, status INT, reference TEXT)");
    }
    insert_ = prepare("INSERT INTO live (id, recipient, body, status) VALUES (?, ?, ?, 0)");
    begin_ = prepare("UPDATE live SET status = 1 WHERE id = ?");
    archive_ =
        prepare("INSERT INTO history SELECT id, recipient, body, 2, ?2 FROM live WHERE id = ?1");
    remove_ = prepare("DELETE FROM live WHERE id = ?");
  }
  ~sqlite_store() override {
    for (auto* statement : {insert_, begin_, archive_, remove_})
      sqlite3_finalize(statement);
    sqlite3_close(handle_);
  }

  void begin() override { run("BEGIN IMMEDIATE"); }
  void insert(const messages& accepted) override {
    for (const auto& m : accepted)
      step(insert_, m->id, m->to, m->text);
  }
  void mark_begun(const messages& begun) override {
    for (const auto& m : begun)
      step(begin_, m->id);
  }
  void archive(const messages& delivered) override {
    for (const auto& m : delivered) {
      step(archive_, m->id, m->reference);
      step(remove_, m->id);
    }
  }
  void commit() override { run("COMMIT"); }

 private:
  [[noreturn]] void fail() const {
    throw std::runtime_error(std::string("SQLite: ") + sqlite3_errmsg(handle_));
  }
  void run(const std::string& sql) {
    if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail();
  }
  sqlite3_stmt* prepare(const std::string& sql) {
    sqlite3_stmt* made = nullptr;
    if (sqlite3_prepare_v2(handle_, sql.c_str(), -1, &made, nullptr) != SQLITE_OK) fail();
    return made;
  }
  template <class... Text>
  void step(sqlite3_stmt* statement, std::uint64_t id, const Text&... texts) {
    sqlite3_bind_int64(statement, 1, static_cast<sqlite3_int64>(id));
    int position = 1;
    (sqlite3_bind_text(statement, ++position, texts.data(), static_cast<int>(texts.size()),
                       SQLITE_STATIC),
     ...);
    const int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    if (code != SQLITE_DONE) fail();
  }

  sqlite3* handle_ = nullptr;
  sqlite3_stmt *insert_ = nullptr, *begin_ = nullptr, *archive_ = nullptr, *remove_ = nullptr;
};

}  // namespace

std::unique_ptr<store> open_sqlite(const std::string& file) {
  return std::make_unique<sqlite_store>(file);
}

}  // namespace postrider::limit
