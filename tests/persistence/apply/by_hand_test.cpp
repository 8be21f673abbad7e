#include "tests/persistence/ledger_fixture.hpp"

#include <thread>

namespace postrider::test {

struct by_hand_fixture : ledger_fixture {
  message_id message_of(transaction_id id) { return find(id).transaction.message; }
  transition_result cancel(transaction_id id) {
    return apply({cancel_message{message_of(id)}}).at(0);
  }

  /// A row whose chain ended with this error.
  transaction_id ended(error_code error = error_code::unavailable) {
    const auto id = processing();
    BOOST_REQUIRE_EQUAL(status_of(gave_up(id, error)), transition_status::applied);
    return id;
  }
  start_chain after(transaction_id id) {
    auto first = find(id).transaction;
    first.id = 0;
    first.due_at = now;
    first.error = error_code::none;
    first.error_message.clear();
    first.completed_at.reset();
    return {id, first};
  }
};

BOOST_FIXTURE_TEST_SUITE(by_hand, by_hand_fixture)

BOOST_AUTO_TEST_CASE(what_is_pending_is_cancelled_whoever_owns_it) {
  for (const auto owner : {node, node_id{0}, new_node()}) {
    const auto id = apply_as(owner == 0 ? node : owner, {accept(1, owner)}).at(0).ids.at(0);
    now += seconds(1);
    const auto result = cancel(id);
    BOOST_TEST(result.status == transition_status::applied);
    BOOST_TEST(result.count == 1);
    BOOST_REQUIRE_EQUAL(result.rows.size(), 1);
    BOOST_TEST(result.rows[0].transaction.error == error_code::cancelled);
    const auto found = find(id);
    BOOST_TEST(found.archived);
    BOOST_TEST(found.transaction.status == transaction_status::failed);
    BOOST_TEST(found.transaction.error == error_code::cancelled);
    BOOST_TEST(found.transaction.error_message == "cancelled before it was sent");
    BOOST_TEST((found.transaction.completed_at == now));
    BOOST_TEST(found.transaction.owner == 0);
    BOOST_TEST(apply_as(owner, {begin_delivery{id}}).at(0).status == transition_status::conflict);
  }
  BOOST_TEST(claim_ids(provider_lane).empty());
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_failure_that_waits_for_its_retry_is_cancelled) {
  const auto waiting = failed();
  const auto result = cancel(waiting);
  BOOST_TEST(result.count == 1);
  BOOST_TEST(find(waiting).transaction.error == error_code::cancelled);
  BOOST_TEST(find(waiting).transaction.error_message ==
             "cancelled before it was sent again; the attempt ended with unavailable: no");
  BOOST_TEST(claim_ids(retry_lane).empty());
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_failure_in_the_schedulers_hand_is_cancelled_and_not_retried) {
  const auto id = failed();
  BOOST_REQUIRE_EQUAL(claim_ids(retry_lane).size(), 1);
  const auto next = retry(id, error_code::none, transaction_status::failed);
  BOOST_TEST(cancel(id).count == 1);
  BOOST_TEST(status_of(next) == transition_status::conflict);
  BOOST_TEST(counts().pending == 0);
  BOOST_TEST(counts().late_outcomes == 0);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(what_may_have_arrived_is_not_said_to_be_cancelled_but_ends) {
  const auto id = failed(error_code::outcome_unknown);
  const auto result = cancel(id);
  BOOST_TEST(result.count == 0);
  BOOST_TEST(result.rows.at(0).transaction.error == error_code::outcome_unknown);
  BOOST_TEST(find(id).archived);
  BOOST_TEST(claim_ids(retry_lane).empty());
  check_invariants();
  // An answer that comes yet is recorded.
  apply({accepted(id)});
  BOOST_TEST(find(id).transaction.status == transaction_status::success);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(what_is_being_sent_or_finished_is_too_late) {
  const auto sending = processing();
  auto result = cancel(sending);
  BOOST_TEST(result.status == transition_status::applied);
  BOOST_TEST(result.count == 0);
  BOOST_TEST(result.rows.at(0).transaction.status == transaction_status::processing);
  BOOST_TEST(status_of(accepted(sending)) == transition_status::applied);
  result = cancel(sending);
  BOOST_TEST(result.count == 0);
  BOOST_TEST(result.rows.at(0).transaction.status == transaction_status::success);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(each_recipient_is_answered_for_with_its_newest_transaction) {
  const auto ids = apply({accept(4)}).at(0).ids;
  apply({begin_delivery{ids[0]}, begin_delivery{ids[1]}, begin_delivery{ids[2]}});
  apply({accepted(ids[0])});
  const auto next = apply({retry(ids[1])}).at(0).ids.at(0);
  const auto result = cancel(ids[3]);
  BOOST_TEST(result.count == 2);
  BOOST_REQUIRE_EQUAL(result.rows.size(), 4);
  BOOST_TEST(result.rows[0].transaction.status == transaction_status::success);
  BOOST_TEST(result.rows[1].transaction.id == next);
  BOOST_TEST(result.rows[1].transaction.error == error_code::cancelled);
  BOOST_TEST(result.rows[2].transaction.status == transaction_status::processing);
  BOOST_TEST(result.rows[3].transaction.error == error_code::cancelled);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_second_cancel_answers_the_same_states_and_an_unknown_message_is_a_conflict) {
  const auto id = pending();
  const auto results = apply({cancel_message{message_of(id)}, cancel_message{message_of(id)}});
  BOOST_TEST(results[0].count == 1);
  BOOST_TEST(results[1].count == 0);
  for (const auto& result : results)
    BOOST_TEST(result.rows.at(0).transaction.error == error_code::cancelled);
  BOOST_TEST(status_of(cancel_message{make_message_id()}) == transition_status::conflict);
}

BOOST_AUTO_TEST_CASE(a_limited_cancel_finds_only_the_messages_of_its_users_and_tests) {
  const auto made = [this](bool test) {
    auto what = accept();
    auto m = std::make_shared<message>(*what.message);
    m->test = test;
    what.message = m;
    return apply({what}).at(0).ids.at(0);
  };
  const auto real = made(false), trial = made(true);
  const auto user = find(real).transaction.user;
  const struct {
    transaction_id id;
    std::vector<user_id> users;
    bool test_only;
    bool found;
  } rows[]{{real, {user + 1}, false, false}, {real, {user + 1, user + 2}, false, false},
           {real, {user}, true, false},      {real, {}, true, false},
           {trial, {user + 1}, true, false}, {real, {user - 1, user}, false, true},
           {trial, {user}, true, true},      {trial, {}, true, true},
           {real, {}, false, true}};
  for (const auto& row : rows) {
    const auto result = apply({cancel_message{message_of(row.id), row.users, row.test_only}}).at(0);
    BOOST_TEST((result.status == transition_status::applied) == row.found);
    BOOST_TEST(result.rows.empty() != row.found);
    BOOST_TEST((find(row.id).archived || !row.found));
    if (!row.found) BOOST_TEST(result.count == 0);
  }
  // A cancel that finds nothing changes nothing.
  const auto other = made(false);
  apply({cancel_message{message_of(other), {user + 1}}});
  BOOST_TEST(!find(other).archived);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(in_one_batch_the_cancel_comes_before_the_begin) {
  const auto id = pending();
  const auto results = apply({begin_delivery{id}, cancel_message{message_of(id)}});
  BOOST_TEST(results[0].status == transition_status::conflict);
  BOOST_TEST(results[1].count == 1);
}

BOOST_AUTO_TEST_CASE(a_cancel_and_a_begin_on_two_connections_never_both_win) {
  if (in_memory()) return;
  for (int round = 0; round < 20; ++round) {
    const auto id = pending();
    const auto message = message_of(id);
    transition_status begun = transition_status::refused;
    std::thread other([&] {
      auto second = database().open_ledger();
      const auto applied = second->apply({node, now, {begin_delivery{id}}});
      if (applied) begun = applied->at(0).status;
    });
    const auto cancelled = apply({cancel_message{message}}).at(0);
    other.join();
    BOOST_TEST((begun == transition_status::applied) == (cancelled.count == 0));
    BOOST_TEST(begun != transition_status::refused);
    BOOST_TEST(cancelled.rows.size() == 1);
  }
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_cancel_and_a_retry_on_two_connections_leave_nothing_that_would_be_sent) {
  if (in_memory()) return;
  for (int round = 0; round < 20; ++round) {
    const auto id = failed();
    BOOST_REQUIRE_EQUAL(claim_ids(retry_lane).size(), 1);
    const auto next = retry(id, error_code::none, transaction_status::failed);
    const auto message = message_of(id);
    std::thread other([&] { (void)database().open_ledger()->apply({node, now, {next}}); });
    const auto cancelled = apply({cancel_message{message}}).at(0);
    other.join();
    // It ended the failure, or what came after it.
    BOOST_TEST(cancelled.count == 1);
    BOOST_TEST(counts().pending + counts().failed == 0);
  }
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_waiting_retry_is_made_due) {
  const auto id = processing();
  apply({fail_for_now{id, {error_code::unavailable, "", ""}, now + minutes(10)}});
  BOOST_TEST(claim_ids(retry_lane).empty());
  BOOST_TEST(status_of(hasten_retry{id}) == transition_status::applied);
  BOOST_TEST(status_of(hasten_retry{id}) == transition_status::applied);
  BOOST_TEST(claim_ids(retry_lane).size() == 1);
  // In the scheduler's hand it does not wait any more.
  BOOST_TEST(status_of(hasten_retry{id}) == transition_status::conflict);
  BOOST_TEST(status_of(hasten_retry{pending()}) == transition_status::conflict);
  BOOST_TEST(status_of(hasten_retry{4711}) == transition_status::conflict);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_final_failure_gets_a_new_chain) {
  const auto id = ended();
  now += minutes(1);
  const auto result = apply({after(id)}).at(0);
  BOOST_TEST(result.status == transition_status::applied);
  const auto first = find(result.ids.at(0));
  BOOST_TEST(!first.archived);
  BOOST_TEST(first.transaction.chain_no == 1);
  BOOST_TEST(first.transaction.retry_count == 0);
  BOOST_TEST(first.transaction.status == transaction_status::pending);
  BOOST_TEST(first.transaction.owner == 0);
  BOOST_TEST(!first.transaction.possible_duplicate);
  BOOST_TEST((first.transaction.created_at == now));
  BOOST_TEST(find(id).transaction.superseded_by == 0);
  BOOST_TEST(claim_ids(provider_lane).size() == 1);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_new_chain_after_an_unknown_outcome_may_be_a_duplicate) {
  const auto id = ended(error_code::outcome_unknown);
  const auto first = apply({after(id)}).at(0).ids.at(0);
  BOOST_TEST(find(first).transaction.possible_duplicate);
  apply({cancel_message{message_of(id)}});
  BOOST_TEST(find(first).transaction.error == error_code::cancelled);
}

BOOST_AUTO_TEST_CASE(a_chain_is_followed_by_one_other_and_only_when_it_ended_in_failure) {
  const auto id = ended();
  const auto twice = apply({after(id), after(id)});
  BOOST_TEST(twice[0].status == transition_status::applied);
  BOOST_TEST(twice[1].status == transition_status::conflict);
  BOOST_TEST(twice[1].ids.empty());
  BOOST_TEST(status_of(after(id)) == transition_status::conflict);
  const auto next = twice[0].ids.at(0);
  claim_ids(provider_lane);
  apply({begin_delivery{next}});
  apply({gave_up(next)});
  // Not the older chain, but the newer one.
  BOOST_TEST(status_of(after(id)) == transition_status::conflict);
  BOOST_TEST(status_of(after(next)) == transition_status::applied);

  const auto cancelled = pending(), waiting = failed(), delivered = processing();
  apply({cancel_message{message_of(cancelled)}, accepted(delivered)});
  for (const auto other : {cancelled, waiting, delivered, transaction_id{4711}})
    BOOST_TEST(status_of(start_chain{other, after(id).first}) == transition_status::conflict);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(what_a_person_gave_up_gets_a_new_chain_only_by_a_wish_for_it) {
  const auto give_up = [this](transaction_id id) {
    return settle_unknown{id, settled_as::give_up, "ops", after(id).first};
  };
  const auto id = ended(error_code::outcome_unknown);
  apply({give_up(id)});
  const auto refused = apply({after(id)}).at(0);
  BOOST_TEST(refused.status == transition_status::conflict);
  BOOST_TEST(refused.ids.empty());
  BOOST_TEST(claim_ids(provider_lane).empty());
  auto wished = after(id);
  wished.given_up_too = true;
  const auto begun = apply({wished}).at(0);
  BOOST_TEST(begun.status == transition_status::applied);
  BOOST_TEST(find(begun.ids.at(0)).transaction.chain_no == 1);
  check_invariants();
  // In one batch the decision that comes first counts.
  const auto other = ended(error_code::outcome_unknown);
  const auto results = apply({give_up(other), after(other)});
  BOOST_TEST(results[0].status == transition_status::applied);
  BOOST_TEST(results[1].status == transition_status::conflict);
}

BOOST_AUTO_TEST_CASE(what_an_older_chain_delivered_after_all_is_not_tried_again) {
  const auto id = ended(error_code::undelivered);
  const auto next = apply({after(id)}).at(0).ids.at(0);
  claim_ids(provider_lane);
  apply({begin_delivery{next}});
  apply({gave_up(next)});
  record_receipt late;
  late.id = id;
  late.kind = receipt::delivered;
  apply({late});
  BOOST_TEST(find(id).transaction.status == transaction_status::success);
  BOOST_TEST(status_of(after(next)) == transition_status::conflict);
  retry_selection wanted;
  wanted.ids = {next};
  const auto page = queries->select_retries(wanted, {}, 10).value();
  BOOST_TEST(page.outdated.size() == 1U);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(all_recipients_of_a_message_get_new_chains_in_one_batch) {
  const auto ids = apply({accept(5)}).at(0).ids;
  std::vector<transition> begins, ends, chains;
  for (auto id : ids)
    begins.push_back(begin_delivery{id}), ends.push_back(gave_up(id));
  apply(begins);
  apply(ends);
  for (auto id : ids)
    chains.push_back(after(id));
  for (const auto& result : apply(chains))
    BOOST_TEST(result.status == transition_status::applied);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(two_connections_start_one_chain) {
  if (in_memory()) return;
  for (int round = 0; round < 20; ++round) {
    const auto what = after(ended());
    transition_status theirs = transition_status::refused;
    std::thread other([&] {
      const auto applied = database().open_ledger()->apply({node, now, {what}});
      if (applied) theirs = applied->at(0).status;
    });
    const auto mine = apply({what}).at(0).status;
    other.join();
    BOOST_TEST((mine == transition_status::applied) != (theirs == transition_status::applied));
    BOOST_TEST(theirs != transition_status::refused);
  }
  BOOST_TEST(counts().pending == 20);
  check_invariants();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
