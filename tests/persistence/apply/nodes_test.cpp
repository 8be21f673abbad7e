#include "tests/persistence/ledger_fixture.hpp"

#include <algorithm>

namespace postrider::test {

BOOST_FIXTURE_TEST_SUITE(nodes, ledger_fixture)

BOOST_AUTO_TEST_CASE(a_node_is_listed_with_its_process_and_lease) {
  const auto all = queries->nodes().value();
  const auto mine = std::ranges::find(all, node, &persistence::node::id);
  BOOST_REQUIRE((mine != all.end()));
  BOOST_TEST((mine->process == process_identity{"boot", "pid:[1]", 42, 7}));
  BOOST_TEST(mine->host == "here");
  BOOST_TEST(mine->alive);
  BOOST_TEST(!mine->lease_expired);
  BOOST_TEST((mine->lease_left > milliseconds(0)));
  BOOST_TEST((mine->lease_left <= seconds(30)));
}

BOOST_AUTO_TEST_CASE(a_node_whose_lease_expired_may_write_until_it_is_taken_over) {
  const auto id = pending();
  const auto late = new_node(seconds(-1));
  const auto all = queries->nodes().value();
  BOOST_TEST(std::ranges::find(all, late, &persistence::node::id)->lease_expired);
  BOOST_TEST(apply_as(late, {accept(1, late)}).at(0).status == transition_status::applied);
  BOOST_TEST(writer->renew_lease(late, seconds(30)).has_value());
  apply({take_over{late, std::nullopt, now}});
  const auto refused = writer->apply({late, now, {begin_delivery{id}}});
  BOOST_REQUIRE(refused.has_error());
  BOOST_TEST(refused.error().code == ledger_errc::fenced);
  BOOST_TEST(writer->renew_lease(late, seconds(30)).error().code == ledger_errc::fenced);
  BOOST_TEST(writer->renew_lease(4711, seconds(30)).error().code == ledger_errc::fenced);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(nothing_of_a_fenced_batch_is_stored) {
  const auto fenced = new_node();
  apply({take_over{fenced, std::nullopt, now}});
  const auto what = accept(1, fenced);
  BOOST_TEST(writer->apply({fenced, now, {what}}).has_error());
  BOOST_TEST(!queries->find_message(what.message->id).value());
}

BOOST_AUTO_TEST_CASE(a_dead_nodes_rows_are_taken_over) {
  const auto dead = new_node();
  const auto waiting = apply_as(dead, {accept(1, dead)}).at(0).ids[0];
  const auto sending = apply_as(dead, {accept(1, dead)}).at(0).ids[0];
  apply_as(dead, {begin_delivery{sending}});
  const auto retried = failed();
  apply_as(dead, {claim{retry_lane, 10}});
  const auto mine = pending();

  BOOST_TEST(apply({take_over{dead, std::nullopt, now + minutes(1)}}).at(0).count == 3);
  BOOST_TEST(find(waiting).transaction.owner == 0);
  BOOST_TEST(find(waiting).transaction.status == transaction_status::pending);
  const auto unknown = find(sending).transaction;
  BOOST_TEST(unknown.owner == 0);
  BOOST_TEST(unknown.status == transaction_status::failed);
  BOOST_TEST(unknown.error == error_code::outcome_unknown);
  BOOST_TEST((unknown.due_at == now + minutes(1)));
  BOOST_TEST(find(retried).transaction.owner == 0);
  BOOST_TEST(find(retried).transaction.error == error_code::unavailable);
  BOOST_TEST(find(mine).transaction.owner == node);
  const auto all = queries->nodes().value();
  BOOST_TEST(!std::ranges::find(all, dead, &persistence::node::id)->alive);
  BOOST_TEST(apply({take_over{dead, std::nullopt, now}}).at(0).count == 0);
  BOOST_TEST(claim_ids(provider_lane).size() == 1);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(one_senders_rows_are_taken_over_and_the_node_stays_alive) {
  const auto id = processing();
  auto other = accept();
  other.transactions[0].provider = provider + 1;
  const auto kept = apply({other}).at(0).ids[0];
  BOOST_TEST(apply({take_over{node, provider, now}}).at(0).count == 1);
  BOOST_TEST(find(id).transaction.error == error_code::outcome_unknown);
  BOOST_TEST(status_of(begin_delivery{kept}) == transition_status::applied);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_session_that_begins_after_the_take_over_finds_itself_fenced) {
  const auto dead = new_node();
  auto first = database().open_ledger(), second = database().open_ledger();
  BOOST_TEST(first->apply({dead, now, {}}).has_value());
  apply({take_over{dead, std::nullopt, now}});
  BOOST_TEST(first->apply({dead, now, {accept(1, dead)}}).error().code == ledger_errc::fenced);
  BOOST_TEST(second->apply({dead, now, {accept(1, dead)}}).error().code == ledger_errc::fenced);
  if (in_memory()) return;
  BOOST_TEST(number("SELECT COUNT(*) FROM batch_marker WHERE node = " + std::to_string(dead)) == 0);
}

BOOST_AUTO_TEST_CASE(a_session_whose_marker_was_forgotten_begins_again) {
  if (in_memory()) return;
  pending();
  sql("DELETE FROM batch_marker");
  const auto id = pending();
  BOOST_TEST(find(id).transaction.owner == node);
  BOOST_TEST(number("SELECT COUNT(*) FROM batch_marker WHERE node = " + std::to_string(node)) == 1);
}

BOOST_AUTO_TEST_CASE(one_ledger_may_write_for_several_nodes) {
  const auto other = new_node();
  for (int i = 0; i < 2; ++i)
    for (const auto owner : {node, other})
      apply_as(owner, {accept(1, owner)});
  apply({take_over{other, std::nullopt, now}});
  BOOST_TEST(writer->apply({other, now, {}}).error().code == ledger_errc::fenced);
  BOOST_TEST(counts().pending == 4);
  pending();
  check_invariants();
}

BOOST_AUTO_TEST_CASE(rows_of_dead_nodes_and_of_nodes_that_are_not_there_are_found_and_freed) {
  if (in_memory()) return;
  BOOST_TEST(queries->dead_owners().value().empty());
  const auto dead = new_node();
  const auto waiting = pending(), sending = processing(), mine = pending();
  BOOST_TEST(queries->dead_owners().value().empty());
  apply({take_over{dead, std::nullopt, now}});
  const node_id nobody = dead + 1000;
  sql("UPDATE message_transaction SET owner = " + std::to_string(dead) +
      " WHERE id = " + std::to_string(waiting));
  sql("UPDATE message_transaction SET owner = " + std::to_string(nobody) +
      " WHERE id = " + std::to_string(sending));
  BOOST_TEST((queries->dead_owners().value() == std::vector<node_id>{dead, nobody}));
  for (const auto from : {dead, nobody})
    BOOST_TEST(apply({take_over{from, std::nullopt, now, true}}).at(0).count == 1);
  BOOST_TEST(queries->dead_owners().value().empty());
  BOOST_TEST(find(waiting).transaction.owner == 0);
  BOOST_TEST(find(sending).transaction.error == error_code::outcome_unknown);
  BOOST_TEST(find(mine).transaction.owner == node);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_node_that_leaves_gives_its_rows_back) {
  const auto id = pending();
  BOOST_TEST(writer->leave(node, now, now).has_value());
  BOOST_TEST(find(id).transaction.owner == 0);
  BOOST_TEST(writer->apply(batch({})).error().code == ledger_errc::fenced);
  check_invariants();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
