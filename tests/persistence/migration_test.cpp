#include "tests/persistence/ledger_fixture.hpp"

#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>

namespace postrider::test {
namespace {

/// The schema as version 1 made it, and a row in each of its tables that later versions touch.
std::string version_1() {
  const std::string kind = database_fixture::on_mysql() ? "mysql" : "sqlite";
  std::ifstream in(std::string(POSTRIDER_SCHEMA_V1) + "/" + kind + ".sql");
  std::stringstream text;
  text << in.rdbuf();
  text << "INSERT INTO id_block VALUES ('transaction', 1001), ('node', 2), ('session', 2), "
          "('provider', 1),"
          " ('user_list', 1);\n"
          "INSERT INTO node VALUES (1, 'boot', 'pid', 1, 1, 'host', 1, 0);\n"
          "INSERT INTO message VALUES (X'00000000000000000000000000000001', 1, 'hello', '', '', '',"
          " '[{\"phone\":\"+1\"}]', '', 1, 5);\n"
          "INSERT INTO message_transaction VALUES (1, X'00000000000000000000000000000001', 0, 0, "
          "1, 7, '+1', 0, 2,"
          " 0, 0, 3, 0, 0, 30, 5, NULL, '', 0, '', '', 0, 5, 5, NULL);\n"
          "INSERT INTO late_outcome (transaction_id, owner, status, error_code, error_message, "
          "provider_ref,"
          " created_at) VALUES (9, 1, 2, 0, '', 'ref', 5);\n";
  return text.str();
}

/// Runs `work` while `table` is locked by another connection, for longer than a statement may take.
template <class Work>
auto past_the_statement_timeout(database_fixture& with, const std::string& table, Work work) {
  with.sql("LOCK TABLES " + table + " WRITE");
  std::atomic<bool> done{false};
  std::thread unlocks([&] {
    const auto until = std::chrono::steady_clock::now() + seconds(20);
    // It ends with the work too, which must not hang when it fails.
    while (!done && std::chrono::steady_clock::now() < until &&
           with.number("SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE()"
                       " AND state LIKE '%metadata lock%' AND time_ms > 1500") == 0)
      std::this_thread::sleep_for(milliseconds(10));
    with.sql("UNLOCK TABLES");
  });
  auto answer = work();
  done = true;
  unlocks.join();
  return answer;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(migration, database_fixture)

BOOST_AUTO_TEST_CASE(a_migration_and_a_verification_may_take_longer_than_a_statement) {
  if (!on_mysql()) return;
  script(version_1());
  settings.statement_timeout = milliseconds(1'000);
  auto old = open_database(settings).value();
  const auto migrated =
      past_the_statement_timeout(*this, "message", [&] { return old->migrate(); });
  BOOST_TEST(migrated.has_value(), (migrated ? "" : migrated.error().message));
  const auto queries = old->open_queries();
  const auto found =
      past_the_statement_timeout(*this, "message", [&] { return queries->verify(10); });
  BOOST_TEST(found.has_value(), (found ? "" : found.error().message));
}

BOOST_AUTO_TEST_CASE(a_new_database_gets_the_schema_and_keeps_it) {
  auto fresh = open_database(settings).value();
  BOOST_TEST(fresh->schema().value() == schema_state::missing);
  BOOST_TEST(fresh->migrate().has_value());
  BOOST_TEST(fresh->schema().value() == schema_state::current);
  BOOST_TEST(fresh->migrate().has_value());
}

BOOST_AUTO_TEST_CASE(a_database_of_version_1_is_taken_to_this_version_with_its_rows) {
  if (in_memory()) return;
  script(version_1());
  auto old = open_database(settings).value();
  BOOST_TEST(old->schema().value() == schema_state::older);
  BOOST_REQUIRE(old->migrate().has_value());
  BOOST_TEST(old->schema().value() == schema_state::current);
  BOOST_TEST(number("SELECT version FROM schema_version") == 3);
  BOOST_TEST(
      number(
          "SELECT COUNT(*) FROM late_outcome WHERE waits_for IS NULL AND provider_ref = 'ref'") ==
      1);

  auto queries = old->open_queries();
  const auto found = queries->find_transaction(1).value();
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->transaction.recipient == "+1");
  BOOST_TEST(queries->find_message(found->transaction.message).value()->message.text == "hello");
  BOOST_TEST(queries->verify(10).value().empty());

  // And it works on: the ids go on, the old row can be claimed and delivered.
  auto writer = old->open_ledger();
  const auto node = writer->register_node({}, "here", seconds(30)).value();
  BOOST_TEST(node == 2);
  const time_point now{seconds(1)};
  const auto claimed =
      writer->apply({node, now, {claim{lane_of(7, priority::normal), 10}}}).value();
  BOOST_TEST(claimed.at(0).rows.size() == 1);
  BOOST_TEST(writer->apply({node, now, {begin_delivery{1}}}).value().at(0).status ==
             transition_status::applied);
}

BOOST_AUTO_TEST_CASE(the_migrated_schema_is_the_same_as_a_new_one) {
  if (in_memory()) return;
  const auto columns = [](database_fixture& of) {
    return of.sql(on_mysql() ? "SELECT table_name, column_name, column_type, is_nullable FROM "
                               "information_schema.columns"
                               " WHERE table_schema = DATABASE() ORDER BY 1, 2"
                             : "SELECT m.name, c.name, c.type, c.\"notnull\" FROM sqlite_master m, "
                               "pragma_table_info(m.name) c"
                               " WHERE m.type = 'table' ORDER BY 1, 2");
  };
  const auto indexes = [](database_fixture& of) {
    return of.sql(
        on_mysql() ? "SELECT table_name, index_name, seq_in_index, column_name FROM "
                     "information_schema.statistics"
                     " WHERE table_schema = DATABASE() ORDER BY 1, 2, 3"
                   : "SELECT tbl_name, name FROM sqlite_master WHERE type = 'index' ORDER BY 1, 2");
  };
  script(version_1());
  open();
  database_fixture fresh;
  fresh.open();
  BOOST_TEST((columns(*this) == columns(fresh)));
  BOOST_TEST((indexes(*this) == indexes(fresh)));
}

BOOST_AUTO_TEST_CASE(a_database_of_a_newer_version_is_left_alone) {
  if (in_memory()) return;
  open();
  close();
  sql("UPDATE schema_version SET version = 99");
  auto newer = open_database(settings).value();
  BOOST_TEST(newer->schema().value() == schema_state::newer);
  const auto migrated = newer->migrate();
  BOOST_REQUIRE(migrated.has_error());
  BOOST_TEST(migrated.error().code == ledger_errc::wrong_schema);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
