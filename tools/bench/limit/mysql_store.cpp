#include "tools/bench/limit/store.hpp"

#include <mysql.h>

#include <stdexcept>

namespace postrider::limit {
namespace {

/// One statement of text for all rows of a step.
class mysql_store final : public store {
 public:
  mysql_store(const std::string& socket, const std::string& database)
      : handle_(mysql_init(nullptr)) {
    if (!mysql_real_connect(handle_, nullptr, "root", nullptr, database.c_str(), 0, socket.c_str(),
                            0))
      fail();
    for (const std::string table : {"live", "history"}) {
      run("DROP TABLE IF EXISTS " + table);
      run("CREATE TABLE " + table +
          " (id BIGINT UNSIGNED PRIMARY KEY, recipient VARCHAR(64), body TEXT, status TINYINT,"
          " reference VARCHAR(64))");
    }
    run("SET autocommit = 0");
  }
  ~mysql_store() override { mysql_close(handle_); }

  void begin() override {}
  void insert(const messages& accepted) override {
    if (accepted.empty()) return;
    std::string sql = "INSERT INTO live (id, recipient, body, status) VALUES ";
    for (const auto& m : accepted)
      sql.append(m == accepted.front() ? "(" : ",(")
          .append(std::to_string(m->id))
          .append(",")
          .append(quoted(m->to))
          .append(",")
          .append(quoted(m->text))
          .append(",0)");
    run(sql);
  }
  void mark_begun(const messages& begun) override {
    if (!begun.empty()) run("UPDATE live SET status = 1 WHERE id IN " + ids(begun));
  }
  void archive(const messages& delivered) override {
    if (delivered.empty()) return;
    std::string references = "CASE id";
    for (const auto& m : delivered)
      references.append(" WHEN ")
          .append(std::to_string(m->id))
          .append(" THEN ")
          .append(quoted(m->reference));
    run("INSERT INTO history SELECT id, recipient, body, 2, " + references +
        " END FROM live WHERE id IN " + ids(delivered));
    run("DELETE FROM live WHERE id IN " + ids(delivered));
  }
  void commit() override {
    if (mysql_commit(handle_) != 0) fail();
  }

 private:
  [[noreturn]] void fail() const {
    throw std::runtime_error(std::string("MySQL: ") + mysql_error(handle_));
  }
  void run(const std::string& sql) {
    if (mysql_real_query(handle_, sql.data(), sql.size()) != 0) fail();
  }
  std::string quoted(const std::string& text) {
    std::string into(2 * text.size() + 1, '\0');
    into.resize(mysql_real_escape_string(handle_, into.data(), text.data(), text.size()));
    return "'" + into + "'";
  }
  static std::string ids(const messages& of) {
    std::string text;
    for (const auto& m : of)
      text.append(text.empty() ? "(" : ",").append(std::to_string(m->id));
    return text + ")";
  }

  MYSQL* handle_;
};

}  // namespace

std::unique_ptr<store> open_mysql(const std::string& socket, const std::string& database) {
  return std::make_unique<mysql_store>(socket, database);
}

}  // namespace postrider::limit
