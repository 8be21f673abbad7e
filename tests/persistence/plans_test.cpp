#include "persistence/apply/api_keys.hpp"
#include "persistence/apply/audit.hpp"
#include "persistence/apply/claims.hpp"
#include "persistence/apply/endpoints.hpp"
#include "persistence/apply/expiry.hpp"
#include "persistence/apply/idempotency.hpp"
#include "persistence/apply/new_messages.hpp"
#include "persistence/apply/odb_ledger.hpp"
#include "persistence/apply/provider_lists.hpp"
#include "persistence/apply/receipts.hpp"
#include "persistence/apply/retention.hpp"
#include "persistence/apply/working_set.hpp"
#include "persistence/query/audit_list.hpp"
#include "persistence/query/event_reader.hpp"
#include "persistence/query/failure_list.hpp"
#include "persistence/query/message_list.hpp"
#include "persistence/query/odb_queries.hpp"
#include "persistence/query/transaction_list.hpp"
#include "persistence/query/verify.hpp"
#include "tests/persistence/ledger_fixture.hpp"

namespace postrider::test {

/// Plans of the hot path's questions: an index with an equality prefix in its own order,
/// whatever is waiting in the table. A plan that sorts or scans grows with the backlog, and on a
/// server it locks every candidate, so that a second node gets nothing.
struct plans_fixture : ledger_fixture {
  plans_fixture() {
    if (in_memory()) return;
    apply({accept(500, 0)});
    apply({accept(20)});
    for (int i = 0; i < 5; ++i)
      failed();
    if (on_mysql()) sql("ANALYZE TABLE message_transaction");
  }

  sql_dialect dialect() const {
    if (!on_mysql()) return {.use_index = " INDEXED BY ", .json_length = "json_array_length"};
    return {.for_update = " FOR UPDATE",
            .for_share = " LOCK IN SHARE MODE",
            .skip_locked = " SKIP LOCKED",
            .use_index = " FORCE INDEX (",
            .use_index_end = ")",
            .use_primary = " FORCE INDEX (PRIMARY)",
            .json_length = "JSON_LENGTH"};
  }

  /// Parameters become numbers: 1 is a lane, a time and a limit as good as any; ids become two ids.
  static std::string with_numbers(std::string statement) {
    for (auto at = statement.find("{ids}"); at != std::string::npos; at = statement.find("{ids}"))
      statement.replace(at, 5, on_mysql() ? "1, 2" : "1");
    for (auto at = statement.find('?'); at != std::string::npos; at = statement.find('?'))
      statement.replace(at, 1, "1");
    return statement;
  }

  /// A range of ids and of times that has something in it: an empty one needs no index.
  static std::string in_range(std::string statement) {
    for (const std::string bound : {"id < ?", "created_at < ?"})
      if (const auto at = statement.find(bound); at != std::string::npos)
        statement.replace(at + bound.size() - 1, 1, "2000000000000000");
    return statement;
  }
  /// Ids of messages are bytes: a number in their place would have every row converted.
  static std::string of_messages(std::string statement) {
    return statement.replace(statement.find("{ids}"), 5, "X'01', X'02'");
  }

  void expect_index(const std::string& statement, const std::string& index) {
    if (in_memory()) return;
    if (on_mysql()) expect_key(with_numbers(statement), index);
    else expect_search(with_numbers(statement), index);
  }

  void expect_search(const std::string& statement, const std::string& index) {
    const auto plan = sql("EXPLAIN QUERY PLAN " + statement);
    bool used = false;
    for (const auto& step : plan) {
      const auto& detail = step.back();
      used |= detail.find(index == "PRIMARY" ? "USING INTEGER PRIMARY KEY" : index) !=
              std::string::npos;
      BOOST_TEST(detail.find("TEMP B-TREE FOR ORDER") == std::string::npos,
                 statement << ": " << detail);
      BOOST_TEST((!detail.starts_with("SCAN") || detail.find("SCAN counted") != std::string::npos ||
                  detail.starts_with("SCAN (") || detail == "SCAN CONSTANT ROW"),
                 statement << ": " << detail);
    }
    BOOST_TEST(used, statement << " does not use " << index << ": " << plan.front().back());
  }

  void expect_key(const std::string& statement, const std::string& index) {
    bool used = false;
    for (const auto& line : sql("EXPLAIN FORMAT=TRADITIONAL " + statement)) {
      // id, select_type, table, type, possible_keys, key, key_len, ref, rows, Extra
      const auto &type = line.at(line.size() == 12 ? 4 : 3),
                 &key = line.at(line.size() == 12 ? 6 : 5), &extra = line.back();
      // One row, looked up by its primary key while the statement was planned.
      used |= index == "PRIMARY" && (extra.find("reading const tables") != std::string::npos ||
                                     extra.find("row in const table") != std::string::npos);
      if (line.at(2).starts_with("<derived") || line.at(2) == "NULL") continue;
      // The nodes, of which there are few: read whole and kept for the statement, or looked up.
      if (line.at(2) == "n") continue;
      used |= key == index;
      BOOST_TEST(type != "ALL", statement << " scans " << line.at(2));
      BOOST_TEST(extra.find("filesort") == std::string::npos, statement << ": " << extra);
    }
    BOOST_TEST(used, statement << " does not use " << index);
  }
};

BOOST_FIXTURE_TEST_SUITE(plans, plans_fixture)

BOOST_AUTO_TEST_CASE(a_claim_reads_its_lane_in_order) {
  expect_index(claim_statement(dialect()), "live_by_lane");
}

BOOST_AUTO_TEST_CASE(what_has_expired_is_read_in_its_order) {
  expect_index(expired_statement(dialect()), "live_by_expiry");
  expect_index(next_expiry_statement(dialect()), "live_by_expiry");
}

BOOST_AUTO_TEST_CASE(the_walk_over_failures_goes_along_an_index) {
  const std::string all = "SELECT " + transaction_column_list() + " FROM ";
  expect_index(all + "message_transaction" + waiting_retries_clause(dialect()), "live_by_lane");
  expect_index(all + "message_transaction" + waiting_rounds_clause(dialect()), "live_by_lane");
  expect_index(next_lane_statement(dialect()), "live_by_lane");
  expect_index(all + "message_transaction_history" + users_history_clause(dialect()),
               "history_by_user");
  auto failures = failures_clause(dialect());
  // A range that is not empty, else there is nothing to plan.
  failures.replace(failures.find("created_at < ?"), 14, "created_at < 9");
  expect_index(all + "message_transaction_history" + failures, "history_by_error");
  expect_index(newest_failures_statement(dialect()), "history_by_error");
  expect_index(outdated_statement(dialect()), "history_by_message");
  expect_index(outdated_statement(dialect()), "live_by_message");
  expect_index(outdated_statement(dialect()), "PRIMARY");
}

BOOST_AUTO_TEST_CASE(a_reader_of_events_goes_on_behind_its_place) {
  const auto rows = on_mysql() ? "PRIMARY" : "sqlite_autoindex_event_log_1";
  expect_index(event_rows_statement(), rows);
  expect_index(next_event_session_statement(), rows);
  expect_index(writing_sessions_statement(dialect()), "marker_by_node");
}

BOOST_AUTO_TEST_CASE(a_take_over_reads_the_rows_of_one_owner) {
  for (bool one_provider : {false, true}) {
    expect_index(free_owned_statement(dialect(), one_provider), "live_by_lane");
    expect_index(owned_processing_statement(dialect()), "live_by_lane");
  }
  expect_index(mark_statement(dialect(), true), "PRIMARY");
  expect_index(free_markers_statement(dialect()), "marker_by_node");
  expect_index(next_owner_statement(dialect()), "live_by_lane");
}

BOOST_AUTO_TEST_CASE(a_waiting_lane_is_one_index_lookup) {
  expect_index(waiting_lane_statement(dialect()), "live_by_lane");
}

BOOST_AUTO_TEST_CASE(waiting_rows_are_read_in_the_order_of_their_lane) {
  expect_index(waiting_rows_statement(dialect()), "live_by_lane");
}

BOOST_AUTO_TEST_CASE(verifying_reads_tables_in_the_order_of_their_messages) {
  const auto from = [](std::string statement) {
    for (auto at = statement.find("_id >"); at != std::string::npos;
         at = statement.find("_id >", at + 1))
      statement.replace(statement.find('?', at), 1, "X'01'");
    return statement;
  };
  expect_index(from(checked_rows_statement(dialect(), false)), "live_by_message");
  expect_index(from(checked_rows_statement(dialect(), true)), "history_by_message");
  auto messages = checked_messages_statement(dialect());
  messages.replace(messages.find('?'), 1, "X'01'");
  expect_index(messages, on_mysql() ? "PRIMARY" : "sqlite_autoindex_message_1");
  for (const auto& check : invariant_checks(dialect()))
    if (check.what.find("owner") != std::string_view::npos) expect_index(check.sql, "live_by_lane");
}

BOOST_AUTO_TEST_CASE(counting_reads_an_index_and_stops) {
  expect_index(free_rows_statement(dialect(), true), "live_by_lane");
  expect_index(free_rows_statement(dialect(), false), "live_by_lane");
  expect_index(owned_rows_statement(dialect()), "live_by_lane");
  expect_index(lane_count_statement(dialect(), true), "live_by_lane");
  expect_index(lane_count_statement(dialect(), false), "live_by_lane");
}

BOOST_AUTO_TEST_CASE(rows_are_loaded_begun_and_removed_by_their_ids) {
  expect_index(load_statement(dialect()), "PRIMARY");
  expect_index(begin_statement(dialect()), "PRIMARY");
  expect_index(begin_unread_statement(dialect()), "PRIMARY");
  expect_index(remove_statement(dialect()), "PRIMARY");
}

BOOST_AUTO_TEST_CASE(late_outcomes_that_wait_for_a_row_are_found_by_it) {
  apply({accepted(4711)});
  expect_index("SELECT id FROM late_outcome WHERE waits_for IN ({ids})",
               on_mysql() ? "waits_for_i" : "late_outcome_waits_for_i");
}

BOOST_AUTO_TEST_CASE(a_receipt_finds_its_transaction_by_the_providers_id) {
  auto statement = find_by_ref_statement(dialect());
  // Texts, lest MySQL compares the column's values as numbers.
  statement.replace(statement.find("{ids}"), 5, "'a', 'b'");
  expect_index(statement, "history_by_provider_ref");
}

BOOST_AUTO_TEST_CASE(a_messages_transactions_are_found_by_its_id) {
  expect_index("SELECT id FROM message_transaction WHERE message_id = X'01'", "live_by_message");
  expect_index("SELECT id FROM message_transaction WHERE message_id IN (X'01', X'02')",
               "live_by_message");
  expect_index("SELECT id FROM message_transaction_history WHERE message_id = X'01'",
               "history_by_message");
  for (bool archived : {false, true}) {
    auto statement = rows_of_message_statement(dialect(), archived);
    expect_index(statement.replace(statement.find('?'), 1, "X'01'"),
                 archived ? "history_by_message" : "live_by_message");
  }
}

BOOST_AUTO_TEST_CASE(one_transaction_is_found_by_its_id) {
  for (bool archived : {false, true})
    expect_index(row_statement(dialect(), archived), "PRIMARY");
}

BOOST_AUTO_TEST_CASE(a_list_reads_ids_in_order_from_the_newest_down) {
  for (bool archived : {false, true}) {
    const std::string of_user = archived ? "history_by_user" : "live_by_user";
    for (bool one_user : {false, true}) {
      const auto index = one_user ? of_user : "PRIMARY";
      expect_index(in_range(window_statement(dialect(), archived, one_user)), index);
      for (std::size_t providers : {0, 1, 4})
        expect_index(in_range(page_statement(dialect(), archived, one_user, providers)), index);
    }
    expect_index(in_range(creation_statement(dialect(), archived)), "PRIMARY");
  }
}

BOOST_AUTO_TEST_CASE(messages_are_listed_along_an_index) {
  const auto of = [&](message_order order) {
    auto statement = next_messages_statement(dialect(), order);
    const std::string below = " < ?", from = " >= ?";
    statement.replace(statement.find(below), below.size(), " < X'ff'");
    return statement.replace(statement.find(from), from.size(), " >= X'00'");
  };
  expect_index(of(message_order::all), on_mysql() ? "PRIMARY" : "sqlite_autoindex_message_1");
  expect_index(of(message_order::of_user), "message_by_user");
  expect_index(of(message_order::of_term), "message_by_term");
  for (const bool archived : {false, true})
    expect_index(of_messages(rows_of_messages_in_statement(dialect(), archived)),
                 archived ? "history_by_message" : "live_by_message");
}

BOOST_AUTO_TEST_CASE(retention_walks_along_the_completion_of_history) {
  expect_index(completed_rows_statement(dialect()), "history_by_completion");
  expect_index(of_messages(rows_of_messages_statement(dialect())), "history_by_message");
  expect_index(of_messages(unfinished_messages_statement(dialect())), "live_by_message");
  apply({accepted(4711)});
  expect_index(old_late_outcomes_statement(dialect()), "late_by_creation");
  expect_index(nth_event_row_statement(dialect()), "event_log_by_time");
  expect_index(last_event_row_statement(dialect()), "event_log_by_time");
  expect_index(old_event_rows_statement(dialect()), "event_log_by_time");
  if (!on_mysql()) expect_index(empty_late_messages_statement(), "late_outcome_transaction_id_i");
  expect_index(empty_answers_statement(dialect()), "PRIMARY");
  if (on_mysql()) expect_index(of_messages(empty_bodies_statement(dialect())), "PRIMARY");
  // A statement that deletes names no index in SQLite's plan but this one, of the primary key.
  for (const bool metadata_only : {false, true})
    expect_index(of_messages(forget_terms_statement(dialect(), metadata_only)),
                 on_mysql() ? "PRIMARY" : "sqlite_autoindex_message_term_1");
  auto one_body = body_removed_statement(dialect());
  one_body.replace(one_body.find('?'), 1, "X'01'");
  expect_index(one_body, on_mysql() ? "PRIMARY" : "sqlite_autoindex_message_1");
}

BOOST_AUTO_TEST_CASE(audit_entries_are_listed_and_pruned_along_an_index) {
  apply({note_audit{}});
  const auto listed = [&](audit_order order) {
    auto statement = in_range(audit_statement(dialect(), order));
    for (const std::string_view column : {"who = ?", "action = ?"})
      if (const auto at = statement.find(column); at != std::string::npos)
        statement.replace(at + column.size() - 1, 1, "'x'");
    return statement;
  };
  expect_index(listed(audit_order::all), "PRIMARY");
  expect_index(listed(audit_order::of_who), "audit_by_who");
  expect_index(listed(audit_order::of_action), "audit_by_action");
  expect_index(first_audit_since_statement(dialect()), "audit_by_time");
  expect_index(old_audit_statement(dialect()), "audit_by_time");
  expect_index(first_audit_statement(dialect()), "PRIMARY");
}

BOOST_AUTO_TEST_CASE(idempotency_keys_are_found_by_client_and_key_and_pruned_in_their_order) {
  expect_index(of_messages(stored_keys_statement(dialect())), "idempotency_by_key");
  expect_index(expired_keys_statement(dialect()),
               on_mysql() ? "expires_at_i" : "idempotency_key_expires_at_i");
}

BOOST_AUTO_TEST_CASE(api_keys_are_found_and_counted_by_their_names) {
  api_key shop;
  shop.name = "shop";
  apply({create_api_key{shop}});
  const auto index = on_mysql() ? "name_i" : "api_key_name_i";
  auto by_name = key_name_statement(dialect());
  expect_index(by_name.replace(by_name.find('?'), 1, "'shop'"), index);
  expect_index(key_count_statement(dialect()), index);
  auto usable = usable_key_count_statement(dialect());
  expect_index(usable.replace(usable.find('?'), 1, "5"), index);
}

BOOST_AUTO_TEST_CASE(deliveries_of_endpoints_are_found_by_state_and_age) {
  expect_index(deliveries_statement(dialect()), "endpoint_delivery_by_status");
  expect_index(old_deliveries_statement(dialect()), "endpoint_delivery_by_time");
}

BOOST_AUTO_TEST_CASE(changed_lists_are_found_by_their_version) {
  for (int user = 1; user < 50; ++user)
    apply({put_user_providers{user, {}}});
  expect_index(change_counters_statement(), on_mysql() ? "PRIMARY" : "sqlite_autoindex_id_block_1");
  expect_index("SELECT user_id FROM user_list WHERE version > 45 ORDER BY version LIMIT 2",
               on_mysql() ? "version_i" : "user_list_version_i");
}

BOOST_AUTO_TEST_CASE(the_columns_of_native_statements_are_those_of_the_records) {
  if (in_memory()) return;
  const auto columns_of = [this](const std::string& table) {
    std::string list;
    for (const auto& column :
         sql(on_mysql() ? "SELECT column_name FROM information_schema.columns "
                          "WHERE table_schema = DATABASE() AND"
                          " table_name = '" +
                              table + "' ORDER BY ordinal_position"
                        : "SELECT name FROM pragma_table_info('" + table + "')"))
      list.append(list.empty() ? "" : ", ").append(column[0]);
    return list;
  };
  BOOST_TEST(columns_of("message_transaction") == transaction_column_list());
  BOOST_TEST(columns_of("message_transaction_history") == transaction_column_list());
  BOOST_TEST(columns_of("message") == message_columns);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
