#include "tests/persistence/ledger_fixture.hpp"

#include <algorithm>

namespace postrider::test {

/// Each case breaks one row past the ledger; verify() must name the invariant and the row.
struct verify_fixture : ledger_fixture {
  void expect(int invariant, const std::string& part) {
    const auto found = queries->verify(100).value();
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

BOOST_AUTO_TEST_CASE(a_live_chain_that_is_not_the_newest_is_reported) {
  if (skip()) return;
  const auto ids = apply({accept(2)}).at(0).ids;
  sql("UPDATE message_transaction SET recipient_no = 0, chain_no = 1 WHERE id = " + text(ids[1]));
  expect(1, "not the newest: " + text(ids[0]));
}

BOOST_AUTO_TEST_CASE(a_lost_successor_is_reported) {
  if (skip()) return;
  const auto id = processing();
  const auto next = apply({retry(id)}).at(0).ids[0];
  sql("DELETE FROM message_transaction WHERE id = " + text(next));
  expect(1, "(id, successor): " + text(id) + ", " + text(next));
}

BOOST_AUTO_TEST_CASE(a_gap_in_the_retries_is_reported) {
  if (skip()) return;
  const auto id = pending();
  sql("UPDATE message_transaction SET retry_count = 2 WHERE id = " + text(id));
  expect(2, "0, 1, 2 (first id, rows, highest): " + text(id) + ", 1, 2");
  sql("UPDATE message_transaction SET retry_count = 0, retries_used = 9 WHERE id = " + text(id));
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

BOOST_AUTO_TEST_CASE(a_processing_row_without_a_living_owner_is_reported) {
  if (skip()) return;
  const auto id = processing();
  sql("UPDATE message_transaction SET owner = 0 WHERE id = " + text(id));
  expect(4, "without an owner: " + text(id));
  sql("UPDATE message_transaction SET owner = 4711 WHERE id = " + text(id));
  expect(4, "(id, owner): " + text(id) + ", 4711");
}

BOOST_AUTO_TEST_CASE(rows_that_nothing_would_ever_pick_up_are_reported) {
  if (skip()) return;
  const auto retried = failed(), waiting = pending();
  sql("UPDATE message_transaction SET due_at = 0 WHERE id = " + text(retried));
  sql("UPDATE message_transaction SET lane = 99 WHERE id = " + text(waiting));
  expect(5, "no retry: " + text(retried));
  expect(5, "lane: " + text(waiting));
}

BOOST_AUTO_TEST_CASE(final_rows_without_time_or_reason_are_reported) {
  if (skip()) return;
  const auto id = processing(), other = processing();
  apply({accepted(id), gave_up(other)});
  sql("UPDATE message_transaction_history SET completed_at = NULL WHERE id = " + text(id));
  sql("UPDATE message_transaction_history SET error_code = 0 WHERE id = " + text(other));
  expect(5, "not final: " + text(id));
  expect(5, "without a reason, or successful one with an error: " + text(other));
}

BOOST_AUTO_TEST_CASE(no_more_violations_are_told_than_asked_for) {
  if (skip()) return;
  apply({accept(20, 0)});
  sql("UPDATE message_transaction SET lane = 99");
  BOOST_TEST(queries->verify(5).value().size() == 5);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
