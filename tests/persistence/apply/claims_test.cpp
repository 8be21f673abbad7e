#include "tests/persistence/ledger_fixture.hpp"

#include <algorithm>
#include <thread>

namespace postrider::test {

BOOST_FIXTURE_TEST_SUITE(claims, ledger_fixture)

BOOST_AUTO_TEST_CASE(free_rows_are_claimed_in_order_with_their_message) {
  const auto shared = apply({accept(3, 0)}).at(0).ids;
  now += seconds(1);
  const auto later = apply({accept(1, 0)}).at(0).ids;
  const auto result = apply({claim{provider_lane, 10}}).at(0);
  BOOST_REQUIRE_EQUAL(result.rows.size(), 4);
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST(result.rows[i].transaction.id == shared[i]);
    BOOST_TEST(result.rows[i].transaction.owner == node);
    BOOST_TEST((result.rows[i].message == result.rows[0].message));
  }
  BOOST_TEST(result.rows[0].message->text == "hello");
  BOOST_TEST(result.rows[3].transaction.id == later[0]);
  BOOST_TEST(find(shared[0]).transaction.owner == node);
  BOOST_TEST(status_of(begin_delivery{shared[0]}) == transition_status::applied);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_claim_takes_no_more_than_its_limit_and_only_its_lane) {
  apply({accept(5, 0)});
  BOOST_TEST(claim_ids(provider_lane, 2).size() == 2);
  BOOST_TEST(claim_ids(provider_lane, 0).empty());
  BOOST_TEST(claim_ids(lane_of(provider, priority::high)).empty());
  BOOST_TEST(claim_ids(lane_of(provider + 1, priority::normal)).empty());
  BOOST_TEST(claim_ids(provider_lane).size() == 3);
}

BOOST_AUTO_TEST_CASE(what_is_not_due_is_not_claimed) {
  auto what = accept(1, 0);
  what.transactions[0].due_at = now + minutes(1);
  apply({what});
  BOOST_TEST(claim_ids(provider_lane).empty());
  now += minutes(1);
  BOOST_TEST(claim_ids(provider_lane).size() == 1);
}

BOOST_AUTO_TEST_CASE(the_server_is_found_to_skip_locked_rows) {
  // Claims would still be right without it, but one by one.
  for (const auto& warning : database().warnings())
    BOOST_TEST(warning.find("SKIP LOCKED") == std::string::npos, warning);
}

BOOST_AUTO_TEST_CASE(two_connections_claim_different_rows) {
  apply({accept(40, 0)});
  const auto other_node = new_node();
  std::vector<transaction_id> theirs;
  std::string failure;
  std::thread other;
  // Between our claim and its commit another connection claims too. On SQLite it waits for us, so
  // it is joined after the commit; on a server it must go on past our locked rows at once.
  settings.fault = [&](std::string_view point) {
    if (point != "before_commit" || other.joinable() || !theirs.empty()) return;
    other = std::thread([&] {
      auto second = database().open_ledger();
      auto applied = second->apply({other_node, now, {claim{provider_lane, 10}}});
      if (!applied) {
        failure = applied.error().message;
        return;
      }
      for (const auto& row : applied->at(0).rows)
        theirs.push_back(row.transaction.id);
    });
    if (on_mysql()) other.join();
  };
  if (in_memory()) return;
  reopen();
  const auto mine_only = node;
  auto nested = apply_as(mine_only, {claim{provider_lane, 10}}).at(0).rows;
  if (other.joinable()) other.join();
  BOOST_TEST(failure == "");
  BOOST_TEST(nested.size() == 10);
  BOOST_TEST(theirs.size() == 10);
  for (const auto& row : nested)
    BOOST_TEST(std::ranges::count(theirs, row.transaction.id) == 0);
  settings.fault = nullptr;
}

BOOST_AUTO_TEST_CASE(many_claimers_share_the_rows_without_overlap) {
  if (in_memory()) return;
  apply({accept(300, 0)});
  std::vector<std::vector<transaction_id>> won(4);
  std::vector<std::thread> threads;
  for (auto& mine : won) {
    const auto claimer = new_node();
    threads.emplace_back([&, claimer] {
      auto session = database().open_ledger();
      for (;;) {
        auto applied = session->apply({claimer, now, {claim{provider_lane, 7}}});
        if (!applied || applied->at(0).rows.empty()) return;
        for (const auto& row : applied->at(0).rows)
          mine.push_back(row.transaction.id);
      }
    });
  }
  for (auto& thread : threads)
    thread.join();
  std::vector<transaction_id> all;
  for (const auto& mine : won)
    all.insert(all.end(), mine.begin(), mine.end());
  std::ranges::sort(all);
  BOOST_TEST(all.size() == 300);
  BOOST_TEST((std::ranges::adjacent_find(all) == all.end()));
}

BOOST_AUTO_TEST_CASE(waiting_lanes_tell_their_earliest_row) {
  apply({accept(2, 0)});
  const auto id = processing();
  apply({fail_for_now{id, {error_code::unavailable, "", ""}, now + minutes(3)}});
  const auto lanes =
      queries->waiting_lanes({retry_lane, provider_lane, lane_of(9, priority::low)}).value();
  BOOST_REQUIRE_EQUAL(lanes.size(), 2);
  BOOST_TEST(lanes[0].lane == retry_lane);
  BOOST_TEST((lanes[0].oldest_due_at == now + minutes(3)));
  BOOST_TEST(lanes[1].lane == provider_lane);
  BOOST_TEST((lanes[1].oldest_due_at == now));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
