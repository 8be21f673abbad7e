#include "tests/persistence/ledger_fixture.hpp"

namespace postrider::test {

struct expiry_fixture : ledger_fixture {
  transaction_id expiring(minutes after, std::optional<node_id> owner = std::nullopt,
                          minutes due = minutes(0)) {
    auto what = accept(1, owner);
    what.transactions[0].expires_at = now + after;
    what.transactions[0].due_at = now + due;
    return apply({what}).at(0).ids.at(0);
  }
  std::int64_t expire(int limit = 100) { return apply({expire_waiting{limit}}).at(0).count; }
};

BOOST_FIXTURE_TEST_SUITE(expiry, expiry_fixture)

BOOST_AUTO_TEST_CASE(what_waits_expires_wherever_it_is) {
  const auto ours = expiring(minutes(5)), free = expiring(minutes(5), 0),
             later = expiring(minutes(5), 0, minutes(60)), unbounded = pending();
  const auto waiting = expiring(minutes(5)), in_hand = expiring(minutes(5));
  for (auto id : {waiting, in_hand}) {
    apply({begin_delivery{id}});
    apply({fail_for_now{
        id, {error_code::unavailable, "no", ""}, id == waiting ? now + minutes(60) : now}});
  }
  BOOST_REQUIRE_EQUAL(claim_ids(retry_lane).size(), 1);
  BOOST_TEST(expire() == 0);
  now += minutes(5);
  BOOST_TEST(expire() == 5);
  BOOST_TEST(expire() == 0);
  for (auto id : {ours, free, later, waiting, in_hand}) {
    const auto found = find(id);
    BOOST_TEST(found.archived);
    BOOST_TEST(found.transaction.status == transaction_status::failed);
    BOOST_TEST(found.transaction.error == error_code::expired);
    BOOST_TEST((found.transaction.completed_at == now));
    BOOST_TEST(status_of(begin_delivery{id}) == transition_status::conflict);
  }
  BOOST_TEST(!find(unbounded).archived);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(what_is_being_sent_does_not_expire_and_hides_nothing) {
  const auto sending = expiring(minutes(1));
  apply({begin_delivery{sending}});
  const auto waiting = expiring(minutes(2), 0);
  BOOST_TEST((queries->next_expiry().value() == now + minutes(2)));
  now += minutes(3);
  BOOST_TEST(expire(1) == 1);
  BOOST_TEST(find(waiting).transaction.error == error_code::expired);
  BOOST_TEST(status_of(accepted(sending)) == transition_status::applied);
  BOOST_TEST(!queries->next_expiry().value().has_value());
  check_invariants();
}

BOOST_AUTO_TEST_CASE(what_may_have_arrived_is_not_said_to_have_expired_unsent) {
  const auto id = expiring(minutes(1));
  apply({begin_delivery{id}});
  apply({fail_for_now{id, {error_code::outcome_unknown, "reset", ""}, now + minutes(3)}});
  now += minutes(2);
  BOOST_TEST(expire() == 1);
  BOOST_TEST(find(id).transaction.error == error_code::outcome_unknown);
  BOOST_TEST(find(id).archived);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(the_earliest_go_first_and_no_more_than_the_limit) {
  std::vector<transaction_id> ids;
  for (int i = 5; i > 0; --i)
    ids.push_back(expiring(minutes(i), 0));
  BOOST_TEST((queries->next_expiry().value() == now + minutes(1)));
  now += minutes(10);
  BOOST_TEST(expire(2) == 2);
  BOOST_TEST(find(ids[4]).archived);
  BOOST_TEST(find(ids[3]).archived);
  BOOST_TEST(!find(ids[2]).archived);
  BOOST_TEST(expire() == 3);
}

BOOST_AUTO_TEST_CASE(in_one_batch_what_has_expired_is_not_claimed) {
  const auto id = expiring(minutes(1), 0);
  now += minutes(1);
  const auto results = apply({claim{provider_lane, 10}, expire_waiting{10}});
  BOOST_TEST(results[0].rows.empty());
  BOOST_TEST(results[1].count == 1);
  BOOST_TEST(find(id).transaction.error == error_code::expired);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
