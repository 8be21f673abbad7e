#include "actors/rules/settlement_check.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using persistence::error_code;
using persistence::settled_as;
using persistence::transaction_status;

constexpr time_point now{1'700'000'000s};
constexpr settled_as all[]{settled_as::arrived, settled_as::not_sent, settled_as::give_up};

struct check_fixture {
  message_info message;

  check_fixture() { message.recipients.resize(2); }

  persistence::transaction& add(transaction_id id, error_code error = error_code::outcome_unknown,
                                bool archived = true) {
    transaction_info info;
    info.transaction.id = id;
    info.transaction.status = transaction_status::failed;
    info.transaction.error = error;
    info.archived = archived;
    // The first recipient's are not looked at.
    message.recipients[1].transactions.push_back(info);
    return message.recipients[1].transactions.back().transaction;
  }
  std::string refusal(settled_as outcome, transaction_id id = 7) const {
    return refusal_to_settle(message, id, outcome, now).value_or("");
  }
  void expect_all(std::string_view text) const {
    for (const auto outcome : all)
      BOOST_TEST(refusal(outcome) == text);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(settlement_check, check_fixture)

BOOST_AUTO_TEST_CASE(an_unknown_end_is_settled_in_every_way) {
  add(7);
  expect_all("");
  add(8);
  BOOST_TEST(find_in(message, 8)->transaction.id == 8);
  BOOST_TEST(find_in(message, 9) == nullptr);
  BOOST_TEST(refusal(settled_as::arrived, 9) == "there is no transaction 9");
}

BOOST_AUTO_TEST_CASE(what_has_not_ended_is_not_settled) {
  auto& row = add(7, error_code::outcome_unknown, false);
  expect_all(
      "transaction 7 has not ended, and is tried again by itself; to end it, cancel its message");
  row.status = transaction_status::processing;
  expect_all("transaction 7 is being sent: wait until it has ended");
}

BOOST_AUTO_TEST_CASE(what_is_certain_is_not_settled) {
  auto& row = add(7, error_code::recipient_rejected);
  expect_all(
      "transaction 7 ended as recipient_rejected, which is certain: only outcome_unknown is "
      "settled. POST /v1/retry with include_final sends it again");
  row.status = transaction_status::success;
  row.error = error_code::none;
  expect_all("transaction 7 is a success: there is nothing to settle");
  row.status = transaction_status::failed;
  row.error = error_code::outcome_unknown;
  row.superseded_by = 9;
  expect_all(
      "transaction 9 came after transaction 7: settle that one, if it ends as "
      "outcome_unknown");
}

BOOST_AUTO_TEST_CASE(what_a_retry_would_refuse_is_posted_again) {
  const auto advice = [this] {
    const auto text = refusal(settled_as::give_up);
    return text.substr(text.rfind(". ") + 2);
  };
  auto& row = add(7, error_code::cancelled);
  expect_all(
      "transaction 7 ended as cancelled, which is certain: only outcome_unknown is settled. "
      "To send it, post the message again");
  row.error = error_code::expired;
  BOOST_TEST(advice() == "To send it, post the message again");
  row.error = error_code::unavailable;
  BOOST_TEST(advice() == "POST /v1/retry with include_final sends it again");
  row.expires_at = now;
  BOOST_TEST(advice() == "To send it, post the message again");
  row.expires_at = now + 1us;
  BOOST_TEST(advice() == "POST /v1/retry with include_final sends it again");
  message.message.body_removed_at = now;
  BOOST_TEST(advice() == "To send it, post the message again");
}

BOOST_AUTO_TEST_CASE(after_a_newer_chain_only_that_it_arrived_is_news) {
  add(7);
  auto& newer = add(12, error_code::none, false);
  newer.chain_no = 1;
  newer.status = transaction_status::pending;
  BOOST_TEST(refusal(settled_as::arrived) == "");
  const std::string_view text =
      "transaction 12 began a new chain for this recipient after transaction 7: settle that one, "
      "if it ends as outcome_unknown";
  BOOST_TEST(refusal(settled_as::not_sent) == text);
  BOOST_TEST(refusal(settled_as::give_up) == text);
  newer.status = transaction_status::success;
  BOOST_TEST(refusal(settled_as::give_up) ==
             "transaction 12 of the same recipient is a success: there is nothing to settle");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_sent_again_is_given_up_or_posted_again) {
  auto& row = add(7);
  row.expires_at = now;
  BOOST_TEST(refusal(settled_as::not_sent) ==
             "the message has expired: post it again, or settle this as give_up");
  row.expires_at = now + 1us;
  BOOST_TEST(refusal(settled_as::not_sent) == "");
  message.message.body_removed_at = now;
  BOOST_TEST(refusal(settled_as::not_sent) ==
             "the text of the message was deleted (history.keep_bodies): post the message again, "
             "or settle this as give_up");
  BOOST_TEST(refusal(settled_as::arrived) == "");
  BOOST_TEST(refusal(settled_as::give_up) == "");
}

BOOST_AUTO_TEST_CASE(the_same_decision_again_is_no_mistake) {
  auto& row = add(7);
  row.settlement = "not_sent 5 ops";
  add(12).chain_no = 1;
  BOOST_TEST(refusal(settled_as::not_sent) == "");
  BOOST_TEST(refusal(settled_as::give_up) != "");
  auto& settled = message.recipients[1].transactions[0].transaction;
  settled.settlement = "arrived 5";
  settled.status = transaction_status::success;
  settled.error = error_code::none;
  BOOST_TEST(refusal(settled_as::arrived) == "");
  BOOST_TEST(refusal(settled_as::not_sent) ==
             "transaction 7 is a success: there is nothing to settle");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::actors
