#include "tests/persistence/ledger_fixture.hpp"

namespace postrider::test {

/// Each case: an attempt is taken over as unknown, then its sender reports after all that it was
/// accepted.
struct late_fixture : ledger_fixture {
  /// `id`'s attempt becomes failed with outcome_unknown, and claimed again.
  transaction_id lost_attempt() {
    const auto id = processing();
    apply({take_over{node, provider, now}});
    claim_ids(retry_lane);
    return id;
  }
  /// The same with a successor that is ours and pending.
  std::pair<transaction_id, transaction_id> lost_and_retried() {
    const auto id = lost_attempt();
    auto again = retry(id, error_code::outcome_unknown, transaction_status::failed);
    return {id, apply({again}).at(0).ids.at(0)};
  }
  std::pair<transaction_id, transaction_id> lost_and_sent_again() {
    const auto both = lost_and_retried();
    apply({begin_delivery{both.second}});
    return both;
  }
  void expect_settled(transaction_id first, transaction_id second) {
    BOOST_TEST(find(first).transaction.status == transaction_status::success);
    BOOST_TEST(find(first).transaction.error == error_code::none);
    BOOST_TEST(find(first).transaction.superseded_by == 0);
    BOOST_TEST(find(first).transaction.provider_ref == "ref-" + std::to_string(first));
    BOOST_TEST(find(second).archived);
    BOOST_TEST(find(second).transaction.status == transaction_status::failed);
    BOOST_TEST(find(second).transaction.error == error_code::cancelled);
    BOOST_TEST(find(second).transaction.superseded_by == first);
    BOOST_TEST(counts().late_outcomes == 1);
    check_invariants();
  }
};

BOOST_FIXTURE_TEST_SUITE(late_outcomes, late_fixture)

BOOST_AUTO_TEST_CASE(a_late_failure_is_kept_and_changes_nothing) {
  const auto id = lost_attempt();
  BOOST_TEST(status_of(gave_up(id)) == transition_status::conflict);
  BOOST_TEST(find(id).transaction.error == error_code::outcome_unknown);
  BOOST_TEST(counts().late_outcomes == 1);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(an_outcome_of_a_row_that_never_was_is_kept) {
  BOOST_TEST(status_of(accepted(4711)) == transition_status::conflict);
  BOOST_TEST(status_of(fail_for_now{4712, {error_code::unavailable, "", ""}, now}) ==
             transition_status::conflict);
  BOOST_TEST(counts().late_outcomes == 2);
}

BOOST_AUTO_TEST_CASE(a_late_acceptance_finishes_a_row_that_waits_for_its_retry) {
  const auto id = lost_attempt();
  BOOST_TEST(status_of(accepted(id)) == transition_status::conflict);
  BOOST_TEST(find(id).archived);
  BOOST_TEST(find(id).transaction.status == transaction_status::success);
  BOOST_TEST(counts().failed == 0);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_late_acceptance_cancels_the_pending_retry) {
  const auto [first, second] = lost_and_retried();
  BOOST_TEST(status_of(accepted(first)) == transition_status::conflict);
  expect_settled(first, second);
  BOOST_TEST(status_of(begin_delivery{second}) == transition_status::conflict);
}

BOOST_AUTO_TEST_CASE(a_late_acceptance_cancels_a_retry_that_failed_meanwhile) {
  const auto [first, second] = lost_and_sent_again();
  apply({fail_for_now{second, {error_code::unavailable, "refused", ""}, now}});
  BOOST_TEST(status_of(accepted(first)) == transition_status::conflict);
  expect_settled(first, second);
  BOOST_TEST(find(second).transaction.error_message.find("refused") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_late_acceptance_of_a_held_attempt_makes_it_a_success) {
  const auto id = processing();
  apply({gave_up(id, error_code::outcome_unknown)});
  BOOST_TEST(status_of(accepted(id)) == transition_status::conflict);
  BOOST_TEST(find(id).transaction.status == transaction_status::success);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_late_acceptance_outweighs_a_later_attempt_that_gave_up) {
  const auto [first, second] = lost_and_sent_again();
  apply({gave_up(second)});
  BOOST_TEST(status_of(accepted(first)) == transition_status::conflict);
  expect_settled(first, second);
}

BOOST_AUTO_TEST_CASE(while_the_retry_is_being_sent_a_late_acceptance_waits) {
  const auto [first, second] = lost_and_sent_again();
  BOOST_TEST(status_of(accepted(first)) == transition_status::conflict);
  BOOST_TEST(find(first).transaction.error == error_code::outcome_unknown);
  BOOST_TEST(find(second).transaction.status == transaction_status::processing);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(the_awaited_retry_ends_the_chain_when_it_fails_for_now) {
  const auto [first, second] = lost_and_sent_again();
  apply({accepted(first)});
  BOOST_TEST(status_of(fail_for_now{second, {error_code::unavailable, "", ""}, now}) ==
             transition_status::conflict);
  expect_settled(first, second);
}

BOOST_AUTO_TEST_CASE(the_awaited_retry_ends_the_chain_when_it_gives_up) {
  const auto [first, second] = lost_and_sent_again();
  apply({accepted(first)});
  BOOST_TEST(status_of(gave_up(second)) == transition_status::conflict);
  expect_settled(first, second);
}

BOOST_AUTO_TEST_CASE(the_awaited_retry_is_not_retried) {
  const auto [first, second] = lost_and_sent_again();
  apply({accepted(first)});
  const auto result = apply({retry(second)}).at(0);
  BOOST_TEST(result.status == transition_status::conflict);
  BOOST_TEST(result.ids.empty());
  expect_settled(first, second);
}

BOOST_AUTO_TEST_CASE(the_awaited_retry_is_cancelled_when_it_is_throttled) {
  const auto [first, second] = lost_and_sent_again();
  apply({accepted(first)});
  BOOST_TEST(status_of(release{second, transaction_status::processing, now}) ==
             transition_status::conflict);
  expect_settled(first, second);
  // No provider was called.
  BOOST_REQUIRE_EQUAL(find(second).transaction.attempts.size(), 1u);
  BOOST_TEST(find(second).transaction.attempts[0].count == 1);
}

BOOST_AUTO_TEST_CASE(the_awaited_retry_is_cancelled_when_it_is_taken_over) {
  const auto [first, second] = lost_and_sent_again();
  apply({accepted(first)});
  BOOST_TEST(apply({take_over{node, provider, now}}).at(0).count == 1);
  expect_settled(first, second);
}

BOOST_AUTO_TEST_CASE(when_the_awaited_retry_is_accepted_both_are_successes) {
  const auto [first, second] = lost_and_sent_again();
  apply({accepted(first)});
  BOOST_TEST(status_of(accepted(second)) == transition_status::applied);
  BOOST_TEST(find(first).transaction.status == transaction_status::success);
  BOOST_TEST(find(first).transaction.superseded_by == second);
  BOOST_TEST(find(second).transaction.status == transaction_status::success);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_late_acceptance_and_the_end_of_the_retry_may_share_a_batch) {
  const auto [first, second] = lost_and_sent_again();
  const auto results = apply({accepted(first), retry(second)});
  BOOST_TEST(results[0].status == transition_status::conflict);
  BOOST_TEST(results[1].status == transition_status::conflict);
  expect_settled(first, second);
}

BOOST_AUTO_TEST_CASE(a_late_acceptance_finds_the_end_of_a_long_chain) {
  const auto [first, second] = lost_and_sent_again();
  const auto third = apply({retry(second)}).at(0).ids.at(0);
  apply({accepted(first)});
  BOOST_TEST(find(first).transaction.status == transaction_status::success);
  BOOST_TEST(find(second).transaction.superseded_by == third);
  BOOST_TEST(find(third).transaction.error == error_code::cancelled);
  BOOST_TEST(find(third).transaction.superseded_by == first);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(the_awaited_chain_of_a_person_ends_and_so_does_the_one_before_it) {
  const auto [first, second] = lost_and_sent_again();
  apply({gave_up(second, error_code::outcome_unknown)});
  auto again = find(second).transaction;
  again.id = 0;
  again.due_at = now;
  again.error = error_code::none;
  again.error_message.clear();
  again.completed_at.reset();
  const auto third = apply({start_chain{second, again}}).at(0).ids.at(0);
  claim_ids(provider_lane);
  apply({begin_delivery{third}});
  // While it is being sent, both attempts before it turn out to have been accepted.
  apply({accepted(first)});
  apply({accepted(second)});
  BOOST_TEST(find(third).transaction.status == transaction_status::processing);
  apply({gave_up(third)});
  BOOST_TEST(find(first).transaction.status == transaction_status::success);
  BOOST_TEST(find(second).transaction.status == transaction_status::success);
  BOOST_TEST(find(third).transaction.error == error_code::cancelled);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(what_comes_back_is_marked_when_a_later_attempt_may_have_arrived) {
  auto what = accept();
  what.transactions[0].fallback_on_undelivered = true;
  const auto first = apply({what}).at(0).ids.at(0);
  apply({begin_delivery{first}});
  const auto second = apply({retry(first, error_code::outcome_unknown)}).at(0).ids.at(0);
  apply({begin_delivery{second}});
  apply({gave_up(second, error_code::outcome_unknown)});
  apply({accepted(first)});
  record_receipt undelivered;
  undelivered.id = first;
  undelivered.kind = receipt::undelivered;
  BOOST_TEST(apply({undelivered}).at(0).count == 1);
  BOOST_TEST(find(first).transaction.error == error_code::undelivered);
  BOOST_TEST(find(first).transaction.possible_duplicate);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(what_comes_back_alone_is_not_marked) {
  auto what = accept();
  what.transactions[0].fallback_on_undelivered = true;
  const auto id = apply({what}).at(0).ids.at(0);
  apply({begin_delivery{id}});
  apply({accepted(id)});
  record_receipt undelivered;
  undelivered.id = id;
  undelivered.kind = receipt::undelivered;
  BOOST_TEST(apply({undelivered}).at(0).count == 1);
  BOOST_TEST(!find(id).transaction.possible_duplicate);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
