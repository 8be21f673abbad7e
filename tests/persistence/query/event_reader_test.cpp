#include "tests/persistence/event_fixture.hpp"

#include <random>

namespace postrider::test {
namespace {

/// A second session of the same node, or of another one.
struct sessions_fixture : event_fixture {
  std::unique_ptr<ledger> other = database().open_ledger();

  batch_result apply_by(ledger& by, node_id owner, std::vector<transition> transitions,
                        time_point at) {
    auto applied = by.apply({owner, at, std::move(transitions)});
    if (!applied) BOOST_FAIL(applied.error().message);
    return *applied;
  }
};

std::vector<transaction_id> transactions_of(const std::vector<found_event>& events) {
  std::vector<transaction_id> ids;
  for (const auto& e : events)
    ids.push_back(e.event.transaction);
  return ids;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(event_reader, sessions_fixture)

BOOST_AUTO_TEST_CASE(a_reader_goes_on_where_it_ended) {
  event_cursor at;
  BOOST_TEST(read(at).empty());
  const auto first = pending();
  BOOST_TEST((transactions_of(read(at)) == std::vector{first}));
  BOOST_TEST(read(at).empty());
  const auto second = pending();
  BOOST_TEST((transactions_of(read(at)) == std::vector{second}));
}

BOOST_AUTO_TEST_CASE(a_reader_may_begin_at_the_end) {
  pending();
  auto at = queries->end_of_events(now).value();
  BOOST_TEST(read(at).empty());
  const auto next = pending();
  BOOST_TEST((transactions_of(read(at)) == std::vector{next}));
}

BOOST_AUTO_TEST_CASE(a_place_within_a_commit_is_kept) {
  apply({accept(5)});
  const auto all = read_all();
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto at = decode_cursor(encode_cursor(cursor_behind(all[i]))).value();
    const auto rest = read(at);
    BOOST_REQUIRE_EQUAL(rest.size(), all.size() - i - 1);
    if (!rest.empty()) BOOST_TEST((rest.front().place == all[i + 1].place));
  }
}

BOOST_AUTO_TEST_CASE(a_session_that_commits_late_is_not_passed_over) {
  event_cursor at;
  // The other session begins, and writes nothing that the feed tells.
  apply_by(*other, node, {claim{provider_lane, 1}}, now);
  const auto first = pending();
  BOOST_TEST((transactions_of(read(at, 1)) == std::vector{first}));
  const auto late = apply_by(*other, node, {accept()}, now - seconds(5)).at(0).ids.at(0);
  BOOST_TEST((transactions_of(read(at)) == std::vector{late}));
}

BOOST_AUTO_TEST_CASE(a_silent_session_between_two_others_keeps_its_position) {
  apply_by(*other, node, {claim{provider_lane, 1}}, now);
  auto third = database().open_ledger();
  std::vector<transaction_id> ids;
  for (int i = 0; i < 3; ++i)
    ids.push_back(apply_by(*third, node, {accept()}, now).at(0).ids.at(0));
  // A page that is not the last one names the sessions by itself.
  auto page = queries->read_events({{}, {}, 1}, now).value();
  BOOST_TEST(page.more);
  const auto silent = apply_by(*other, node, {accept()}, now).at(0).ids.at(0);
  auto at = page.next;
  auto rest = transactions_of(read(at));
  BOOST_TEST(std::ranges::count(rest, silent) == 1);
  BOOST_TEST(rest.size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_node_whose_clock_is_behind_is_ordered_after_what_it_saw) {
  // This node's clock is an hour ahead of the other's.
  const auto id = apply({accept(1, 0)}).at(0).ids.at(0);
  const auto behind = now - minutes(60);
  const auto slow = new_node();
  auto claimed = apply_by(*other, slow, {claim{provider_lane, 10}}, now).at(0).rows;
  BOOST_TEST(claimed.size() == 1u);
  apply_by(*other, slow, {begin_delivery{id}}, behind);
  apply_by(*other, slow, {accepted(id)}, behind);
  BOOST_TEST(told() == "accepted; sent");
  check_order(read_all());
}

BOOST_AUTO_TEST_CASE(a_cursor_of_a_server_that_is_ahead_never_goes_back) {
  pending();
  event_cursor at;
  read(at);
  // As another server of a cluster gave it: a commit and a session that are not here yet.
  auto ahead = at;
  ahead.positions.begin()->second += 3 * event_rows_per_batch;
  ahead.sessions += 1;
  ahead.positions[ahead.sessions] = 7 * event_rows_per_batch;
  auto place = ahead;
  BOOST_TEST(read(place).empty());
  BOOST_TEST((place.positions == ahead.positions));
  BOOST_TEST(place.sessions == ahead.sessions);
}

BOOST_AUTO_TEST_CASE(sessions_that_ended_leave_the_cursor) {
  event_cursor at;
  pending();
  read(at);
  BOOST_TEST(at.positions.size() == 1u);
  const auto successor = new_node();
  apply_by(*other, successor, {take_over{node, std::nullopt, now}}, now);
  read(at);
  BOOST_TEST(at.positions.size() == 1u);
  BOOST_TEST(at.positions.begin()->first == at.sessions);
}

BOOST_AUTO_TEST_CASE(many_sessions_pages_and_crashes_tell_everything_once_and_in_order) {
  std::mt19937 chance(20);
  std::vector<std::unique_ptr<ledger>> ledgers(4);
  std::vector<node_id> nodes(4);
  std::vector<milliseconds> clocks(4);
  const auto start = [&](std::size_t i) {
    if (nodes[i] != 0) apply_as(node, {take_over{nodes[i], std::nullopt, now}});
    ledgers[i] = database().open_ledger();
    nodes[i] = new_node();
    clocks[i] = milliseconds(static_cast<int>(chance() % 4000) - 2000);
  };
  for (std::size_t i = 0; i < ledgers.size(); ++i)
    start(i);
  event_cursor at;
  std::vector<found_event> read_on_the_way;
  for (int step = 0; step < 600; ++step) {
    now += milliseconds(chance() % 20);
    const auto i = chance() % ledgers.size();
    const auto clock = now + clocks[i];
    const auto apply_there = [&](std::vector<transition> what) {
      return apply_by(*ledgers[i], nodes[i], std::move(what), clock);
    };
    switch (chance() % 8) {
      case 0: start(i); break;
      case 1: {
        auto page = queries->read_events({at, {}, 1 + static_cast<int>(chance() % 9)}, now).value();
        std::ranges::move(page.events, std::back_inserter(read_on_the_way));
        at = decode_cursor(encode_cursor(page.next)).value();
        break;
      }
      case 2:
      case 3: {
        auto message = accept(1 + static_cast<int>(chance() % 3), 0);
        for (auto& t : message.transactions)
          t.due_at = now - seconds(10);
        apply_there({message});
        break;
      }
      default: {
        const bool retries = chance() % 2 == 0;
        const auto lane = retries ? retry_lane : provider_lane;
        auto rows = apply_there({claim{lane, 2}}).at(0).rows;
        for (const auto& row : rows) {
          const auto id = row.transaction.id;
          if (retries) {
            apply_there({wait_again{id, transaction_status::failed, {}, provider, "+1555"}});
            continue;
          }
          apply_there({begin_delivery{id}});
          const auto outcome = chance() % 4;
          if (outcome == 0) apply_there({accepted(id)});
          if (outcome == 1)
            apply_there({fail_for_now{id, {error_code::unavailable, "no", ""}, now - seconds(9)}});
          if (outcome == 2) apply_there({gave_up(id)});
        }
      }
    }
  }
  std::ranges::move(read(at, 7), std::back_inserter(read_on_the_way));
  check_order(read_on_the_way);
  const auto at_once = read_all();
  check_order(at_once);
  BOOST_TEST(read_on_the_way.size() == at_once.size());
  BOOST_TEST(at_once.size() > 100u);
  const auto count = [&](event_type type) {
    return std::ranges::count_if(at_once, [&](const auto& e) { return e.event.type == type; });
  };
  if (in_memory()) return;
  const auto rows = [&](const std::string& where) {
    return number("SELECT (SELECT COUNT(*) FROM message_transaction WHERE " + where +
                  ") + (SELECT COUNT(*) FROM message_transaction_history WHERE " + where + ")");
  };
  BOOST_TEST(count(event_type::message_accepted) == rows("retry_count = 0 AND chain_no = 0"));
  BOOST_TEST(count(event_type::message_sent) == rows("status = 2"));
  BOOST_TEST(count(event_type::message_failed) ==
             number("SELECT COUNT(*) FROM message_transaction_history WHERE status = 3"));
}

BOOST_AUTO_TEST_CASE(retention_removes_old_events_and_readers_are_told) {
  auto behind = queries->end_of_events(now).value();
  now += seconds(1);
  for (int i = 0; i < 5; ++i, now += seconds(1))
    pending();
  now += minutes(10);
  auto up_to_date = queries->end_of_events(now).value();
  const auto last = pending();
  const auto before = now - minutes(5);
  auto pruned = apply({prune{prune::kind::events, before, 3}}).at(0);
  BOOST_TEST(pruned.count == 3);
  BOOST_TEST(pruned.more);
  pruned = apply({prune{prune::kind::events, before, 3}}).at(0);
  BOOST_TEST(pruned.count == 2);
  BOOST_TEST(!pruned.more);
  BOOST_TEST(queries->read_events({behind, {}, 10}, now).value().too_old);
  BOOST_TEST((transactions_of(read(up_to_date)) == std::vector{last}));
  BOOST_TEST((transactions_of(read_all()) == std::vector{last}));
}

BOOST_AUTO_TEST_CASE(a_damaged_row_is_an_error_and_no_silence) {
  if (in_memory()) return;
  pending();
  writer.reset();
  sql("UPDATE event_log SET events = 'nonsense'");
  BOOST_TEST(queries->read_events({{}, {}, 10}, now).has_error());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
