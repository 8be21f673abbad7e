#include "tests/persistence/ledger_fixture.hpp"

namespace postrider::test {

using boost::test_tools::per_element;

constexpr provider_id other = 9;
const persistence::lane other_lane = lane_of(other, priority::normal);

struct reroute_fixture : ledger_fixture {
  /// To the other provider, by default as ours.
  reroute elsewhere(transaction_id id, node_id owner) const {
    return {id, provider, other, "someone@example.org", true, owner, "u 9:1"};
  }
  reroute elsewhere(transaction_id id) const { return elsewhere(id, node); }
  transaction_id free() { return apply({accept(1, 0)}).at(0).ids.at(0); }
  std::vector<transaction_id> waiting(lane_position after = {}, int limit = 100) {
    std::vector<transaction_id> ids;
    for (const auto& row : queries->waiting_rows(provider_lane, after, now, limit).value())
      ids.push_back(row.transaction.id);
    return ids;
  }
};

BOOST_FIXTURE_TEST_SUITE(reroutes, reroute_fixture)

BOOST_AUTO_TEST_CASE(a_rerouted_transaction_is_the_same_one_at_another_provider) {
  auto what = accept(1, 0);
  what.transactions[0].attempts = {{3, error_code::unavailable}};
  what.transactions[0].expires_at = now + minutes(5);
  const auto id = apply({what}).at(0).ids.at(0);
  const auto before = find(id).transaction;
  now += seconds(1);
  BOOST_TEST(status_of(elsewhere(id)) == transition_status::applied);
  const auto row = find(id).transaction;
  BOOST_TEST(row.provider == other);
  BOOST_TEST(row.recipient == "someone@example.org");
  BOOST_TEST(row.fallback_on_undelivered);
  BOOST_TEST(row.decision == "u 9:1");
  BOOST_TEST(row.status == transaction_status::pending);
  BOOST_TEST(row.owner == node);
  BOOST_TEST(row.retry_count == before.retry_count);
  BOOST_TEST((row.attempts == before.attempts));
  BOOST_TEST((row.due_at == before.due_at));
  BOOST_TEST((row.expires_at == before.expires_at));
  BOOST_TEST((row.created_at == before.created_at));
  BOOST_TEST((row.updated_at == now));
  BOOST_TEST(row.superseded_by == 0);
  BOOST_TEST(status_of(begin_delivery{id}) == transition_status::applied);
  BOOST_TEST(status_of(accepted(id)) == transition_status::applied);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_free_one_becomes_ours_and_waits_in_neither_lane) {
  const auto id = free();
  BOOST_TEST(status_of(elsewhere(id)) == transition_status::applied);
  BOOST_TEST(claim_ids(provider_lane).empty());
  BOOST_TEST(claim_ids(other_lane).empty());
  BOOST_TEST(status_of(begin_delivery{id}) == transition_status::applied);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(one_that_is_rerouted_for_nobody_waits_in_the_other_lane) {
  const auto id = free();
  apply({elsewhere(id, 0)});
  BOOST_TEST(claim_ids(provider_lane).empty());
  BOOST_TEST(claim_ids(other_lane) == std::vector{id}, per_element());
  check_invariants();
}

BOOST_AUTO_TEST_CASE(what_is_released_and_rerouted_in_one_batch_is_rerouted) {
  const auto id = pending();
  const auto results = apply({elsewhere(id), release{id, transaction_status::pending, now}});
  BOOST_TEST(results[0].status == transition_status::applied);
  BOOST_TEST(results[1].status == transition_status::applied);
  BOOST_TEST(find(id).transaction.provider == other);
  check_invariants();
}

/// Between the look at the lanes and the move it was claimed; who got it is giving it back.
BOOST_AUTO_TEST_CASE(what_was_claimed_meanwhile_stays_with_who_has_it) {
  const auto id = free();
  BOOST_TEST(claim_ids(provider_lane) == std::vector{id}, per_element());
  BOOST_TEST(status_of(elsewhere(id)) == transition_status::conflict);
  BOOST_TEST(status_of(release{id, transaction_status::pending, now}) ==
             transition_status::applied);
  BOOST_TEST(find(id).transaction.provider == provider);
  BOOST_TEST(status_of(elsewhere(id)) == transition_status::applied);
  BOOST_TEST(find(id).transaction.owner == node);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(only_what_is_pending_and_free_at_the_expected_provider_is_rerouted) {
  const auto begun = processing(), ended = processing(), waits = failed(), mine = pending();
  apply({accepted(ended)});
  const auto moved = free();
  apply({elsewhere(moved)});
  for (const auto id : {begun, ended, waits, mine, moved, transaction_id{4711}}) {
    BOOST_TEST_CONTEXT("transaction " << id) {
      BOOST_TEST(status_of(elsewhere(id)) == transition_status::conflict);
    }
  }
  BOOST_TEST(find(begun).transaction.provider == provider);
  BOOST_TEST(find(begun).transaction.status == transaction_status::processing);
  BOOST_TEST(find(waits).transaction.provider == provider);
  BOOST_TEST(counts().late_outcomes == 0);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(what_another_node_owns_is_not_rerouted) {
  const auto mine = pending(), nobodys = free();
  const auto their_node = new_node();
  const auto theirs = apply_as(their_node, {elsewhere(mine, their_node)});
  BOOST_TEST(theirs.at(0).status == transition_status::conflict);
  BOOST_TEST(find(mine).transaction.provider == provider);
  // Two nodes want the same free row: the first one has it.
  BOOST_TEST(apply_as(their_node, {elsewhere(nobodys, their_node)}).at(0).status ==
             transition_status::applied);
  BOOST_TEST(status_of(elsewhere(nobodys)) == transition_status::conflict);
  BOOST_TEST(find(nobodys).transaction.owner == their_node);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(an_address_that_is_too_long_is_refused_alone) {
  const auto id = free(), next = free();
  auto too_long = elsewhere(id);
  too_long.recipient.assign(max_recipient_bytes + 1, 'a');
  const auto results = apply({too_long, elsewhere(next)});
  BOOST_TEST(results[0].status == transition_status::refused);
  BOOST_TEST(results[1].status == transition_status::applied);
  BOOST_TEST(find(id).transaction.provider == provider);
}

BOOST_AUTO_TEST_CASE(a_rerouted_transaction_survives_the_death_of_its_node) {
  const auto id = free();
  apply({elsewhere(id)});
  const auto heir = new_node();
  apply_as(heir, {take_over{node, std::nullopt, now + minutes(3)}});
  node = heir;
  BOOST_TEST(claim_ids(other_lane) == std::vector{id}, per_element());
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_late_success_of_the_attempt_before_ends_a_rerouted_retry) {
  const auto id = processing();
  const auto next = apply({retry(id, error_code::outcome_unknown)}).at(0).ids.at(0);
  apply({release{next, transaction_status::pending, now}});
  BOOST_TEST(status_of(elsewhere(next)) == transition_status::applied);
  BOOST_TEST(status_of(accepted(id)) == transition_status::conflict);
  BOOST_TEST(find(id).transaction.status == transaction_status::success);
  BOOST_TEST(find(next).transaction.error == error_code::cancelled);
  BOOST_TEST(status_of(begin_delivery{next}) == transition_status::conflict);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(waiting_rows_are_read_page_by_page_with_their_messages_and_stay_free) {
  const auto shared = apply({accept(3, 0)}).at(0).ids;
  now += seconds(1);
  const auto later = free();
  pending();
  auto scheduled = accept(1, 0);
  scheduled.transactions[0].due_at = now + minutes(1);
  apply({scheduled});
  const auto first = queries->waiting_rows(provider_lane, {}, now, 2).value();
  BOOST_REQUIRE_EQUAL(first.size(), 2);
  BOOST_TEST(first[1].transaction.id == shared[1]);
  BOOST_TEST(first[1].message->text == "hello");
  // The three are due at the same time: the id tells them apart.
  const lane_position after{first[1].transaction.due_at, first[1].transaction.id};
  BOOST_TEST(waiting(after) == (std::vector{shared[2], later}), per_element());
  BOOST_TEST(waiting({find(later).transaction.due_at, later}).empty());
  BOOST_TEST(claim_ids(provider_lane).size() == 4);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
