#include "persistence/attempts.hpp"
#include "tests/persistence/receipt_fixture.hpp"

namespace postrider::test {

BOOST_FIXTURE_TEST_SUITE(receipts, receipt_fixture)

BOOST_AUTO_TEST_CASE(is_stored_with_its_time) {
  const auto id = delivered();
  now += seconds(5);
  const auto result = receive(id, receipt::delivered);
  BOOST_TEST(result.status == transition_status::applied);
  BOOST_TEST((result.ids == std::vector<transaction_id>{id}));
  BOOST_TEST(receipt_of(id) == receipt::delivered);
  BOOST_TEST((find(id).transaction.receipt_at == now));
  BOOST_TEST(find(id).transaction.status == transaction_status::success);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(moves_forward_only) {
  const auto id = delivered();
  for (const auto& [kind, stands] :
       {std::pair(receipt::accepted, receipt::accepted),
        std::pair(receipt::undelivered, receipt::undelivered),
        std::pair(receipt::accepted, receipt::undelivered),
        std::pair(receipt::delivered, receipt::delivered),
        std::pair(receipt::undelivered, receipt::delivered),
        std::pair(receipt::read, receipt::read), std::pair(receipt::delivered, receipt::read)}) {
    BOOST_TEST(receive(id, kind).status == transition_status::applied);
    BOOST_TEST(receipt_of(id) == stands);
  }
  check_invariants();
}

BOOST_AUTO_TEST_CASE(finds_its_transaction_by_the_providers_id) {
  const auto id = delivered();
  const auto other = delivered();
  const auto ref = "ref-" + std::to_string(id);
  BOOST_TEST(
      (receive({"unknown", ref}, receipt::delivered).ids == std::vector<transaction_id>{id}));
  BOOST_TEST(receipt_of(id) == receipt::delivered);
  BOOST_TEST(receipt_of(other) == receipt::none);
  BOOST_TEST(receive({ref}, receipt::read, provider + 1).status == transition_status::conflict);
  BOOST_TEST(receive({"unknown", ""}, receipt::read).status == transition_status::conflict);
  BOOST_TEST(receive(4711, receipt::read).status == transition_status::conflict);
  BOOST_TEST(receipt_of(id) == receipt::delivered);
}

BOOST_AUTO_TEST_CASE(several_in_one_batch_reach_their_own_transactions) {
  const auto first = delivered(), second = delivered();
  record_receipt one, two;
  one.provider = two.provider = provider;
  one.kind = receipt::delivered;
  two.kind = receipt::undelivered;
  one.provider_refs = {"ref-" + std::to_string(first)};
  two.provider_refs = {"ref-" + std::to_string(second)};
  apply({one, two});
  BOOST_TEST(receipt_of(first) == receipt::delivered);
  BOOST_TEST(receipt_of(second) == receipt::undelivered);
}

BOOST_AUTO_TEST_CASE(may_come_while_the_call_is_under_way) {
  const auto id = processing();
  BOOST_TEST(receive(id, receipt::delivered).status == transition_status::applied);
  BOOST_TEST(find(id).transaction.status == transaction_status::processing);
  BOOST_TEST(status_of(accepted(id)) == transition_status::applied);
  BOOST_TEST(receipt_of(id) == receipt::delivered);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_lost_after_the_receipt_came_is_a_success) {
  for (const auto kind : {receipt::accepted, receipt::delivered, receipt::read}) {
    const auto waits = processing(), retried = processing(), ends = processing();
    for (const auto id : {waits, retried, ends})
      receive(id, kind);
    BOOST_TEST(status_of(fail_for_now{waits, {error_code::outcome_unknown, "timeout", ""}, now}) ==
               transition_status::conflict);
    BOOST_TEST(status_of(retry(retried, error_code::outcome_unknown)) ==
               transition_status::conflict);
    BOOST_TEST(status_of(gave_up(ends, error_code::outcome_unknown)) ==
               transition_status::conflict);
    for (const auto id : {waits, retried, ends}) {
      BOOST_TEST(find(id).transaction.status == transaction_status::success);
      BOOST_TEST(find(id).transaction.error == error_code::none);
      BOOST_TEST(find(id).archived);
    }
  }
  check_invariants();
}

BOOST_AUTO_TEST_CASE(an_undelivered_receipt_does_not_make_an_unknown_outcome_a_success) {
  const auto id = processing();
  receive(id, receipt::undelivered);
  BOOST_TEST(status_of(fail_for_now{id, {error_code::outcome_unknown, "timeout", ""}, now}) ==
             transition_status::applied);
  BOOST_TEST(find(id).transaction.status == transaction_status::failed);
}

BOOST_AUTO_TEST_CASE(a_taken_over_attempt_with_a_receipt_is_a_success) {
  const auto proven = processing(), lost = processing();
  receive(proven, receipt::accepted);
  apply({take_over{node, provider, now}});
  BOOST_TEST(find(proven).transaction.status == transaction_status::success);
  BOOST_TEST(find(lost).transaction.error == error_code::outcome_unknown);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(settles_an_unknown_attempt_and_cancels_its_pending_retry) {
  for (const auto kind : {receipt::accepted, receipt::delivered, receipt::read}) {
    const auto [first, second] = lost_and_retried();
    BOOST_TEST(receive(first, kind).status == transition_status::applied);
    BOOST_TEST(find(first).transaction.status == transaction_status::success);
    BOOST_TEST(receipt_of(first) == kind);
    BOOST_TEST(find(second).transaction.error == error_code::cancelled);
    BOOST_TEST(status_of(begin_delivery{second}) == transition_status::conflict);
  }
  check_invariants();
}

BOOST_AUTO_TEST_CASE(an_undelivered_receipt_leaves_the_pending_retry_alone) {
  const auto [first, second] = lost_and_retried();
  receive(first, receipt::undelivered);
  BOOST_TEST(find(first).transaction.status == transaction_status::failed);
  BOOST_TEST(status_of(begin_delivery{second}) == transition_status::applied);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(when_the_retry_was_accepted_too_both_carry_possible_duplicate) {
  const auto [first, second] = lost_and_retried();
  apply({begin_delivery{second}});
  apply({accepted(second)});
  receive(first, receipt::delivered);
  for (const auto id : {first, second}) {
    BOOST_TEST(find(id).transaction.status == transaction_status::success);
    BOOST_TEST(find(id).transaction.possible_duplicate);
  }
  check_invariants();
}

BOOST_AUTO_TEST_CASE(while_the_retry_is_being_sent_it_waits_and_then_both_are_marked) {
  const auto [first, second] = lost_and_retried();
  apply({begin_delivery{second}});
  receive(first, receipt::delivered);
  BOOST_TEST(find(first).transaction.error == error_code::outcome_unknown);
  apply({accepted(second)});
  for (const auto id : {first, second}) {
    BOOST_TEST(find(id).transaction.status == transaction_status::success);
    BOOST_TEST(find(id).transaction.possible_duplicate);
  }
  BOOST_TEST(receipt_of(first) == receipt::delivered);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(undelivered_alone_is_only_noted) {
  const auto id = delivered();
  BOOST_TEST(receive(id, receipt::undelivered).count == 0);
  BOOST_TEST(find(id).transaction.status == transaction_status::success);
  BOOST_TEST(find(id).archived);
}

BOOST_AUTO_TEST_CASE(undelivered_takes_an_attempt_with_a_fallback_back_to_be_retried) {
  const auto id = delivered(true);
  const auto result = receive(id, receipt::undelivered);
  BOOST_TEST(result.count == 1);
  const auto row = find(id);
  BOOST_TEST(!row.archived);
  BOOST_TEST(row.transaction.status == transaction_status::failed);
  BOOST_TEST(row.transaction.error == error_code::undelivered);
  BOOST_TEST(row.transaction.error_message == "as the network says");
  BOOST_TEST(row.transaction.provider_ref == "ref-" + std::to_string(id));
  BOOST_TEST(!row.transaction.completed_at.has_value());
  check_invariants();
  BOOST_TEST(receive(id, receipt::undelivered).count == 0);
  BOOST_TEST((claim_ids(retry_lane) == std::vector<transaction_id>{id}));
  const auto next = apply({retry(id, error_code::undelivered, transaction_status::failed)});
  BOOST_TEST(next.at(0).status == transition_status::applied);
  BOOST_TEST(find(id).transaction.superseded_by == next.at(0).ids.at(0));
  check_invariants();
}

BOOST_AUTO_TEST_CASE(the_receipt_that_brings_a_chain_back_begins_its_patience) {
  const auto begun = now;
  const auto id = delivered(true);
  now += seconds(3600);
  receive(id, receipt::undelivered);
  const auto row = find(id).transaction;
  // The message's own time is not lost.
  BOOST_CHECK(row.first_due == begun);
  BOOST_CHECK(patience_begin(row) == now);
  now += seconds(10);
  claim_ids(retry_lane);
  const auto next = apply({retry(id, error_code::undelivered, transaction_status::failed)});
  BOOST_CHECK(find(next.at(0).ids.at(0)).transaction.first_due == now - seconds(10));
}

BOOST_AUTO_TEST_CASE(undelivered_before_the_acceptance_is_recorded_starts_the_fallback_then) {
  auto what = accept();
  what.transactions[0].fallback_on_undelivered = true;
  const auto id = apply({what}).at(0).ids.at(0);
  apply({begin_delivery{id}});
  receive(id, receipt::undelivered);
  BOOST_TEST(status_of(accepted(id)) == transition_status::applied);
  BOOST_TEST(find(id).transaction.error == error_code::undelivered);
  BOOST_TEST((claim_ids(retry_lane) == std::vector<transaction_id>{id}));
  check_invariants();
}

BOOST_AUTO_TEST_CASE(delivered_after_all_cancels_the_fallback) {
  const auto id = delivered(true);
  receive(id, receipt::undelivered);
  BOOST_TEST(receive(id, receipt::delivered).status == transition_status::applied);
  BOOST_TEST(find(id).transaction.status == transaction_status::success);
  BOOST_TEST(find(id).archived);
  BOOST_TEST(claim_ids(retry_lane).empty());

  const auto other = delivered(true);
  receive(other, receipt::undelivered);
  claim_ids(retry_lane);
  const auto next =
      apply({retry(other, error_code::undelivered, transaction_status::failed)}).at(0).ids.at(0);
  receive(other, receipt::delivered);
  BOOST_TEST(find(other).transaction.status == transaction_status::success);
  BOOST_TEST(find(next).transaction.error == error_code::cancelled);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_guessable_ref_counts_only_for_its_recipient) {
  const auto id = delivered();
  record_receipt t;
  t.provider = provider;
  t.recipient_refs = {"ref-" + std::to_string(id)};
  t.kind = receipt::read;
  BOOST_TEST(status_of(t) == transition_status::conflict);
  t.recipient = "somebody else";
  BOOST_TEST(status_of(t) == transition_status::conflict);
  t.recipient = find(id).transaction.recipient;
  BOOST_TEST(status_of(t) == transition_status::applied);
  BOOST_TEST(receipt_of(id) == receipt::read);
}

BOOST_AUTO_TEST_CASE(evidence_settles_an_unknown_attempt_only_when_no_ref_is_known) {
  const auto known = delivered();
  const auto [lost, retried] = lost_and_retried();
  record_receipt t;
  t.provider = provider;
  t.kind = receipt::delivered;
  t.evidence_for = lost;
  t.provider_refs = {"ref-" + std::to_string(known)};
  BOOST_TEST((apply({t}).at(0).ids == std::vector<transaction_id>{known}));
  BOOST_TEST(find(lost).transaction.status == transaction_status::failed);
  t.provider_refs = {"unknown"};
  t.evidence_for = known;
  BOOST_TEST(status_of(t) == transition_status::conflict);
  t.evidence_for = lost;
  BOOST_TEST((apply({t}).at(0).ids == std::vector<transaction_id>{lost}));
  BOOST_TEST(find(lost).transaction.status == transaction_status::success);
  BOOST_TEST(find(retried).transaction.error == error_code::cancelled);
  check_invariants();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
