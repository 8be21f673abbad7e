#include "persistence/attempts.hpp"
#include "tests/persistence/ledger_fixture.hpp"

#include <thread>

namespace postrider::test {

struct settle_fixture : ledger_fixture {
  /// A row whose chain ended, and nobody knows whether it arrived.
  transaction_id unknown(bool fallback = false) {
    auto what = accept();
    what.transactions[0].fallback_on_undelivered = fallback;
    const auto id = apply({what}).at(0).ids.at(0);
    apply({begin_delivery{id}});
    apply({gave_up(id, error_code::outcome_unknown)});
    return id;
  }
  transaction first_after(transaction_id id) {
    auto first = find(id).transaction;
    first.id = 0;
    first.due_at = now;
    first.error = error_code::none;
    first.error_message.clear();
    first.completed_at.reset();
    return first;
  }
  settle_unknown settling(transaction_id id, settled_as outcome, std::string by = "ops") {
    return {id, outcome, std::move(by), first_after(id)};
  }
  transition_result settle(transaction_id id, settled_as outcome, std::string by = "ops") {
    return apply({settling(id, outcome, std::move(by))}).at(0);
  }
  transition_status settled(transaction_id id, settled_as outcome) {
    return settle(id, outcome).status;
  }
  std::optional<settlement_note> note_of(transaction_id id) {
    return decode_settlement(find(id).transaction.settlement);
  }
  /// The first transaction of the chain after `id`, ours and being sent.
  transaction_id sent_again(transaction_id id) {
    const auto next = settle(id, settled_as::not_sent).ids.at(0);
    claim_ids(provider_lane);
    apply({begin_delivery{next}});
    return next;
  }
  transition_result receive(transaction_id id, receipt kind) {
    record_receipt t;
    t.id = id;
    t.kind = kind;
    return apply({t}).at(0);
  }
  void expect(transaction_id id, transaction_status status, error_code error) {
    BOOST_TEST(find(id).transaction.status == status);
    BOOST_TEST(find(id).transaction.error == error);
    check_invariants();
  }
};

BOOST_FIXTURE_TEST_SUITE(settle, settle_fixture)

BOOST_AUTO_TEST_CASE(what_arrived_is_a_success_and_says_who_knew_it) {
  const auto id = unknown();
  now += minutes(10);
  const auto result = settle(id, settled_as::arrived);
  BOOST_TEST(result.status == transition_status::applied);
  BOOST_REQUIRE_EQUAL(result.rows.size(), 1u);
  BOOST_TEST(result.rows[0].transaction.status == transaction_status::success);
  expect(id, transaction_status::success, error_code::none);
  const auto row = find(id).transaction;
  BOOST_CHECK((note_of(id) == settlement_note{settled_as::arrived, now, "ops"}));
  BOOST_TEST(row.error_message == "");
  BOOST_CHECK(row.completed_at == now);
  // The provider has not said so.
  BOOST_CHECK(row.attempts.at(0).last.outcome == error_code::outcome_unknown);
  BOOST_TEST(!row.possible_duplicate);
}

BOOST_AUTO_TEST_CASE(what_is_given_up_stays_as_it_is) {
  const auto id = unknown();
  const auto before = find(id).transaction;
  now += minutes(10);
  BOOST_TEST(settled(id, settled_as::give_up) == transition_status::applied);
  expect(id, transaction_status::failed, error_code::outcome_unknown);
  const auto row = find(id).transaction;
  BOOST_CHECK((note_of(id) == settlement_note{settled_as::give_up, now, "ops"}));
  BOOST_CHECK(row.updated_at == now);
  BOOST_CHECK(row.completed_at == before.completed_at);
  BOOST_TEST(row.error_message == before.error_message);
  BOOST_TEST(claim_ids(provider_lane).empty());
}

BOOST_AUTO_TEST_CASE(what_was_not_sent_gets_a_new_chain_at_once) {
  const auto id = unknown(true);
  now += minutes(10);
  const auto result = settle(id, settled_as::not_sent, "");
  BOOST_TEST(result.status == transition_status::applied);
  BOOST_CHECK((note_of(id) == settlement_note{settled_as::not_sent, now, ""}));
  const auto next = find(result.ids.at(0)).transaction;
  BOOST_TEST(next.chain_no == 1);
  BOOST_TEST(next.retry_count == 0);
  BOOST_TEST(next.status == transaction_status::pending);
  BOOST_TEST(next.possible_duplicate);
  BOOST_TEST(next.settlement == "");
  BOOST_TEST(next.attempts.empty());
  BOOST_TEST((claim_ids(provider_lane) == std::vector<transaction_id>{next.id}));
  // A receipt must not bring the old one back beside the new one.
  BOOST_TEST(!find(id).transaction.fallback_on_undelivered);
  expect(id, transaction_status::failed, error_code::outcome_unknown);
}

BOOST_AUTO_TEST_CASE(the_same_decision_again_changes_nothing) {
  for (const auto outcome : {settled_as::arrived, settled_as::not_sent, settled_as::give_up}) {
    const auto id = unknown();
    settle(id, outcome);
    const auto before = find(id).transaction.settlement;
    now += minutes(1);
    const auto again = settle(id, outcome, "somebody else");
    BOOST_TEST(again.status == transition_status::applied);
    BOOST_TEST(again.ids.empty());
    BOOST_REQUIRE_EQUAL(again.rows.size(), 1u);
    BOOST_TEST(again.rows[0].transaction.id == id);
    BOOST_TEST(find(id).transaction.settlement == before);
  }
  BOOST_TEST(claim_ids(provider_lane).size() == 1u);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(what_was_given_up_can_be_decided_otherwise) {
  const auto one = unknown(), other = unknown();
  settle(one, settled_as::give_up);
  settle(other, settled_as::give_up);
  BOOST_TEST(settled(one, settled_as::arrived) == transition_status::applied);
  expect(one, transaction_status::success, error_code::none);
  BOOST_TEST(settled(other, settled_as::not_sent) == transition_status::applied);
  BOOST_CHECK(note_of(other)->outcome == settled_as::not_sent);
  // There is nothing to decide any more.
  BOOST_TEST(settled(one, settled_as::give_up) == transition_status::conflict);
  BOOST_TEST(settled(other, settled_as::give_up) == transition_status::conflict);
}

BOOST_AUTO_TEST_CASE(only_an_unknown_end_is_settled) {
  const auto waiting = failed(error_code::outcome_unknown);
  const auto delivered = processing(), refused = processing(), replaced = processing();
  apply({accepted(delivered), gave_up(refused), retry(replaced, error_code::outcome_unknown)});
  for (const auto id :
       {pending(), processing(), waiting, delivered, refused, replaced, transaction_id{4711}})
    for (const auto outcome : {settled_as::arrived, settled_as::not_sent, settled_as::give_up}) {
      const auto result = apply({settle_unknown{id, outcome, "ops", first_after(refused)}}).at(0);
      BOOST_TEST(result.status == transition_status::conflict);
      BOOST_TEST(result.ids.empty());
      BOOST_TEST(result.rows.empty());
    }
  for (const auto id : {waiting, delivered, refused, replaced})
    BOOST_TEST(find(id).transaction.settlement == "");
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_name_that_is_too_long_is_refused) {
  const auto id = unknown();
  BOOST_TEST(settle(id, settled_as::give_up, std::string(129, 'x')).status ==
             transition_status::refused);
  BOOST_TEST(find(id).transaction.settlement == "");
}

BOOST_AUTO_TEST_CASE(a_newer_chain_leaves_nothing_to_decide_but_that_it_arrived) {
  const auto id = unknown();
  const auto next = apply({start_chain{id, first_after(id)}}).at(0).ids.at(0);
  BOOST_TEST(settled(id, settled_as::not_sent) == transition_status::conflict);
  BOOST_TEST(settled(id, settled_as::give_up) == transition_status::conflict);
  BOOST_TEST(settled(id, settled_as::arrived) == transition_status::applied);
  expect(id, transaction_status::success, error_code::none);
  BOOST_TEST(find(next).transaction.error == error_code::cancelled);
  BOOST_TEST(claim_ids(provider_lane).empty());
}

BOOST_AUTO_TEST_CASE(what_arrived_waits_while_the_newer_chain_is_being_sent) {
  const auto id = unknown();
  const auto next = sent_again(id);
  BOOST_TEST(settled(id, settled_as::arrived) == transition_status::applied);
  expect(id, transaction_status::failed, error_code::outcome_unknown);
  BOOST_CHECK(note_of(id)->outcome == settled_as::arrived);
  apply({gave_up(next)});
  expect(id, transaction_status::success, error_code::none);
  BOOST_TEST(find(next).transaction.error == error_code::cancelled);
  BOOST_CHECK(find(id).transaction.attempts.at(0).last.outcome == error_code::outcome_unknown);

  const auto other = unknown();
  const auto twice = sent_again(other);
  settle(other, settled_as::arrived);
  apply({accepted(twice)});
  for (const auto each : {other, twice}) {
    expect(each, transaction_status::success, error_code::none);
    BOOST_TEST(find(each).transaction.possible_duplicate);
  }
}

BOOST_AUTO_TEST_CASE(a_late_acceptance_counts_whatever_was_decided) {
  for (const auto outcome : {settled_as::arrived, settled_as::give_up}) {
    const auto id = unknown();
    settle(id, outcome);
    BOOST_TEST(status_of(accepted(id)) == transition_status::conflict);
    expect(id, transaction_status::success, error_code::none);
    const auto row = find(id).transaction;
    BOOST_TEST(row.provider_ref == "ref-" + std::to_string(id));
    BOOST_CHECK(row.attempts.at(0).last.outcome == error_code::none);
    BOOST_TEST(!row.possible_duplicate);
    BOOST_CHECK(note_of(id)->outcome == outcome);
  }
}

BOOST_AUTO_TEST_CASE(a_late_acceptance_cancels_the_chain_that_a_person_began) {
  const auto id = unknown();
  const auto next = settle(id, settled_as::not_sent).ids.at(0);
  apply({accepted(id)});
  expect(id, transaction_status::success, error_code::none);
  BOOST_TEST(find(next).transaction.error == error_code::cancelled);

  const auto other = unknown();
  const auto sent = sent_again(other);
  apply({accepted(other)});
  expect(other, transaction_status::failed, error_code::outcome_unknown);
  apply({accepted(sent)});
  for (const auto each : {other, sent}) {
    expect(each, transaction_status::success, error_code::none);
    BOOST_TEST(find(each).transaction.possible_duplicate);
  }
}

BOOST_AUTO_TEST_CASE(the_attempt_that_arrived_may_be_an_earlier_one_of_the_chain) {
  const auto first = processing();
  const auto second = apply({retry(first, error_code::outcome_unknown)}).at(0).ids.at(0);
  apply({begin_delivery{second}});
  apply({gave_up(second)});
  BOOST_TEST(find(second).transaction.error == error_code::outcome_unknown);
  settle(second, settled_as::arrived);
  expect(second, transaction_status::success, error_code::none);
  // Now its provider says so: one message arrived, not two.
  apply({accepted(first)});
  expect(first, transaction_status::success, error_code::none);
  expect(second, transaction_status::failed, error_code::cancelled);
  BOOST_TEST(!find(first).transaction.possible_duplicate);
  BOOST_TEST(find(second).transaction.superseded_by == first);
}

BOOST_AUTO_TEST_CASE(a_receipt_wins_over_what_was_given_up) {
  const auto id = unknown();
  settle(id, settled_as::give_up);
  receive(id, receipt::delivered);
  expect(id, transaction_status::success, error_code::none);
  const auto noted = unknown();
  settle(noted, settled_as::give_up);
  receive(noted, receipt::undelivered);
  expect(noted, transaction_status::failed, error_code::outcome_unknown);
  BOOST_CHECK((find(noted).transaction.receipt == receipt::undelivered));
}

BOOST_AUTO_TEST_CASE(a_receipt_wins_over_what_arrived) {
  const auto alone = unknown(), goes_on = unknown(true);
  for (const auto id : {alone, goes_on})
    settle(id, settled_as::arrived);
  BOOST_TEST(receive(alone, receipt::undelivered).count == 0);
  expect(alone, transaction_status::success, error_code::none);
  BOOST_CHECK((find(alone).transaction.receipt == receipt::undelivered));
  // The next provider is asked for.
  BOOST_TEST(receive(goes_on, receipt::undelivered).count == 1);
  expect(goes_on, transaction_status::failed, error_code::undelivered);
  BOOST_TEST((claim_ids(retry_lane) == std::vector<transaction_id>{goes_on}));
  BOOST_TEST(settled(goes_on, settled_as::arrived) == transition_status::conflict);
}

BOOST_AUTO_TEST_CASE(a_receipt_wins_over_what_was_not_sent) {
  const auto id = unknown();
  const auto next = settle(id, settled_as::not_sent).ids.at(0);
  receive(id, receipt::read);
  expect(id, transaction_status::success, error_code::none);
  BOOST_TEST(find(next).transaction.error == error_code::cancelled);
}

BOOST_AUTO_TEST_CASE(a_receipt_that_fits_the_unknown_attempt_is_still_evidence) {
  const auto id = unknown();
  settle(id, settled_as::arrived);
  record_receipt t;
  t.provider = provider;
  t.recipient_refs = {"1700000000001"};
  t.recipient = find(id).transaction.recipient;
  t.kind = receipt::delivered;
  t.evidence_for = id;
  BOOST_TEST(status_of(t) == transition_status::applied);
  BOOST_CHECK((find(id).transaction.receipt == receipt::delivered));
  // It needs no more evidence.
  t.kind = receipt::read;
  BOOST_TEST(status_of(t) == transition_status::conflict);
}

BOOST_AUTO_TEST_CASE(in_one_batch_the_first_word_is_the_receipts) {
  for (const auto outcome : {settled_as::arrived, settled_as::not_sent, settled_as::give_up}) {
    const auto id = unknown();
    record_receipt t;
    t.id = id;
    t.kind = receipt::delivered;
    const auto results = apply({settling(id, outcome), t});
    BOOST_TEST(results[0].status == transition_status::conflict);
    expect(id, transaction_status::success, error_code::none);
  }
  BOOST_TEST(claim_ids(provider_lane).empty());
}

BOOST_AUTO_TEST_CASE(in_one_batch_one_decision_is_taken) {
  const auto id = unknown();
  auto results = apply({settling(id, settled_as::not_sent), settling(id, settled_as::give_up),
                        start_chain{id, first_after(id)}});
  BOOST_TEST(results[0].status == transition_status::applied);
  BOOST_TEST(results[1].status == transition_status::conflict);
  BOOST_TEST(results[2].status == transition_status::conflict);

  const auto other = unknown();
  results = apply({start_chain{other, first_after(other)}, settling(other, settled_as::arrived)});
  BOOST_TEST(results[0].status == transition_status::conflict);
  BOOST_TEST(results[1].status == transition_status::applied);
  BOOST_TEST(counts().pending == 1);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(two_recipients_of_a_message_are_settled_apart) {
  const auto ids = apply({accept(3)}).at(0).ids;
  for (const auto id : ids)
    apply({begin_delivery{id}});
  for (const auto id : ids)
    apply({gave_up(id, error_code::outcome_unknown)});
  const auto results =
      apply({settling(ids[0], settled_as::give_up), settling(ids[1], settled_as::arrived),
             settling(ids[2], settled_as::not_sent)});
  for (const auto& result : results)
    BOOST_TEST(result.status == transition_status::applied);
  expect(ids[0], transaction_status::failed, error_code::outcome_unknown);
  expect(ids[1], transaction_status::success, error_code::none);
  BOOST_TEST(find(results[2].ids.at(0)).transaction.recipient_no == 2);
}

BOOST_AUTO_TEST_CASE(without_its_text_a_message_is_not_sent_again) {
  const auto id = unknown();
  now += minutes(60);
  apply({prune{prune::kind::bodies, now, 100}});
  BOOST_TEST(settled(id, settled_as::not_sent) == transition_status::conflict);
  BOOST_TEST(settled(id, settled_as::give_up) == transition_status::applied);
  BOOST_TEST(settled(id, settled_as::arrived) == transition_status::applied);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(two_connections_settle_once) {
  if (in_memory()) return;
  for (int round = 0; round < 20; ++round) {
    const auto id = unknown();
    const auto ours = settling(id, settled_as::not_sent);
    // A person who says otherwise, or one who says the same.
    const auto theirs =
        settling(id, round % 2 == 0 ? settled_as::give_up : settled_as::not_sent, "other");
    std::thread other([&] { (void)database().open_ledger()->apply({node, now, {theirs}}); });
    apply({ours});
    other.join();
    BOOST_TEST(counts().pending == 1);
    BOOST_CHECK(note_of(id)->outcome == settled_as::not_sent);
    BOOST_REQUIRE_EQUAL(claim_ids(provider_lane).size(), 1u);
    apply({cancel_message{find(id).transaction.message}});
  }
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_settlement_and_a_late_acceptance_on_two_connections) {
  if (in_memory()) return;
  for (int round = 0; round < 20; ++round) {
    const auto id = unknown();
    const auto what = settling(id, round % 2 == 0 ? settled_as::arrived : settled_as::not_sent);
    std::thread other([&] { (void)database().open_ledger()->apply({node, now, {accepted(id)}}); });
    apply({what});
    other.join();
    BOOST_TEST(find(id).transaction.status == transaction_status::success);
    BOOST_TEST(find(id).transaction.provider_ref == "ref-" + std::to_string(id));
    BOOST_TEST(counts().pending == 0);
  }
  check_invariants();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
