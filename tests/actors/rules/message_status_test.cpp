#include "actors/rules/message_status.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

using persistence::transaction_status;

const std::map<persistence::provider_id, persistence::provider> directory{
    {1, {1, "signal-a", "signal", 10, true, true}}, {2, {2, "mail-a", "email", 20, false, true}}};

struct status_fixture {
  persistence::found_message found;

  /// One row; `next` is the transaction that superseded it.
  void add(persistence::transaction_id id, int recipient, int chain, transaction_status status,
           bool archived, persistence::transaction_id next = 0) {
    persistence::found_transaction row;
    row.transaction.id = id;
    row.transaction.recipient_no = recipient;
    row.transaction.chain_no = chain;
    row.transaction.provider = 1;
    row.transaction.recipient = "+1555000" + std::to_string(id);
    row.transaction.status = status;
    row.transaction.superseded_by = next;
    row.archived = archived;
    const auto to = static_cast<std::size_t>(recipient) + 1;
    if (found.message.recipients.size() < to) found.message.recipients.resize(to);
    found.transactions.push_back(row);
  }
  message_info described() const { return describe(found, directory); }
  std::string_view status() const { return to_string(described().status); }
};

BOOST_FIXTURE_TEST_SUITE(message_status, status_fixture)

BOOST_AUTO_TEST_CASE(a_single_transaction_gives_the_message_its_status) {
  const struct {
    transaction_status status;
    bool archived;
    std::string_view seen;
    bool final;
  } rows[]{{transaction_status::pending, false, "pending", false},
           {transaction_status::processing, false, "processing", false},
           {transaction_status::success, true, "success", true},
           {transaction_status::failed, true, "failed", true},
           // A live failure has a next_retry_at: it is not the end.
           {transaction_status::failed, false, "pending", false}};
  for (const auto& row : rows) {
    status_fixture one;
    one.add(1, 0, 0, row.status, row.archived);
    BOOST_TEST(one.status() == row.seen);
    BOOST_TEST(one.described().recipients[0].transactions[0].final == row.final);
    BOOST_TEST(one.described().recipients[0].transactions[0].archived == row.archived);
  }
}

BOOST_AUTO_TEST_CASE(what_was_superseded_does_not_count) {
  add(1, 0, 0, transaction_status::failed, true, 2);
  add(2, 0, 0, transaction_status::failed, true, 3);
  add(3, 0, 0, transaction_status::processing, false);
  BOOST_TEST(status() == "processing");
  const auto rows = described().recipients[0].transactions;
  BOOST_TEST_REQUIRE(rows.size() == 3U);
  for (const auto& row : rows)
    BOOST_TEST(!row.final);
}

BOOST_AUTO_TEST_CASE(the_transaction_that_nothing_superseded_says_how_its_chain_stands) {
  // Not the one with the highest id: ids come in blocks, one to each node.
  add(900, 0, 0, transaction_status::failed, true, 100);
  add(100, 0, 0, transaction_status::success, true);
  BOOST_TEST(status() == "success");
}

BOOST_AUTO_TEST_CASE(a_chain_that_was_retried_by_hand_hides_the_one_before) {
  add(1, 0, 0, transaction_status::failed, true);
  BOOST_TEST(status() == "failed");
  add(2, 0, 1, transaction_status::pending, false);
  BOOST_TEST(status() == "pending");
  found.transactions.back().transaction.status = transaction_status::success;
  found.transactions.back().archived = true;
  BOOST_TEST(status() == "success");
}

BOOST_AUTO_TEST_CASE(recipients_that_agree_give_the_message_their_status) {
  for (int recipient = 0; recipient < 3; ++recipient)
    add(recipient + 1, recipient, 0, transaction_status::success, true);
  BOOST_TEST(status() == "success");
}

BOOST_AUTO_TEST_CASE(recipients_that_differ_make_the_message_partial) {
  const transaction_status statuses[]{transaction_status::pending, transaction_status::processing,
                                      transaction_status::success, transaction_status::failed};
  for (auto one : statuses) {
    for (auto other : statuses) {
      for (int second : {1, 2}) {
        status_fixture both;
        both.add(1, 0, 0, one, true);
        if (second == 2) both.add(3, 1, 0, one, true);
        both.add(2, second, 0, other, true);
        BOOST_TEST((both.status() == "partial") == (one != other));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_failure_that_will_be_retried_agrees_with_what_is_pending) {
  add(1, 0, 0, transaction_status::failed, false);
  add(2, 1, 0, transaction_status::pending, false);
  BOOST_TEST(status() == "pending");
}

BOOST_AUTO_TEST_CASE(a_recipient_is_shown_as_the_client_gave_it) {
  add(1, 3, 0, transaction_status::pending, false);
  found.message.recipients = {{"+15551234567", "bob@example.com", ""},
                              {"", "bob@example.com", "https://x/"},
                              {"", "", "https://x/"},
                              {}};
  const auto info = described();
  BOOST_TEST(info.recipients[0].recipient == "+15551234567");
  BOOST_TEST(info.recipients[1].recipient == "bob@example.com");
  BOOST_TEST(info.recipients[2].recipient == "https://x/");
  // The user's own address, from the first transaction.
  BOOST_TEST(info.recipients[3].recipient == "+15550001");
  BOOST_TEST(to_string(info.recipients[0].status) == "pending");
}

BOOST_AUTO_TEST_CASE(a_row_of_a_recipient_that_the_message_does_not_have_is_left_out) {
  add(1, 0, 0, transaction_status::success, true);
  add(2, 1, 0, transaction_status::failed, true);
  found.message.recipients.resize(1);
  found.transactions.push_back(found.transactions.front());
  found.transactions.back().transaction.recipient_no = -1;
  BOOST_TEST(status() == "success");
}

BOOST_AUTO_TEST_CASE(a_message_without_rows_is_pending) {
  found.message.recipients.resize(2);
  BOOST_TEST(status() == "pending");
}

BOOST_AUTO_TEST_CASE(a_recipient_has_an_outcome_when_its_status_is_final) {
  using persistence::error_code;
  using persistence::receipt;
  const struct {
    transaction_status status;
    error_code error;
    receipt said;
    std::string_view outcome;
  } rows[]{
      {transaction_status::success, error_code::none, receipt::none, "sent"},
      {transaction_status::success, error_code::none, receipt::accepted, "sent"},
      {transaction_status::success, error_code::none, receipt::delivered, "delivered"},
      {transaction_status::success, error_code::none, receipt::read, "delivered"},
      {transaction_status::success, error_code::none, receipt::undelivered, "undelivered"},
      {transaction_status::failed, error_code::undelivered, receipt::undelivered, "undelivered"},
      {transaction_status::failed, error_code::cancelled, receipt::none, "cancelled"},
      {transaction_status::failed, error_code::expired, receipt::none, "expired"},
      {transaction_status::failed, error_code::outcome_unknown, receipt::none, "unknown"},
      {transaction_status::failed, error_code::recipient_rejected, receipt::none, "failed"},
      {transaction_status::failed, error_code::message_rejected, receipt::none, "failed"},
      {transaction_status::failed, error_code::throttled, receipt::none, "failed"},
      {transaction_status::failed, error_code::unavailable, receipt::none, "failed"},
      {transaction_status::failed, error_code::misconfigured, receipt::none, "failed"},
      {transaction_status::failed, error_code::no_route, receipt::none, "failed"}};
  for (const auto& row : rows) {
    status_fixture one;
    one.add(1, 0, 0, row.status, true);
    one.found.transactions[0].transaction.error = row.error;
    one.found.transactions[0].transaction.receipt = row.said;
    const auto outcome = one.described().recipients[0].outcome;
    BOOST_REQUIRE(outcome.has_value());
    BOOST_TEST(to_string(*outcome) == row.outcome);
    // The same while it waits for its retry.
    one.found.transactions[0].archived = false;
    BOOST_TEST(one.described().recipients[0].outcome.has_value() ==
               (row.status == transaction_status::success));
  }
  for (const auto status : {transaction_status::pending, transaction_status::processing}) {
    status_fixture one;
    one.add(1, 0, 0, status, false);
    BOOST_TEST(!one.described().recipients[0].outcome.has_value());
  }
}

BOOST_AUTO_TEST_CASE(one_receipt_is_enough_for_a_recipient_who_got_it_twice) {
  using persistence::receipt;
  const auto outcome_with = [](receipt first, receipt second) {
    status_fixture twice;
    twice.add(1, 0, 0, transaction_status::success, true, 2);
    twice.add(2, 0, 0, transaction_status::success, true);
    twice.found.transactions[0].transaction.receipt = first;
    twice.found.transactions[1].transaction.receipt = second;
    return to_string(*twice.described().recipients[0].outcome);
  };
  BOOST_TEST(outcome_with(receipt::none, receipt::delivered) == "delivered");
  BOOST_TEST(outcome_with(receipt::read, receipt::undelivered) == "delivered");
  BOOST_TEST(outcome_with(receipt::undelivered, receipt::none) == "sent");
  BOOST_TEST(outcome_with(receipt::undelivered, receipt::undelivered) == "undelivered");
}

BOOST_AUTO_TEST_CASE(a_persons_word_counts_until_a_receipt_says_otherwise) {
  using persistence::error_code;
  using persistence::receipt;
  const struct {
    transaction_status status;
    std::string_view settlement;
    receipt said;
    std::string_view ref, outcome;
  } rows[]{{transaction_status::success, "arrived 5 ops", receipt::none, "", "delivered"},
           {transaction_status::success, "arrived 5 ops", receipt::undelivered, "", "undelivered"},
           // Its provider has accepted it since, and says no more.
           {transaction_status::success, "arrived 5 ops", receipt::none, "ref", "sent"},
           {transaction_status::success, "give_up 5 ops", receipt::none, "", "sent"},
           {transaction_status::failed, "give_up 5 ops", receipt::none, "", "failed"},
           {transaction_status::failed, "give_up 5 ops", receipt::undelivered, "", "undelivered"},
           {transaction_status::failed, "not_sent 5 ops", receipt::none, "", "unknown"},
           {transaction_status::failed, "", receipt::undelivered, "", "undelivered"}};
  for (const auto& row : rows) {
    status_fixture one;
    one.add(1, 0, 0, row.status, true);
    auto& ended = one.found.transactions[0].transaction;
    if (row.status == transaction_status::failed) ended.error = error_code::outcome_unknown;
    ended.settlement = row.settlement;
    ended.receipt = row.said;
    ended.provider_ref = row.ref;
    BOOST_TEST(to_string(one.described().recipients[0].outcome.value()) == row.outcome);
  }
}

BOOST_AUTO_TEST_CASE(a_chain_that_was_begun_by_hand_decides_the_outcome) {
  add(1, 0, 0, transaction_status::failed, true);
  found.transactions[0].transaction.error = persistence::error_code::outcome_unknown;
  add(2, 0, 1, transaction_status::pending, false);
  BOOST_TEST(!described().recipients[0].outcome.has_value());
  found.transactions[1].transaction.status = transaction_status::success;
  found.transactions[1].archived = true;
  BOOST_TEST(to_string(*described().recipients[0].outcome) == "sent");
}

BOOST_AUTO_TEST_CASE(a_message_shows_what_was_asked_for) {
  using namespace std::chrono_literals;
  const persistence::time_point accepted{1'000s};
  found.message.created_at = accepted;
  // By chain and number, not by id.
  add(3, 0, 1, transaction_status::pending, false);
  add(9, 0, 0, transaction_status::failed, true, 2);
  add(2, 0, 0, transaction_status::failed, true);
  auto& first = found.transactions[1].transaction;
  found.transactions[2].transaction.retry_count = 1;
  first.first_due = accepted;
  first.due_at = accepted + 1h;
  first.expires_at = accepted + 2h;
  first.priority = persistence::priority::high;
  first.on_unknown = persistence::on_unknown::hold;
  first.max_retries = 7;
  for (auto* other : {&found.transactions[0].transaction, &found.transactions[2].transaction})
    other->first_due = accepted + 5h;
  const auto at_once = described();
  BOOST_TEST(!at_once.send_at.has_value());
  BOOST_TEST((at_once.expires_at == accepted + 2h));
  BOOST_TEST(to_string(at_once.priority) == "high");
  BOOST_TEST(to_string(at_once.on_unknown) == "hold");
  BOOST_TEST(at_once.max_retries == 7);
  first.first_due = accepted + 1us;
  BOOST_TEST((described().send_at == accepted + 1us));
}

BOOST_AUTO_TEST_CASE(a_scheduled_message_of_an_older_release_keeps_its_time) {
  using namespace std::chrono_literals;
  add(1, 0, 0, transaction_status::pending, false);
  auto& row = found.transactions[0].transaction;
  row.due_at = persistence::time_point(5s);
  BOOST_TEST((described().send_at == persistence::time_point(5s)));
  // A due time after an attempt is that of a retry.
  row.attempts.push_back({.provider = 1});
  BOOST_TEST(!described().send_at.has_value());
}

BOOST_AUTO_TEST_CASE(attempts_name_their_providers) {
  persistence::found_transaction row;
  row.transaction.attempts = {{.provider = 2}, {.provider = 5}, {.provider = 1}};
  const auto info = describe(row, directory);
  BOOST_REQUIRE_EQUAL(info.tried.size(), 3u);
  BOOST_TEST(info.tried[0].name == "mail-a");
  BOOST_TEST(info.tried[0].type == "email");
  BOOST_TEST(info.tried[1].name == "");
  BOOST_TEST(info.tried[2].name == "signal-a");
}

BOOST_AUTO_TEST_CASE(transactions_name_their_provider_even_when_it_is_gone_from_the_configuration) {
  persistence::found_transaction row;
  row.transaction.provider = 2;
  BOOST_TEST(describe(row, directory).provider == "mail-a");
  BOOST_TEST(describe(row, directory).provider_type == "email");
  row.transaction.provider = 3;
  BOOST_TEST(describe(row, directory).provider == "");
}

BOOST_AUTO_TEST_CASE(statuses_have_names) {
  BOOST_TEST(to_string(delivery_status::pending) == "pending");
  BOOST_TEST(to_string(delivery_status::processing) == "processing");
  BOOST_TEST(to_string(delivery_status::success) == "success");
  BOOST_TEST(to_string(delivery_status::failed) == "failed");
  BOOST_TEST(to_string(delivery_status::partial) == "partial");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
