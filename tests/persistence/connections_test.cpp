#include "tests/persistence/ledger_fixture.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace postrider::test {

/// A node that is frozen inside its transaction, right before the commit: it holds its locks and
/// says nothing. On MySQL and MariaDB; SQLite has one process.
struct frozen_fixture : ledger_fixture {
  frozen_fixture() {
    if (!on_mysql()) return;
    dead = new_node();
    auto of_dead = settings;
    of_dead.fault = [this](std::string_view point) {
      if (point == "before_commit" && freezes) freeze();
    };
    other = open_database(of_dead).value();
    frozen = other->open_ledger();
    // Its connection is there, and marked.
    BOOST_REQUIRE(frozen->apply({dead, now, {}}).has_value());
    freezes = true;
    what = accept(1, dead);
    thread = std::thread([this] { outcome.emplace(frozen->apply({dead, now, {what}})); });
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return is_frozen; });
  }
  ~frozen_fixture() { thaw(); }

  void freeze() {
    std::unique_lock lock(mutex);
    is_frozen = true;
    changed.notify_all();
    changed.wait(lock, [this] { return !freezes; });
  }
  /// Lets it go on; `outcome` is what became of its commit.
  void thaw() {
    {
      const std::lock_guard lock(mutex);
      freezes = false;
    }
    changed.notify_all();
    if (thread.joinable()) thread.join();
  }

  result<int> end_connections_of(node_id of, bool if_lease_ended = false) {
    return writer->end_connections_of(node, {of, std::nullopt, now, if_lease_ended});
  }
  result<batch_result> take_over_dead() {
    auto taking = batch({take_over{dead, std::nullopt, now}});
    taking.wait_for_locks = seconds(1);
    return writer->apply(taking);
  }
  /// InnoDB keeps what it says of transactions until nobody has asked for 0.1 s
  /// (CACHE_MIN_IDLE_TIME_NS in storage/innobase/trx/trx0i_s.cc).
  std::int64_t marked_connections() {
    std::this_thread::sleep_for(milliseconds(150));
    return number(
        "SELECT COUNT(*) FROM information_schema.innodb_trx t JOIN "
        "information_schema.processlist p ON p.ID = t.trx_mysql_thread_id "
        "WHERE p.DB = DATABASE() AND t.trx_rows_locked > 0");
  }

  node_id dead = 0;
  accept_message what;
  std::unique_ptr<ledger_database> other;
  std::unique_ptr<ledger> frozen;
  std::optional<result<batch_result>> outcome;
  std::mutex mutex;
  std::condition_variable changed;
  bool freezes = false, is_frozen = false;
  std::thread thread;
};

BOOST_FIXTURE_TEST_SUITE(connections, frozen_fixture)

BOOST_AUTO_TEST_CASE(the_connections_of_a_dead_node_are_ended_and_it_is_taken_over_at_once) {
  if (!on_mysql()) return;
  BOOST_TEST(marked_connections() == 1);
  // Its locks are waited for as long as was asked for, and no longer.
  const auto begin = std::chrono::steady_clock::now();
  const auto locked = take_over_dead();
  BOOST_REQUIRE(locked.has_error());
  BOOST_TEST(locked.error().code == ledger_errc::locked);
  BOOST_TEST((std::chrono::steady_clock::now() - begin < milliseconds(2'500)));
  // The privilege to see that is the test server's.
  BOOST_TEST(locked.error().message.find("held by connection") != std::string::npos,
             locked.error().message);

  BOOST_TEST(end_connections_of(node + 1000).value() == 0);
  BOOST_TEST(end_connections_of(dead).value() == 1);
  BOOST_TEST(take_over_dead().has_value());
  thaw();
  BOOST_REQUIRE(outcome.has_value());
  BOOST_REQUIRE(outcome->has_error());
  BOOST_TEST(!queries->find_message(what.message->id).value());
  BOOST_TEST(frozen->apply({dead, now, {what}}).error().code == ledger_errc::fenced);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_batch_locks_its_nodes_row_against_a_release_that_writes_no_markers) {
  if (!on_mysql()) return;
  sql("SET innodb_lock_wait_timeout = 1");
  BOOST_CHECK_THROW(sql("UPDATE node SET alive = 0 WHERE id = " + std::to_string(dead)),
                    std::runtime_error);
  thaw();
  BOOST_TEST(outcome->has_value());
  sql("UPDATE node SET alive = 0 WHERE id = " + std::to_string(dead));
  BOOST_TEST(frozen->apply({dead, now, {}}).error().code == ledger_errc::fenced);
  // Not a take over, which would have freed its row.
  sql("UPDATE node SET alive = 1 WHERE id = " + std::to_string(dead));
}

BOOST_AUTO_TEST_CASE(the_server_ends_a_session_that_is_silent_inside_a_transaction) {
  if (!on_mysql() || database().description().find("MariaDB") == std::string::npos) return;
  const auto begin = std::chrono::steady_clock::now();
  while (marked_connections() > 0 && std::chrono::steady_clock::now() - begin < seconds(10)) {
  }
  BOOST_TEST((std::chrono::steady_clock::now() - begin < seconds(5)));
  BOOST_TEST(take_over_dead().has_value());
  thaw();
  BOOST_TEST(outcome->has_error());
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_frozen_node_keeps_no_other_from_starting_and_working) {
  if (!on_mysql()) return;
  const auto begin = std::chrono::steady_clock::now();
  const auto third = database().open_ledger();
  const auto id = third->register_node({"boot", "pid:[1]", 44, 7}, "here", seconds(30));
  BOOST_REQUIRE(id.has_value());
  BOOST_TEST(third->apply({*id, now, {accept(1, *id)}}).has_value());
  BOOST_TEST(apply({accept()}).size() == 1);
  BOOST_TEST((std::chrono::steady_clock::now() - begin < seconds(1)));
  // Living ones are not touched by the end of others.
  BOOST_TEST(end_connections_of(dead).value() == 1);
  BOOST_TEST(third->apply({*id, now, {accept(1, *id)}}).has_value());
}

BOOST_AUTO_TEST_CASE(a_node_whose_lease_still_runs_is_left_alone) {
  if (!on_mysql()) return;
  // News of its end may be old: it has renewed its lease since.
  BOOST_TEST(end_connections_of(dead, true).value() == 0);
  const auto spared = apply({take_over{dead, std::nullopt, now, true}});
  BOOST_TEST((spared.at(0).status == transition_status::conflict));
  thaw();
  BOOST_TEST(outcome->has_value());
  BOOST_TEST(frozen->apply({dead, now, {}}).has_value());
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_node_that_is_dead_itself_ends_nobodys_connections) {
  if (!on_mysql()) return;
  const auto fenced = new_node();
  apply({take_over{fenced, std::nullopt, now}});
  BOOST_TEST(writer->end_connections_of(fenced, {dead, std::nullopt, now}).value() == 0);
}

BOOST_AUTO_TEST_CASE(a_node_does_not_end_the_connection_that_asks) {
  if (!on_mysql()) return;
  apply({accept()});
  BOOST_TEST(end_connections_of(node).value() == 0);
  BOOST_TEST(apply({accept()}).size() == 1);
}

BOOST_AUTO_TEST_CASE(old_markers_are_forgotten_and_those_in_use_are_passed_over) {
  if (in_memory()) return;
  if (on_mysql()) end_connections_of(dead).value();
  thaw();
  apply({accept()});
  const auto own = number("SELECT MAX(session) FROM batch_marker");
  sql("INSERT INTO batch_marker (session, batch, updated_at) VALUES (-5, 1, 0), (-4, 1, 0)");
  sql("UPDATE id_block SET next_id = 10000 WHERE name = 'session'");
  if (on_mysql()) {
    sql("BEGIN");
    sql("SELECT * FROM batch_marker WHERE session = -4 FOR UPDATE");
  }
  const auto begin = std::chrono::steady_clock::now();
  new_node();
  BOOST_TEST((std::chrono::steady_clock::now() - begin < seconds(1)));
  BOOST_TEST(number("SELECT COUNT(*) FROM batch_marker WHERE session = -5") == 0);
  BOOST_TEST(number("SELECT COUNT(*) FROM batch_marker WHERE session = -4") ==
             (on_mysql() ? 1 : 0));
  BOOST_TEST(number("SELECT COUNT(*) FROM batch_marker WHERE session = " + std::to_string(own)) ==
             1);
  if (on_mysql()) sql("COMMIT");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
