#pragma once

#include "persistence/sql/database_url.hpp"
#include "tests/persistence/ledger_fixture.hpp"

#include <mysql.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>

/// Three servers of one Galera cluster, which lag and take over as a case says. The servers are
/// those of tools/private-galera.sh in POSTRIDER_TEST_MYSQL_DIR.
namespace postrider::test {

inline constexpr int servers = 3;

/// A connection past the ledger to one of the servers.
class console {
 public:
  explicit console(const database_url& url) : handle_(mysql_init(nullptr)) {
    if (!mysql_real_connect(handle_, "localhost", url.user.c_str(), "", url.name.c_str(), 0,
                            url.socket.c_str(), 0))
      throw std::runtime_error(std::string("cannot reach a server: ") + mysql_error(handle_));
  }
  console(const console&) = delete;
  ~console() { mysql_close(handle_); }

  void run(const std::string& sql) {
    if (mysql_query(handle_, sql.c_str()) != 0)
      throw std::runtime_error(sql + ": " + mysql_error(handle_));
    if (auto* result = mysql_store_result(handle_)) mysql_free_result(result);
  }
  std::int64_t number(const std::string& sql) {
    if (mysql_query(handle_, sql.c_str()) != 0)
      throw std::runtime_error(sql + ": " + mysql_error(handle_));
    auto* result = mysql_store_result(handle_);
    const auto row = mysql_fetch_row(result);
    const auto answer = row && row[0] ? std::atoll(row[0]) : 0;
    mysql_free_result(result);
    return answer;
  }

 private:
  MYSQL* handle_;
};

/// Waits until a condition holds.
template <class Condition>
bool eventually(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return true;
}

/// A point in the ledger's code at which a thread waits until it may go on.
class gate {
 public:
  explicit gate(std::string at) : at_(std::move(at)) {}

  void pass(std::string_view point) {
    std::unique_lock lock(mutex_);
    if (point != at_ || open_) return;
    reached_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  bool reached() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, seconds(10), [this] { return reached_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  const std::string at_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool reached_ = false, open_ = false;
};

/// The batches of a node that its take over must not miss.
enum class kind { accept, claim, begin, finish };
inline constexpr kind kinds[] = {kind::accept, kind::claim, kind::begin, kind::finish};
inline const char* name_of(kind what) {
  constexpr const char* names[] = {"accept", "claim", "begin", "finish"};
  return names[static_cast<int>(what)];
}

struct galera_fixture : ledger_fixture {
  galera_fixture() {
    sql("CREATE TABLE lag (id BIGINT PRIMARY KEY)");
    for (int n = 1; n <= servers; ++n) {
      auto there = settings;
      there.url = url_of(n);
      consoles.emplace(n, parse_database_url(there.url).value());
      sync(n);
      there.fault = [this](std::string_view point) {
        if (auto* at = on_point.load()) at->pass(point);
      };
      databases.emplace(n, open_database(there).value());
    }
    live = open(2)->register_node({"boot", "pid:[1]", 43, 7}, "there", seconds(30)).value();
    sync_all();
  }

  /// The URL of that server, with this case's database.
  std::string url_of(int n) const {
    std::ifstream in(std::string(std::getenv("POSTRIDER_TEST_MYSQL_DIR")) + "/url" +
                     (n == 1 ? "" : std::to_string(n)));
    std::string url;
    std::getline(in, url);
    const auto general = parse_database_url(url).value().name;
    const auto ours = parse_database_url(settings.url).value().name;
    return url.replace(url.find("/" + general, 8), general.size() + 1, "/" + ours);
  }
  std::unique_ptr<ledger> open(int n) { return databases.at(n)->open_ledger(); }

  /// Waits until that server has everything that the cluster committed.
  void sync(int n) {
    auto& on = consoles.at(n);
    on.run("SET SESSION wsrep_sync_wait = 15");
    on.run("SELECT 1 FROM information_schema.tables LIMIT 1");
    on.run("SET SESSION wsrep_sync_wait = 0");
  }
  void sync_all() {
    for (int n = 1; n <= servers; ++n)
      sync(n);
  }
  /// From now on that server applies nothing that the others commit: its only applier waits for a
  /// table.
  void lag_behind(int n) {
    sync(n);
    consoles.at(n).run("LOCK TABLES lag WRITE");
    auto& other = consoles.at(n % servers + 1);
    other.run("INSERT INTO lag VALUES (" + std::to_string(++lags) + ")");
    BOOST_REQUIRE(eventually([&] {
      return consoles.at(n).number(
                 "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'system user'"
                 " AND state LIKE 'Waiting for table%'") > 0;
    }));
  }
  void catch_up(int n) {
    consoles.at(n).run("UNLOCK TABLES");
    sync(n);
  }
  /// A COMMIT on that server waits for those that the cluster has put before it.
  bool commit_waits_on(int n) {
    console watching(parse_database_url(url_of(n)).value());
    return eventually([&] {
      return watching.number(
                 "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE()"
                 " AND command <> 'Sleep' AND id <> CONNECTION_ID()"
                 " AND (info = 'COMMIT' OR info = 'commit')") > 0;
    });
  }

  batch_result apply_on(int n, node_id owner, std::vector<transition> transitions) {
    return open(n)->apply({owner, now, std::move(transitions)}).value();
  }
  /// Stores what that batch needs; answers the batch.
  ledger_batch prepare(kind what, node_id owner) {
    const auto row = [&](node_id of) {
      return apply_on(1, owner, {accept(1, of)}).at(0).ids.at(0);
    };
    switch (what) {
      case kind::accept: return {owner, now, {accept(1, owner)}};
      case kind::claim: row(0); return {owner, now, {claim{provider_lane, 10}}};
      case kind::begin: return {owner, now, {begin_delivery{row(owner)}}};
      case kind::finish: break;
    }
    const auto id = row(owner);
    apply_on(1, owner, {begin_delivery{id}});
    return {owner, now, {accepted(id)}};
  }
  result<batch_result> take_over_on(int n, node_id dead) {
    return open(n)->apply({live, now, {take_over{dead, std::nullopt, now}}});
  }
  void expect_no_rows_of(node_id dead) {
    sync_all();
    for (int n = 1; n <= servers; ++n) {
      const auto reader = databases.at(n)->open_queries();
      BOOST_TEST(reader->dead_owners().value().empty());
      BOOST_TEST(consoles.at(n).number("SELECT COUNT(*) FROM message_transaction WHERE owner = " +
                                       std::to_string(dead)) == 0);
      for (const auto& found : reader->verify(100).value().violations)
        BOOST_ERROR("server " << n << ", invariant " << found.invariant << ": " << found.detail);
    }
  }

  /// Applies it on a thread of its own, which waits at `at` unless that is null.
  struct in_flight {
    in_flight(galera_fixture& with, std::unique_ptr<ledger> by, ledger_batch batch, gate* at)
        : with_(with), by_(std::move(by)) {
      with_.on_point = at;
      thread_ = std::thread([this, batch = std::move(batch)] { outcome_ = by_->apply(batch); });
    }
    ~in_flight() { join(); }
    result<batch_result>& outcome() {
      join();
      return *outcome_;
    }

   private:
    void join() {
      if (thread_.joinable()) thread_.join();
      with_.on_point = nullptr;
    }
    galera_fixture& with_;
    std::unique_ptr<ledger> by_;
    std::optional<result<batch_result>> outcome_;
    std::thread thread_;
  };

  std::map<int, console> consoles;
  std::map<int, std::unique_ptr<ledger_database>> databases;
  std::atomic<gate*> on_point{nullptr};
  node_id live = 0;
  int lags = 0;
};

}  // namespace postrider::test
