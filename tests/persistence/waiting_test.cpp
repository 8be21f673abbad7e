#include "persistence/attempts.hpp"
#include "tests/persistence/ledger_fixture.hpp"

namespace postrider::test {

/// Rows whose attempt was not sent and that wait for the next one.
struct waiting_fixture : ledger_fixture {
  wait_again waits(transaction_id id, seconds after = seconds(60), provider_id at = provider) {
    wait_again w;
    w.id = id;
    w.result = {error_code::unavailable, "refused",           "", now,
                now + milliseconds(20),  "connection refused"};
    w.provider = at;
    w.recipient = "+2";
    w.due_at = now + after;
    w.round = 1;
    w.round_due = now + after;
    w.decision = "d";
    return w;
  }
  transaction_id waiting(seconds after = seconds(60)) {
    const auto id = processing();
    BOOST_REQUIRE_EQUAL(status_of(waits(id, after)), transition_status::applied);
    return id;
  }
};

BOOST_FIXTURE_TEST_SUITE(waiting, waiting_fixture)

BOOST_AUTO_TEST_CASE(the_same_transaction_goes_back_to_pending_with_its_attempt) {
  const auto id = processing();
  BOOST_TEST(status_of(waits(id, seconds(60), 9)) == transition_status::applied);
  const auto row = find(id).transaction;
  BOOST_TEST(row.status == transaction_status::pending);
  BOOST_TEST(row.owner == 0);
  BOOST_TEST(row.provider == 9);
  BOOST_TEST(row.recipient == "+2");
  BOOST_TEST(row.error == error_code::none);
  BOOST_TEST(row.retry_count == 0);
  BOOST_TEST(row.round == 1);
  BOOST_CHECK(row.due_at == now + seconds(60));
  BOOST_CHECK(row.round_due == now + seconds(60));
  BOOST_CHECK(row.first_due == now);
  BOOST_REQUIRE_EQUAL(row.attempts.size(), 1u);
  BOOST_TEST(row.attempts[0].provider == provider);
  BOOST_CHECK(row.attempts[0].last.began == now);
  BOOST_CHECK(row.attempts[0].last.ended == now + milliseconds(20));
  BOOST_TEST(row.attempts[0].last.answer == "connection refused");
  check_invariants();
  BOOST_TEST(claim_ids(lane_of(9, priority::normal)).empty());
  now += seconds(60);
  BOOST_TEST(claim_ids(lane_of(9, priority::normal)) == std::vector{id},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_due_failure_can_wait_as_well) {
  const auto id = failed();
  claim_ids(retry_lane);
  auto w = waits(id);
  w.expected = transaction_status::failed;
  w.result = {};
  BOOST_TEST(status_of(w) == transition_status::applied);
  const auto row = find(id).transaction;
  BOOST_TEST(row.status == transaction_status::pending);
  // The attempt that is stored already is not counted twice.
  BOOST_REQUIRE_EQUAL(row.attempts.size(), 1u);
  BOOST_TEST(row.attempts[0].count == 1);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(an_outcome_whose_row_is_gone_is_kept) {
  const auto id = processing();
  const auto other = new_node();
  apply_as(other, {take_over{node, std::nullopt, now}});
  node = other;
  BOOST_TEST(status_of(waits(id)) == transition_status::conflict);
  BOOST_TEST(counts().late_outcomes == 1);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(every_end_of_an_attempt_is_a_record) {
  const auto success = processing();
  auto done = accepted(success);
  done.result.began = now;
  done.result.ended = now + seconds(2);
  done.result.answer = "HTTP 201";
  apply({done});
  const auto row = find(success).transaction;
  BOOST_REQUIRE_EQUAL(row.attempts.size(), 1u);
  BOOST_CHECK(row.attempts[0].last.outcome == error_code::none);
  BOOST_CHECK(row.attempts[0].last.ended == now + seconds(2));
  BOOST_TEST(row.attempts[0].last.answer == "HTTP 201");

  // Without times an attempt goes from the commit of its begin to that of its end.
  const auto posted = now;
  const auto unknown = processing();
  const auto begun = find(unknown).transaction.updated_at;
  BOOST_CHECK(begun >= now && begun < now + milliseconds(1));
  now += seconds(7);
  apply({fail_for_now{unknown, {error_code::outcome_unknown, "", ""}, now}});
  const auto lost = find(unknown).transaction;
  BOOST_REQUIRE_EQUAL(lost.attempts.size(), 1u);
  BOOST_CHECK(lost.attempts[0].last.began == begun);
  BOOST_CHECK(lost.attempts[0].last.ended == now);
  BOOST_TEST(lost.attempts[0].unknown);
  claim_ids(retry_lane);
  const auto next = apply({retry(unknown, error_code::outcome_unknown, transaction_status::failed)})
                        .at(0)
                        .ids.at(0);
  BOOST_TEST(find(next).transaction.attempts.size() == 1u);
  BOOST_CHECK(find(next).transaction.first_due == posted);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_call_of_a_dead_process_is_an_attempt_of_unknown_outcome) {
  const auto begun = now;
  const auto id = processing();
  now += seconds(5);
  const auto other = new_node();
  apply_as(other, {take_over{node, std::nullopt, now + seconds(180)}});
  const auto row = find(id).transaction;
  BOOST_TEST(row.error == error_code::outcome_unknown);
  BOOST_REQUIRE_EQUAL(row.attempts.size(), 1u);
  BOOST_CHECK(row.attempts[0].last.began == begun);
  BOOST_CHECK(row.attempts[0].last.ended == now);
  BOOST_CHECK(row.due_at == now + seconds(180));
}

BOOST_AUTO_TEST_CASE(a_row_that_waits_for_its_round_can_be_made_due) {
  const auto id = waiting();
  now += seconds(10);
  BOOST_TEST(status_of(hasten_retry{id}) == transition_status::applied);
  BOOST_CHECK(find(id).transaction.due_at == now);
  BOOST_CHECK(find(id).transaction.round_due == now);
  // A message that was not tried yet waits for its own time.
  auto later = accept(1, 0);
  later.transactions[0].due_at = now + seconds(60);
  const auto scheduled = apply({later}).at(0).ids.at(0);
  BOOST_TEST(status_of(hasten_retry{scheduled}) == transition_status::conflict);
}

BOOST_AUTO_TEST_CASE(a_row_in_the_lane_of_a_provider_that_is_down_is_due_for_the_others_too) {
  const auto id = processing();
  auto w = waits(id, seconds(-5));
  w.round_due = now + seconds(3600);
  apply({w});
  const auto place = find(id).transaction.due_at;
  retry_selection wanted;
  const auto found = [&] {
    retry_cursor at;
    at.until = now.time_since_epoch().count();
    std::size_t count = 0;
    for (int steps = 0; steps < 20; ++steps) {
      const auto page = queries->select_retries(wanted, at, 10).value();
      count += page.rows.size();
      if (!page.next) break;
      at = *page.next;
      at.until = now.time_since_epoch().count();
    }
    return count;
  };
  BOOST_TEST(found() == 0u);
  wanted.down = {find(id).transaction.provider};
  BOOST_TEST(found() == 1u);
  BOOST_TEST(status_of(hasten_retry{id}) == transition_status::applied);
  BOOST_CHECK(find(id).transaction.round_due == now);
  BOOST_CHECK(find(id).transaction.due_at == place);
  BOOST_TEST(found() == 0u);
}

BOOST_AUTO_TEST_CASE(nothing_is_made_due_before_the_time_that_a_provider_named) {
  const auto id = processing();
  auto w = waits(id, seconds(3600));
  w.result.error = error_code::throttled;
  w.result.not_before = now + seconds(3600);
  apply({w});
  now += seconds(10);
  apply({hasten_retry{id}});
  BOOST_CHECK(find(id).transaction.due_at == now + seconds(3590));
}

/// Such as after a captcha that the provider asked for was solved.
BOOST_AUTO_TEST_CASE(a_named_time_can_be_lifted_with_the_provider_that_named_it) {
  const auto id = processing();
  const auto provider = find(id).transaction.provider;
  auto w = waits(id, seconds(3600));
  w.result.error = error_code::throttled;
  w.result.not_before = now + seconds(3600);
  apply({w});
  now += seconds(10);
  // Another provider's time is another provider's.
  BOOST_TEST(status_of(hasten_retry{id, provider + 1}) == transition_status::applied);
  BOOST_CHECK(find(id).transaction.due_at == now + seconds(3590));
  BOOST_TEST(status_of(hasten_retry{id, provider}) == transition_status::applied);
  auto row = find(id).transaction;
  BOOST_CHECK(row.due_at == now);
  BOOST_REQUIRE_EQUAL(row.attempts.size(), 1u);
  BOOST_CHECK(row.attempts[0].not_before == time_point());
  BOOST_CHECK(row.attempts[0].last.outcome == error_code::throttled);
  // Once more changes nothing.
  const auto made_due = now;
  now += seconds(10);
  BOOST_TEST(status_of(hasten_retry{id, provider}) == transition_status::applied);
  BOOST_CHECK(find(id).transaction.due_at == made_due);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_walk_finds_what_waits_for_its_round) {
  const auto one = waiting();
  auto later = accept(1, 0);
  later.transactions[0].due_at = now + seconds(60);
  apply({later, accept(1, 0)});
  const auto high = processing();
  auto w = waits(high, seconds(5), 3);
  apply({w});
  const auto unknown = failed(error_code::unavailable);
  retry_selection wanted;
  std::vector<transaction_id> found;
  retry_cursor at;
  at.until = now.time_since_epoch().count();
  for (int steps = 0; steps < 20; ++steps) {
    const auto page = queries->select_retries(wanted, at, 2).value();
    for (const auto& row : page.rows)
      found.push_back(row.transaction.id);
    if (!page.next) break;
    at = *page.next;
    at.until = now.time_since_epoch().count();
    BOOST_TEST(parse_retry_cursor(to_string(at)).has_value());
  }
  BOOST_TEST(found == (std::vector{unknown, high, one}), boost::test_tools::per_element());
  wanted.error = error_code::throttled;
  BOOST_TEST(!fits(wanted, find(one).transaction));
  wanted.error = error_code::unavailable;
  wanted.provider = provider;
  BOOST_TEST(fits(wanted, find(high).transaction));
}

/// Such as when their provider is switched off: what is due there needs no walk.
BOOST_AUTO_TEST_CASE(a_walk_can_keep_to_what_is_due_later_in_the_lanes_of_one_provider) {
  const auto low = processing();
  apply({waits(low, seconds(60))});
  const auto due = processing();
  apply({waits(due, seconds(-5))});
  const auto elsewhere = processing();
  apply({waits(elsewhere, seconds(60), provider + 1)});
  const auto before = processing();
  apply({waits(before, seconds(60), provider - 1)});
  failed(error_code::unavailable);
  retry_selection wanted;
  wanted.provider = provider;
  wanted.only_due_later = true;
  wanted.down = {provider};
  std::vector<transaction_id> found;
  retry_cursor at;
  int steps = 0;
  for (bool more = true; more; ++steps) {
    at.until = now.time_since_epoch().count();
    const auto page = queries->select_retries(wanted, at, 10).value();
    for (const auto& row : page.rows)
      found.push_back(row.transaction.id);
    more = page.next.has_value();
    if (more) at = *page.next;
  }
  BOOST_TEST(found == std::vector{low}, boost::test_tools::per_element());
  // The retry lane, and the one lane of this provider that has rows.
  BOOST_TEST(steps == 2);
}

BOOST_AUTO_TEST_CASE(what_no_provider_takes_is_given_up_with_its_last_error) {
  const auto id = waiting(seconds(0));
  BOOST_TEST(status_of(give_up_waiting{id, 9, "over"}) == transition_status::conflict);
  BOOST_TEST(status_of(give_up_waiting{id, provider, "over"}) == transition_status::applied);
  const auto row = find(id);
  BOOST_TEST(row.archived);
  BOOST_TEST(row.transaction.status == transaction_status::failed);
  BOOST_TEST(row.transaction.error == error_code::unavailable);
  BOOST_TEST(row.transaction.error_message == "over");
  const auto never = apply({accept(1, 0)}).at(0).ids.at(0);
  apply({give_up_waiting{never, provider, "over"}});
  BOOST_TEST(find(never).transaction.error == error_code::unavailable);
  // A row that a sender holds is its sender's.
  const auto held = pending();
  BOOST_TEST(status_of(give_up_waiting{held, provider, "over"}) == transition_status::conflict);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(whatever_ends_a_chain_of_unknown_outcome_it_stays_unknown) {
  for (int end = 0; end < 3; ++end) {
    auto what = accept();
    what.transactions[0].expires_at = now + seconds(100);
    const auto first = apply({what}).at(0).ids.at(0);
    apply({begin_delivery{first}});
    const auto second = apply({retry(first, error_code::outcome_unknown)}).at(0).ids.at(0);
    if (end == 0) {
      apply({begin_delivery{second}});
      apply({gave_up(second, error_code::recipient_rejected)});
    } else if (end == 1) {
      BOOST_TEST(apply({cancel_message{what.message->id}}).at(0).count == 0);
    } else {
      now += seconds(200);
      apply({expire_waiting{10}});
    }
    const auto row = find(second);
    BOOST_TEST(row.archived);
    BOOST_TEST(row.transaction.error == error_code::outcome_unknown);
  }
  check_invariants();
}

BOOST_AUTO_TEST_CASE(an_expired_row_tells_its_last_attempt) {
  auto what = accept();
  what.transactions[0].expires_at = now + seconds(100);
  const auto id = apply({what}).at(0).ids.at(0);
  apply({begin_delivery{id}});
  apply({waits(id)});
  now += seconds(200);
  apply({expire_waiting{10}});
  const auto row = find(id).transaction;
  BOOST_TEST(row.error == error_code::expired);
  BOOST_TEST(row.error_message.find("unavailable: connection refused") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(probes_can_go_through_a_lane_row_by_row) {
  std::vector<transaction_id> ids;
  for (int i = 0; i < 3; ++i)
    ids.push_back(apply({accept(1, 0)}).at(0).ids.at(0));
  lane_position after;
  for (const auto id : ids) {
    const auto rows = apply({claim{provider_lane, 1, after}}).at(0).rows;
    BOOST_REQUIRE_EQUAL(rows.size(), 1u);
    BOOST_TEST(rows[0].transaction.id == id);
    after = {rows[0].transaction.due_at, id};
    apply({release{id, transaction_status::pending, rows[0].transaction.due_at}});
  }
  BOOST_TEST(apply({claim{provider_lane, 1, after}}).at(0).rows.empty());
}

BOOST_AUTO_TEST_CASE(answers_go_with_the_text_of_the_message) {
  const auto id = processing();
  auto done = accepted(id);
  done.result.answer = "HTTP 201 for +1555";
  apply({done});
  now += seconds(1000);
  apply({prune{prune::kind::bodies, now, 100}});
  const auto row = find(id).transaction;
  BOOST_REQUIRE_EQUAL(row.attempts.size(), 1u);
  BOOST_TEST(row.attempts[0].last.answer.empty());
  BOOST_TEST(row.attempts[0].count == 1);
}

BOOST_AUTO_TEST_CASE(a_row_that_was_tried_since_it_was_read_is_not_moved_or_ended) {
  const auto id = waiting();
  const auto read = find(id).transaction;
  const auto tries = count_attempts(read.attempts);
  // It went elsewhere, was rejected there, and is back.
  now += seconds(60);
  claim_ids(provider_lane);
  apply({begin_delivery{id, provider}});
  auto again = waits(id);
  again.result.error = error_code::recipient_rejected;
  apply({again});
  const auto move = [&](std::int32_t seen) {
    return reroute{id, read.provider, 9, "+3", false, 0, "", seen};
  };
  BOOST_TEST(status_of(move(tries)) == transition_status::conflict);
  BOOST_TEST(status_of(give_up_waiting{id, provider, "over", tries}) ==
             transition_status::conflict);
  BOOST_TEST(status_of(move(tries + 1)) == transition_status::applied);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
