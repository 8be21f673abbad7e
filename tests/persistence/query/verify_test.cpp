#include "tests/persistence/ledger_fixture.hpp"

#include <algorithm>

namespace postrider::test {

/// Each case breaks one row past the ledger; verify() must name the invariant and the row.
struct verify_fixture : ledger_fixture {
  void expect(int invariant, const std::string& part) {
    const auto found = queries->verify(100).value().violations;
    const auto named = std::ranges::count_if(found, [&](const violation& v) {
      return v.invariant == invariant && v.detail.find(part) != std::string::npos;
    });
    BOOST_TEST(named >= 1, "no violation of " << invariant << " with '" << part << "'");
    for (const auto& v : found)
      BOOST_TEST_MESSAGE(v.invariant << ": " << v.detail);
  }
  std::string text(transaction_id id) { return std::to_string(id); }
  bool skip() { return in_memory(); }
};

BOOST_FIXTURE_TEST_SUITE(verifying, verify_fixture)

BOOST_AUTO_TEST_CASE(a_message_without_transactions_is_reported) {
  if (skip()) return;
  const auto id = pending();
  sql("DELETE FROM message_transaction WHERE id = " + text(id));
  expect(1, "each of its recipients: 00000000");
}

BOOST_AUTO_TEST_CASE(a_recipient_without_a_chain_is_reported) {
  if (skip()) return;
  const auto ids = apply({accept(3)}).at(0).ids;
  sql("DELETE FROM message_transaction WHERE id = " + text(ids[1]));
  expect(1, "each of its recipients");
}

BOOST_AUTO_TEST_CASE(a_chain_with_two_ends_is_reported) {
  if (skip()) return;
  const auto id = processing();
  apply({retry(id)});
  sql("UPDATE message_transaction_history SET superseded_by = 0 WHERE id = " + text(id));
  expect(1, "one final one (first id, live, final): " + text(id) + ", 1, 1");
}

BOOST_AUTO_TEST_CASE(a_chain_without_an_end_is_reported) {
  if (skip()) return;
  const auto id = processing();
  apply({accepted(id)});
  sql("UPDATE message_transaction_history SET superseded_by = id WHERE id = " + text(id));
  expect(1, "one final one (first id, live, final): " + text(id) + ", 0, 0");
}

BOOST_AUTO_TEST_CASE(a_live_chain_that_is_not_the_newest_is_reported) {
  if (skip()) return;
  const auto ids = apply({accept(2)}).at(0).ids;
  sql("UPDATE message_transaction SET recipient_no = 0, chain_no = 1 WHERE id = " + text(ids[1]));
  expect(1, "not the newest: " + text(ids[0]));
}

BOOST_AUTO_TEST_CASE(a_live_chain_before_a_finished_one_is_reported) {
  if (skip()) return;
  const auto ids = apply({accept(2)}).at(0).ids;
  apply({begin_delivery{ids[1]}});
  apply({accepted(ids[1])});
  sql("UPDATE message_transaction_history SET recipient_no = 0, chain_no = 1 WHERE id = " +
      text(ids[1]));
  expect(1, "not the newest: " + text(ids[0]));
}

BOOST_AUTO_TEST_CASE(a_lost_successor_is_reported) {
  if (skip()) return;
  const auto id = processing();
  const auto next = apply({retry(id)}).at(0).ids[0];
  sql("DELETE FROM message_transaction WHERE id = " + text(next));
  expect(1, "(id, successor): " + text(id) + ", " + text(next));
}

BOOST_AUTO_TEST_CASE(a_successor_of_another_message_is_not_lost) {
  if (skip()) return;
  const auto id = processing(), other = pending();
  apply({retry(id)});
  sql("UPDATE message_transaction_history SET superseded_by = " + text(other) +
      " WHERE id = " + text(id));
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_gap_in_the_retries_is_reported) {
  if (skip()) return;
  const auto id = pending();
  sql("UPDATE message_transaction SET retry_count = 2 WHERE id = " + text(id));
  expect(2, "0, 1, 2 (first id, rows, highest): " + text(id) + ", 1, 2");
  sql("UPDATE message_transaction SET retry_count = 0, retries_used = 9 WHERE id = " + text(id));
  expect(2, "max_retries: " + text(id));
}

BOOST_AUTO_TEST_CASE(a_retry_that_is_counted_twice_is_reported) {
  if (skip()) return;
  const auto id = processing();
  const auto next = apply({retry(id)}).at(0).ids[0];
  sql("UPDATE message_transaction SET retry_count = 0 WHERE id = " + text(next));
  expect(2, "0, 1, 2 (first id, rows, highest): " + text(id) + ", 2, 0");
}

BOOST_AUTO_TEST_CASE(more_retries_than_allowed_are_reported_in_history_too) {
  if (skip()) return;
  const auto id = processing();
  apply({accepted(id)});
  sql("UPDATE message_transaction_history SET retries_used = 6 WHERE id = " + text(id));
  expect(2, "max_retries: " + text(id));
}

BOOST_AUTO_TEST_CASE(a_transaction_in_both_tables_is_reported) {
  if (skip()) return;
  const auto id = processing();
  sql("INSERT INTO message_transaction_history SELECT * FROM message_transaction WHERE id = " +
      text(id));
  expect(3, text(id));
  expect(5, "not final: " + text(id));
}

BOOST_AUTO_TEST_CASE(a_transaction_in_history_under_another_message_is_reported) {
  if (skip()) return;
  const auto id = processing(), other = processing();
  apply({accepted(other)});
  sql("UPDATE message_transaction_history SET id = " + text(id) + " WHERE id = " + text(other));
  expect(3, "both tables: " + text(id));
}

BOOST_AUTO_TEST_CASE(a_processing_row_without_a_living_owner_is_reported) {
  if (skip()) return;
  const auto id = processing();
  sql("UPDATE message_transaction SET owner = 0 WHERE id = " + text(id));
  expect(4, "without an owner: " + text(id));
  sql("UPDATE message_transaction SET owner = 4711 WHERE id = " + text(id));
  expect(4, "(id, owner): " + text(id) + ", 4711");
  sql("UPDATE message_transaction SET owner = -1 WHERE id = " + text(id));
  expect(4, "(id, owner): " + text(id) + ", -1");
}

BOOST_AUTO_TEST_CASE(a_row_of_a_node_that_ended_is_reported) {
  if (skip()) return;
  const auto id = pending();
  sql("UPDATE node SET alive = 0 WHERE id = " + text(node));
  expect(4, "(id, owner): " + text(id) + ", " + text(node));
}

BOOST_AUTO_TEST_CASE(rows_that_nothing_would_ever_pick_up_are_reported) {
  if (skip()) return;
  const auto retried = failed(), waiting = pending();
  sql("UPDATE message_transaction SET due_at = 0 WHERE id = " + text(retried));
  sql("UPDATE message_transaction SET lane = 99 WHERE id = " + text(waiting));
  expect(5, "no retry: " + text(retried));
  expect(5, "lane: " + text(waiting));
  sql("UPDATE message_transaction SET due_at = 1, lane = 7 WHERE id = " + text(retried));
  expect(5, "no retry: " + text(retried));
}

BOOST_AUTO_TEST_CASE(a_success_among_the_live_rows_is_reported) {
  if (skip()) return;
  const auto id = pending();
  sql("UPDATE message_transaction SET status = 2 WHERE id = " + text(id));
  expect(5, "successful transaction that is not in history: " + text(id));
}

BOOST_AUTO_TEST_CASE(final_rows_without_time_or_reason_are_reported) {
  if (skip()) return;
  const auto id = processing(), other = processing();
  apply({accepted(id), gave_up(other)});
  sql("UPDATE message_transaction_history SET completed_at = NULL WHERE id = " + text(id));
  sql("UPDATE message_transaction_history SET error_code = 0 WHERE id = " + text(other));
  expect(5, "not final: " + text(id));
  expect(5, "without a reason, or successful one with an error: " + text(other));
  sql("UPDATE message_transaction_history SET error_code = 1 WHERE id = " + text(id));
  expect(5, "without a reason, or successful one with an error: " + text(id));
}

BOOST_AUTO_TEST_CASE(a_late_acceptance_that_waits_for_nothing_is_reported) {
  if (skip()) return;
  const auto waiting = pending();
  sql("INSERT INTO late_outcome (transaction_id, owner, status, error_code, error_message,"
      " provider_ref, created_at, waits_for) VALUES (4711, 1, 2, 0, '', '', 1, " +
      text(waiting) + ")");
  expect(10, "not processing: 4711");
  apply({begin_delivery{waiting}});
  check_invariants();
}

BOOST_AUTO_TEST_CASE(identifiers_that_are_none_are_reported) {
  if (skip() || on_mysql()) return;
  for (const std::string wrong :
       {"'a text'", "X''", "X'01'", "X'0102030405060708090A0B0C0D0E0F1011'"}) {
    const auto id = pending();
    sql("UPDATE message_transaction SET message_id = " + wrong + " WHERE id = " + text(id));
    expect(1, "transaction whose message identifier is not one: " + text(id));
    sql("UPDATE message SET id = " + wrong +
        " WHERE id NOT IN (SELECT message_id FROM "
        "message_transaction)");
    expect(1, "message whose identifier is not one: ");
    sql("DELETE FROM message_transaction");
    sql("DELETE FROM message");
  }
}

/// More rows than are read at a time, of one message and of many.
BOOST_AUTO_TEST_CASE(all_rows_are_checked_and_counted) {
  if (skip()) return;
  constexpr int many = 2'500;
  const auto ids = apply({accept(many)}).at(0).ids;
  std::vector<transition> messages;
  for (int i = 0; i < many; ++i)
    messages.push_back(accept());
  std::vector<transaction_id> others;
  for (const auto& one : apply(std::move(messages)))
    others.push_back(one.ids.at(0));
  std::vector<transition> begun, ended;
  for (int i = 0; i < many; i += 2) {
    begun.push_back(begin_delivery{others[i]});
    ended.push_back(accepted(others[i]));
  }
  apply(std::move(begun));
  apply(std::move(ended));
  const auto all = queries->verify(10).value();
  BOOST_TEST(all.violations.empty());
  BOOST_TEST(all.live == many + many / 2);
  BOOST_TEST(all.history == many / 2);

  sql("UPDATE message_transaction SET lane = 99 WHERE id IN (" + text(ids.back()) + ", " +
      text(others[many - 1]) + ")");
  sql("UPDATE message_transaction_history SET error_code = 1 WHERE id = " + text(others[many - 2]));
  expect(5, "lane: " + text(ids.back()));
  expect(5, "lane: " + text(others[many - 1]));
  expect(5, "with an error: " + text(others[many - 2]));
  BOOST_TEST(queries->verify(10).value().violations.size() == 3u);
}

BOOST_AUTO_TEST_CASE(no_more_violations_are_told_than_asked_for) {
  if (skip()) return;
  apply({accept(20, 0)});
  sql("UPDATE message_transaction SET lane = 99");
  BOOST_TEST(queries->verify(5).value().violations.size() == 5u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
