#include "tests/persistence/ledger_fixture.hpp"

namespace postrider::test {

BOOST_FIXTURE_TEST_SUITE(reading, ledger_fixture)

BOOST_AUTO_TEST_CASE(what_is_not_there_is_not_found) {
  BOOST_TEST(!queries->find_transaction(4711).value().has_value());
  BOOST_TEST(!queries->find_message(make_message_id()).value().has_value());
}

BOOST_AUTO_TEST_CASE(a_message_shows_its_whole_chains_in_order) {
  const auto what = accept(2);
  const auto ids = apply({what}).at(0).ids;
  apply({begin_delivery{ids[1]}});
  const auto second = apply({retry(ids[1])}).at(0).ids.at(0);
  const auto found = queries->find_message(what.message->id).value();
  BOOST_REQUIRE_EQUAL(found->transactions.size(), 3);
  BOOST_TEST(found->transactions[0].transaction.id == ids[0]);
  BOOST_TEST(found->transactions[1].transaction.id == ids[1]);
  BOOST_TEST(found->transactions[1].archived);
  BOOST_TEST(found->transactions[2].transaction.id == second);
  BOOST_TEST(!found->transactions[2].archived);
}

BOOST_AUTO_TEST_CASE(rows_are_counted_by_state) {
  apply({accept(2, 0)});
  pending();
  processing();
  failed();
  apply({accepted(processing())});
  apply({accepted(4711)});
  const auto all = counts();
  BOOST_TEST(all.pending == 3);
  BOOST_TEST(all.processing == 1);
  BOOST_TEST(all.failed == 1);
  BOOST_TEST(all.history == 1);
  BOOST_TEST(all.late_outcomes == 1);
  BOOST_TEST(!all.at_least);
}

BOOST_AUTO_TEST_CASE(counting_stops_at_its_limit) {
  apply({accept(30, 0)});
  const auto some = queries->count_rows(10).value();
  BOOST_TEST(some.pending == 10);
  BOOST_TEST(some.at_least);
}

BOOST_AUTO_TEST_CASE(given_up_is_what_ended_for_good_and_was_not_cancelled) {
  const auto lost = [&](int limit = 100) {
    return queries->given_up_since(now - std::chrono::hours(24), limit).value();
  };
  BOOST_TEST(lost().counts.empty());
  // One that a retry follows, one that arrived and one that was cancelled are no loss.
  const auto first = processing();
  apply({retry(first)});
  apply({accepted(processing())});
  const auto cancelled = processing();
  apply({gave_up(cancelled, error_code::cancelled)});
  BOOST_TEST(lost().counts.empty());
  apply({gave_up(processing())});
  const auto last = processing();
  apply({gave_up(last)});
  const auto unknown = processing();
  apply({gave_up(unknown, error_code::outcome_unknown)});
  const auto found = lost();
  BOOST_REQUIRE(found.counts.size() == 2);
  BOOST_TEST(found.counts[0].provider == provider);
  BOOST_TEST(found.counts[0].error == error_code::unavailable);
  BOOST_TEST(found.counts[0].count == 2);
  BOOST_TEST(found.counts[0].last == last);
  BOOST_TEST((found.counts[0].last_at == find(last).transaction.completed_at));
  BOOST_TEST(found.counts[1].error == error_code::outcome_unknown);
  BOOST_TEST(found.counts[1].last == unknown);
  BOOST_TEST(!found.at_least);
  // Three rows ended as unavailable, the superseded one among them.
  BOOST_TEST(lost(3).at_least);
  BOOST_TEST(lost(1).counts[0].count == 1);
  BOOST_TEST(queries->given_up_since(now + std::chrono::hours(1), 100).value().counts.empty());
}

BOOST_AUTO_TEST_CASE(what_waits_in_a_lane_is_counted_as_due_or_later) {
  apply({accept(30, 0)});
  failed();
  const auto own = lane_of(provider, priority::normal);
  const std::vector<lane> lanes{own, lane_of(provider, priority::high), retry_lane};
  const auto read = [&](time_point at, std::int64_t limit) {
    return queries->count_lanes(lanes, at, limit).value();
  };
  const auto late = read(now + std::chrono::hours(24), 1'000);
  BOOST_REQUIRE(late.size() == 3);
  BOOST_TEST(late[0].lane == own);
  BOOST_TEST(late[0].due == 30);
  BOOST_TEST(late[0].later == 0);
  BOOST_TEST(!late[0].at_least);
  BOOST_TEST(late[1].due + late[1].later == 0);
  BOOST_TEST(late[2].due == 1);
  const auto early = read(now - std::chrono::hours(24), 1'000);
  BOOST_TEST(early[0].due == 0);
  BOOST_TEST(early[0].later == 30);
  const auto bounded = read(now + std::chrono::hours(24), 10);
  BOOST_TEST(bounded[0].due == 10);
  BOOST_TEST(bounded[0].at_least);
  BOOST_TEST(!bounded[2].at_least);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
