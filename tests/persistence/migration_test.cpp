#include "tests/persistence/ledger_fixture.hpp"

#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>

namespace postrider::test {
namespace {

/// The schema as a version made it.
std::string schema_of(const std::string& version) {
  const std::string kind = database_fixture::on_mysql() ? "mysql" : "sqlite";
  std::ifstream in(std::string(POSTRIDER_SCHEMAS) + "/schema_" + version + "/" + kind + ".sql");
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

/// The columns of version 3, as that release names them in its INSERT.
constexpr const char* columns_of_3 =
    " (id, message_id, recipient_no, chain_no, user_id, provider_id, recipient, status, priority,"
    " on_unknown, retry_count, max_retries, possible_duplicate, owner, lane, due_at, expires_at,"
    " attempts, error_code, error_message, provider_ref, superseded_by, created_at, updated_at,"
    " completed_at, receipt, receipt_at, fallback_on_undelivered, decision) VALUES ";

/// A row of version 3 for message number `id`, of provider 7, due at 5 us.
struct row_of_3 {
  int id = 0, message = 0;
  int retry = 0, status = 0, owner = 0, lane = 30, error = 0;
  const char* attempts = "";
  int superseded_by = 0;
  bool past = false, fallback_on_undelivered = false;

  std::string sql() const {
    const auto n = [](auto number) { return std::to_string(number) + ", "; };
    return "INSERT INTO message_transaction" + std::string(past ? "_history" : "") + columns_of_3 +
           "(" + n(id) + "X'000000000000000000000000000000" + std::to_string(10 + message) +
           "', 0, 0, 1, 7, '+1', " + n(status) + "2, 0, " + n(retry) + "3, 0, " + n(owner) +
           n(lane) + "5, NULL, '" + attempts + "', " + n(error) + "'" + (error ? "no" : "") +
           "', '" + (status == 2 ? "ref" : "") + "', " + n(superseded_by) + "5, 5, " +
           (past ? "6" : "NULL") + ", 0, NULL, " + (fallback_on_undelivered ? "1" : "0") +
           ", '');\n";
  }
};

/// A database of version 3, 4, 5, 7 or 8 with rows in every state, as version 3 wrote them.
std::string database_of(const std::string& version) {
  std::string text = schema_of(version);
  text +=
      "INSERT INTO id_block VALUES ('transaction', 1001), ('node', 2), ('session', 2), "
      "('provider', 1), ('user_list', 1), ('api_key', 1);\n"
      "INSERT INTO node (id, boot, pid_namespace, pid, started, host, alive, lease_until)"
      " VALUES (1, 'boot', 'pid', 1, 1, 'host', 1, 0);\n"
      "INSERT INTO batch_marker (session, batch, updated_at) VALUES (1, 7, 5);\n";
  for (int message = 1; message <= 8; ++message)
    text +=
        "INSERT INTO message (id, user_id, body, subject, html, metadata, recipients,"
        " requested_type, fallback, created_at) VALUES (X'000000000000000000000000000000" +
        std::to_string(10 + message) +
        "', 1, 'hello', '', '', '', '[{\"phone\":\"+1\"}]', '',"
        " 1, 5);\n";
  const row_of_3 rows[]{
      {.id = 1, .message = 1},                                      // free
      {.id = 2, .message = 2, .owner = 1},                          // in a sender
      {.id = 3, .message = 3, .status = 1, .owner = 1},             // being sent
      {.id = 4, .message = 4, .status = 3, .lane = 0, .error = 4},  // waits, not sent
      {.id = 5, .message = 5, .status = 3, .lane = 0, .error = 6},  // waits, unknown
      {.id = 6, .message = 6, .status = 2, .past = true, .fallback_on_undelivered = true},
      {.id = 7, .message = 7, .status = 3, .error = 1, .past = true},  // final
      {.id = 8, .message = 8, .status = 3, .error = 6, .superseded_by = 9, .past = true},
      {.id = 9, .message = 8, .retry = 1, .attempts = "7:6"},  // its successor
  };
  for (const auto& row : rows)
    text += row.sql();
  return text;
}

/// The schema as version 1 made it, and a row in each of its tables that later versions touch.
std::string version_1() {
  std::stringstream text;
  text << schema_of("v1");
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
                       " AND state LIKE '%metadata lock%' AND time >= 2") == 0)
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
  BOOST_TEST(number("SELECT version FROM schema_version") == 9);
  BOOST_TEST(
      number(
          "SELECT COUNT(*) FROM late_outcome WHERE waits_for IS NULL AND provider_ref = 'ref'") ==
      1);

  auto queries = old->open_queries();
  const auto found = queries->find_transaction(1).value();
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->transaction.recipient == "+1");
  BOOST_TEST(queries->find_message(found->transaction.message).value()->message.text == "hello");
  BOOST_TEST(queries->verify(10).value().violations.empty());

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

struct older_database : database_fixture {
  void migrate_and_deliver(const std::string& version);
};

void older_database::migrate_and_deliver(const std::string& version) {
  script(database_of(version));
  auto old = open_database(settings).value();
  BOOST_TEST(old->schema().value() == schema_state::older);
  BOOST_REQUIRE(old->migrate().has_value());
  auto queries = old->open_queries();
  auto writer = old->open_ledger();
  const auto node = writer->register_node({}, "here", seconds(30)).value();
  const time_point now{seconds(1)};
  const auto apply = [&](std::vector<transition> all) {
    return writer->apply({node, now, std::move(all)}).value();
  };
  const auto row = [&](transaction_id id) {
    return queries->find_transaction(id).value()->transaction;
  };
  apply({take_over{1, std::nullopt, now}});
  BOOST_TEST(queries->verify(10).value().violations.empty());

  // Attempts of before are known.
  BOOST_TEST(row(1).attempts.empty());
  BOOST_REQUIRE_EQUAL(row(4).attempts.size(), 1u);
  BOOST_TEST(row(4).attempts[0].last.outcome == error_code::unavailable);
  BOOST_TEST(row(3).attempts.at(0).unknown);
  BOOST_TEST(row(9).attempts.at(0).unknown);
  BOOST_TEST(row(6).attempts.at(0).last.outcome == error_code::none);
  BOOST_TEST(row(4).retries_used == 0);

  // The release before goes on beside this one, and names only the columns that it knows.
  sql(row_of_3{.id = 10, .message = 9}.sql());
  sql("INSERT INTO message (id, user_id, body, subject, html, metadata, recipients, requested_type,"
      " fallback, created_at) VALUES (X'00000000000000000000000000000019', 1, 'hello', '', '', '',"
      " '[{\"phone\":\"+1\"}]', '', 1, 5)");

  // Its messages are not cut, those of this release may be.
  const auto taken = queries->find_message(row(10).message).value();
  BOOST_REQUIRE(taken.has_value());
  BOOST_TEST(!taken->message.shorten);
  auto cut = std::make_shared<message>(taken->message);
  cut->id.bytes.back() = 0x7f;
  cut->shorten = true;
  cut->reference = "order 7";
  auto its_row = row(10);
  its_row.id = 0;
  its_row.message = cut->id;
  accept_message accept;
  accept.message = cut;
  accept.transactions = {its_row};
  BOOST_TEST(apply({accept}).at(0).status == transition_status::applied);
  const auto stored = queries->find_message(cut->id).value();
  BOOST_TEST(stored->message.shorten);
  BOOST_TEST(stored->message.reference == "order 7");
  BOOST_TEST(taken->message.reference.empty());
  // Its reference and its recipient; messages of releases before have no terms.
  BOOST_TEST(number("SELECT COUNT(*) FROM message_term") == 2);

  // A receipt brings back what was accepted.
  record_receipt said;
  said.id = 6;
  said.kind = receipt::undelivered;
  BOOST_TEST(apply({said}).at(0).count == 1);
  const auto failures = apply({claim{retry_lane, 10}}).at(0).rows;
  BOOST_TEST(failures.size() == 4u);
  for (const auto& one : failures) {
    retry_with again;
    again.id = one.transaction.id;
    again.expected = transaction_status::failed;
    again.successor = one.transaction;
    ++again.successor.retry_count;
    again.successor.owner = 0;
    again.successor.possible_duplicate = one.transaction.error == error_code::outcome_unknown;
    BOOST_TEST(apply({again}).at(0).status == transition_status::applied);
  }
  start_chain chain;
  chain.after = 7;
  chain.first = row(7);
  BOOST_TEST(apply({chain}).at(0).status == transition_status::applied);
  const auto waiting = apply({claim{lane_of(7, priority::normal), 100}}).at(0).rows;
  BOOST_TEST(waiting.size() == 10u);
  for (const auto& one : waiting) {
    const auto id = one.transaction.id;
    BOOST_TEST(apply({begin_delivery{id}}).at(0).status == transition_status::applied);
    const finish done{id, transaction_status::processing, transaction_status::success, {}};
    BOOST_TEST(apply({done}).at(0).status == transition_status::applied);
  }
  BOOST_TEST(queries->count_rows(100).value().pending == 0);
  BOOST_TEST(number("SELECT COUNT(*) FROM message_transaction") == 0);
  BOOST_TEST(queries->verify(10).value().violations.empty());
}

BOOST_FIXTURE_TEST_CASE(a_database_of_version_3_is_migrated_and_delivered, older_database) {
  if (!in_memory()) migrate_and_deliver("v3");
}

BOOST_FIXTURE_TEST_CASE(a_database_of_version_4_is_migrated_and_delivered, older_database) {
  if (!in_memory()) migrate_and_deliver("v4");
}

BOOST_FIXTURE_TEST_CASE(a_database_of_version_5_is_migrated_and_delivered, older_database) {
  if (!in_memory()) migrate_and_deliver("v5");
}

BOOST_FIXTURE_TEST_CASE(a_database_of_the_release_before_is_migrated_and_delivered,
                        older_database) {
  if (!in_memory()) migrate_and_deliver("v8");
}

/// Both work on one database while the nodes are replaced one after the other.
BOOST_AUTO_TEST_CASE(nodes_of_the_release_before_and_of_this_one_fence_each_other) {
  if (in_memory()) return;
  script(database_of("v5"));
  auto database = open_database(settings).value();
  BOOST_REQUIRE(database->migrate().has_value());
  auto writer = database->open_ledger();
  const time_point now{seconds(1)};
  const auto taken = writer->register_node({}, "here", seconds(30)).value();
  BOOST_TEST(writer->apply({taken, now, {}}).has_value());
  // The release before begins sessions, sends batches and registers, naming the columns it knows.
  sql("INSERT INTO batch_marker (session, batch, updated_at) VALUES (100, 1, 5)");
  sql("UPDATE batch_marker SET batch = 2, updated_at = 6 WHERE session = 100");
  sql("INSERT INTO node (id, boot, pid_namespace, pid, started, host, alive, lease_until)"
      " VALUES (50, 'boot', 'pid', 1, 1, 'host', 1, 0)");
  // It takes over without a look at markers.
  sql("UPDATE node SET alive = 0 WHERE id = " + std::to_string(taken));
  BOOST_TEST((writer->apply({taken, now, {}}).error().code == ledger_errc::fenced));
  const auto next = writer->register_node({}, "here", seconds(30)).value();
  const auto over = writer->apply({next, now, {take_over{50, std::nullopt, now, true}}});
  BOOST_REQUIRE(over.has_value());
  BOOST_TEST((over->at(0).status == transition_status::applied));
  BOOST_TEST(number("SELECT alive FROM node WHERE id = 50") == 0);
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
  database_fixture fresh;
  fresh.open();
  for (const std::string version : {"v3", "v4", "v5", "v7", "v8"}) {
    database_fixture migrated;
    migrated.script(database_of(version));
    migrated.open();
    BOOST_TEST((columns(migrated) == columns(fresh)), version);
    BOOST_TEST((indexes(migrated) == indexes(fresh)), version);
  }
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
