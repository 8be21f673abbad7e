#include "tests/persistence/receipt_fixture.hpp"

namespace postrider::test {

BOOST_FIXTURE_TEST_SUITE(receipts_after_fallback, receipt_fixture)

BOOST_AUTO_TEST_CASE(a_chain_that_went_on_before_its_first_attempt_came_back_goes_on_counting) {
  auto what = accept();
  what.transactions[0].fallback_on_undelivered = true;
  const auto first = apply({what}).at(0).ids.at(0);
  apply({begin_delivery{first}});
  const auto second = apply({retry(first, error_code::outcome_unknown)}).at(0).ids.at(0);
  receive(first, receipt::accepted);
  BOOST_TEST(find(second).transaction.error == error_code::cancelled);
  BOOST_TEST(receive(first, receipt::undelivered).count == 1);
  claim_ids(retry_lane);
  const auto third = apply({retry(first, error_code::undelivered, transaction_status::failed)});
  BOOST_TEST(third.at(0).status == transition_status::applied);
  BOOST_TEST(find(third.at(0).ids.at(0)).transaction.retry_count == 2);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_chain_that_came_back_ends_when_no_retry_is_left) {
  auto what = accept();
  what.transactions[0].fallback_on_undelivered = true;
  what.transactions[0].max_retries = 1;
  const auto first = apply({what}).at(0).ids.at(0);
  apply({begin_delivery{first}});
  apply({retry(first, error_code::outcome_unknown)});
  receive(first, receipt::accepted);
  receive(first, receipt::undelivered);
  claim_ids(retry_lane);
  BOOST_TEST(status_of(retry(first, error_code::undelivered, transaction_status::failed)) ==
             transition_status::conflict);
  BOOST_TEST(find(first).archived);
  BOOST_TEST(find(first).transaction.error == error_code::undelivered);
  BOOST_TEST(find(first).transaction.superseded_by == 0);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(delivered_after_all_while_the_fallback_is_sent_marks_both) {
  const auto first = delivered(true);
  receive(first, receipt::undelivered);
  claim_ids(retry_lane);
  const auto second =
      apply({retry(first, error_code::undelivered, transaction_status::failed)}).at(0).ids.at(0);
  apply({begin_delivery{second}});
  receive(first, receipt::delivered);
  apply({accepted(second)});
  for (const auto id : {first, second}) {
    BOOST_TEST(find(id).transaction.status == transaction_status::success);
    BOOST_TEST(find(id).transaction.possible_duplicate);
  }
  check_invariants();
}

BOOST_AUTO_TEST_CASE(delivered_after_the_fallback_was_accepted_marks_both) {
  const auto first = delivered(true);
  receive(first, receipt::undelivered);
  claim_ids(retry_lane);
  const auto second =
      apply({retry(first, error_code::undelivered, transaction_status::failed)}).at(0).ids.at(0);
  apply({begin_delivery{second}});
  apply({accepted(second)});
  receive(first, receipt::delivered);
  for (const auto id : {first, second})
    BOOST_TEST(find(id).transaction.possible_duplicate);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_copy_by_hand_that_is_undelivered_ends_when_the_first_one_arrived) {
  const auto first = delivered(true);
  receive(first, receipt::undelivered);
  claim_ids(retry_lane);
  apply({finish{first,
                transaction_status::failed,
                transaction_status::failed,
                {error_code::undelivered, "as the network says", ""}}});
  auto again = find(first).transaction;
  again.id = 0;
  again.due_at = now;
  again.error = error_code::none;
  again.error_message.clear();
  again.completed_at.reset();
  again.receipt = receipt::none;
  const auto second = apply({start_chain{first, again}}).at(0).ids.at(0);
  claim_ids(provider_lane);
  apply({begin_delivery{second}});
  apply({accepted(second)});
  receive(first, receipt::delivered);
  BOOST_TEST(find(first).transaction.status == transaction_status::success);
  BOOST_TEST(receive(second, receipt::undelivered).count == 0);
  BOOST_TEST(find(second).archived);
  BOOST_TEST(find(second).transaction.status == transaction_status::success);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_retry_with_a_receipt_of_its_own_is_no_cancelled_one) {
  const auto [first, second] = lost_and_retried();
  apply({begin_delivery{second}});
  receive(second, receipt::delivered);
  receive(first, receipt::delivered);
  BOOST_TEST(status_of(fail_for_now{second, {error_code::outcome_unknown, "timeout", ""}, now}) ==
             transition_status::conflict);
  for (const auto id : {first, second}) {
    BOOST_TEST(find(id).transaction.status == transaction_status::success);
    BOOST_TEST(find(id).transaction.possible_duplicate);
  }
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_cancelled_retry_that_was_sent_after_all_is_a_success_too) {
  const auto [first, second] = lost_and_retried();
  apply({begin_delivery{second}});
  receive(first, receipt::delivered);
  apply({fail_for_now{second, {error_code::outcome_unknown, "timeout", ""}, now}});
  BOOST_TEST(find(second).transaction.error == error_code::cancelled);
  receive(second, receipt::delivered);
  for (const auto id : {first, second}) {
    BOOST_TEST(find(id).transaction.status == transaction_status::success);
    BOOST_TEST(find(id).transaction.possible_duplicate);
  }
  check_invariants();
}

BOOST_AUTO_TEST_CASE(what_another_attempt_delivered_is_not_sent_a_third_time) {
  const auto first = processing();
  auto again = retry(first, error_code::outcome_unknown);
  again.successor.fallback_on_undelivered = true;
  const auto second = apply({again}).at(0).ids.at(0);
  apply({begin_delivery{second}});
  apply({accepted(second)});
  receive(first, receipt::delivered);
  BOOST_TEST(receive(second, receipt::undelivered).count == 0);
  BOOST_TEST(find(second).archived);
  BOOST_TEST(claim_ids(retry_lane).empty());
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_taken_back_attempt_goes_on_after_a_restart) {
  const auto id = delivered(true);
  receive(id, receipt::undelivered);
  if (in_memory()) return;
  reopen();
  BOOST_TEST((claim_ids(retry_lane) == std::vector<transaction_id>{id}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
