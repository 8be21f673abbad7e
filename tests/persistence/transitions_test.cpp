#include "tests/persistence/ledger_fixture.hpp"

namespace postrider::test {

using boost::test_tools::per_element;

BOOST_FIXTURE_TEST_SUITE(transitions, ledger_fixture)

BOOST_AUTO_TEST_CASE(an_accepted_message_is_found_as_it_was_posted) {
  auto what = accept(2);
  auto m = std::make_shared<message>(*what.message);
  m->text = "Zażółć gęślą jaźń 🚀";
  m->subject = "a subject";
  m->html = "<p>hello</p>";
  m->metadata = R"({"order":"1"})";
  m->traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  m->request_id = std::string(128, 'r');
  m->requested_type = "signal";
  m->fallback = false;
  m->recipients[1] = {"", "ann@example.org", "https://example.org"};
  what.message = m;
  what.transactions[0].expires_at = now + minutes(5);
  what.transactions[0].attempts = {{3, error_code::unavailable}, {4, error_code::outcome_unknown}};
  const auto ids = apply({what}).at(0).ids;
  BOOST_REQUIRE_EQUAL(ids.size(), 2);

  const auto found = queries->find_message(m->id).value();
  BOOST_REQUIRE(found);
  BOOST_TEST(found->message.text == m->text);
  BOOST_TEST(found->message.subject == m->subject);
  BOOST_TEST(found->message.html == m->html);
  BOOST_TEST(found->message.metadata == m->metadata);
  BOOST_TEST(found->message.traceparent == m->traceparent);
  BOOST_TEST(found->message.request_id == m->request_id);
  BOOST_TEST(found->message.requested_type == m->requested_type);
  BOOST_TEST(found->message.fallback == false);
  BOOST_TEST((found->message.recipients == m->recipients));
  BOOST_TEST((found->message.created_at == now));
  BOOST_REQUIRE_EQUAL(found->transactions.size(), 2);
  const auto& first = found->transactions[0].transaction;
  BOOST_TEST(first.id == ids[0]);
  BOOST_TEST(first.recipient == what.transactions[0].recipient);
  BOOST_TEST(first.status == transaction_status::pending);
  BOOST_TEST((first.expires_at == now + minutes(5)));
  BOOST_TEST((first.attempts == what.transactions[0].attempts));
  BOOST_TEST(first.owner == node);
  BOOST_TEST((first.created_at == now));
  BOOST_TEST(!first.completed_at.has_value());
  BOOST_TEST(found->transactions[1].transaction.recipient_no == 1);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_message_of_the_greatest_length_is_stored_whole) {
  auto what = accept();
  auto m = std::make_shared<message>(*what.message);
  m->text.clear();
  for (int i = 0; i < 65536; ++i)
    m->text += "🚀";
  what.message = m;
  apply({what});
  BOOST_TEST((queries->find_message(m->id).value()->message.text == m->text));
}

BOOST_AUTO_TEST_CASE(ids_are_small_and_in_order) {
  const auto results = apply({accept(2), accept(3)});
  const auto first = results[0].ids[0];
  BOOST_TEST(first >= 1);
  BOOST_TEST((results[0].ids == std::vector{first, first + 1}));
  BOOST_TEST((results[1].ids == std::vector{first + 2, first + 3, first + 4}));
}

BOOST_AUTO_TEST_CASE(a_delivery_that_was_begun_is_processing) {
  const auto id = pending();
  BOOST_TEST(status_of(begin_delivery{id}) == transition_status::applied);
  BOOST_TEST(find(id).transaction.status == transaction_status::processing);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_delivery_may_begin_when_its_message_is_accepted) {
  auto what = accept(2);
  what.transactions[1].status = transaction_status::processing;
  const auto ids = apply({what}).at(0).ids;
  BOOST_TEST(find(ids[0]).transaction.status == transaction_status::pending);
  BOOST_TEST(find(ids[1]).transaction.status == transaction_status::processing);
  check_invariants();
  // As one that was begun later.
  BOOST_TEST(status_of(begin_delivery{ids[1]}) == transition_status::conflict);
  BOOST_TEST(status_of(accepted(ids[1])) == transition_status::applied);
  BOOST_TEST(find(ids[1]).transaction.status == transaction_status::success);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(nobody_begins_what_is_not_theirs_when_its_message_is_accepted) {
  for (const node_id owner : {node_id{0}, new_node()}) {
    auto what = accept(1, owner);
    what.transactions[0].status = transaction_status::processing;
    const auto id = apply({what}).at(0).ids.at(0);
    BOOST_TEST(find(id).transaction.status == transaction_status::pending);
    BOOST_TEST(find(id).transaction.owner == 0);
  }
  auto ended = accept(1);
  ended.transactions[0].status = transaction_status::success;
  const auto id = apply({ended}).at(0).ids.at(0);
  BOOST_TEST(find(id).transaction.status == transaction_status::pending);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_delivery_is_begun_once) {
  const auto id = processing();
  BOOST_TEST(status_of(begin_delivery{id}) == transition_status::conflict);
  const auto other = pending();
  const auto results = apply({begin_delivery{other}, begin_delivery{other}});
  BOOST_TEST(results[0].status == transition_status::applied);
  BOOST_TEST(results[1].status == transition_status::conflict);
}

BOOST_AUTO_TEST_CASE(a_begin_that_comes_too_late_leaves_the_others_as_they_are) {
  const auto one = pending(), ended = pending(), begun = processing(), two = pending();
  apply({finish{ended,
                transaction_status::pending,
                transaction_status::failed,
                {error_code::expired, {}, {}}}});
  const auto waits = accept(1, 0);
  const auto results =
      apply({begin_delivery{two, provider}, begin_delivery{ended, provider}, waits,
             begin_delivery{one}, begin_delivery{begun}, begin_delivery{4711}, accepted(begun)});
  const auto applied = transition_status::applied, conflict = transition_status::conflict;
  const std::vector expected{applied, conflict, applied, applied, conflict, conflict, applied};
  for (std::size_t i = 0; i < results.size(); ++i)
    BOOST_TEST(results[i].status == expected[i], "transition " << i);
  BOOST_TEST(find(one).transaction.status == transaction_status::processing);
  BOOST_TEST(find(two).transaction.status == transaction_status::processing);
  BOOST_TEST(find(begun).transaction.status == transaction_status::success);
  BOOST_TEST(queries->find_message(waits.message->id).value().has_value());
  check_invariants();
}

BOOST_AUTO_TEST_CASE(only_the_owner_begins_a_delivery) {
  const auto free = apply({accept(1, 0)}).at(0).ids.at(0);
  BOOST_TEST(status_of(begin_delivery{free}) == transition_status::conflict);
  const auto mine = pending();
  BOOST_TEST(apply_as(new_node(), {begin_delivery{mine}}).at(0).status ==
             transition_status::conflict);
  BOOST_TEST(status_of(begin_delivery{4711}) == transition_status::conflict);
}

BOOST_AUTO_TEST_CASE(what_was_delivered_is_in_history) {
  const auto id = processing();
  now += seconds(1);
  BOOST_TEST(status_of(accepted(id)) == transition_status::applied);
  const auto found = find(id);
  BOOST_TEST(found.archived);
  BOOST_TEST(found.transaction.status == transaction_status::success);
  BOOST_TEST(found.transaction.provider_ref == "ref-" + std::to_string(id));
  BOOST_TEST((found.transaction.completed_at == now));
  BOOST_TEST(found.transaction.owner == 0);
  BOOST_TEST(counts().history == 1);
  BOOST_TEST(counts().processing == 0);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_pending_transaction_can_be_finished_without_being_sent) {
  const auto id = pending();
  finish expired{id,
                 transaction_status::pending,
                 transaction_status::failed,
                 {error_code::expired, "too late", ""}};
  BOOST_TEST(status_of(expired) == transition_status::applied);
  BOOST_TEST(find(id).transaction.error == error_code::expired);
  BOOST_TEST(find(id).transaction.error_message == "too late");
  check_invariants();
}

BOOST_AUTO_TEST_CASE(what_failed_for_now_waits_in_the_retry_lane) {
  const auto id = processing();
  fail_for_now failure{id, {error_code::unavailable, "connection refused", ""}, now + minutes(3)};
  BOOST_TEST(status_of(failure) == transition_status::applied);
  const auto row = find(id).transaction;
  BOOST_TEST(row.status == transaction_status::failed);
  BOOST_TEST(row.owner == 0);
  BOOST_TEST((row.due_at == now + minutes(3)));
  BOOST_TEST(claim_ids(retry_lane).empty());
  now += minutes(3);
  BOOST_TEST(claim_ids(retry_lane) == std::vector{id}, per_element());
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_retry_supersedes_what_failed) {
  const auto id = processing();
  const auto result = apply({retry(id)}).at(0);
  BOOST_TEST(result.status == transition_status::applied);
  const auto old = find(id), next = find(result.ids.at(0));
  BOOST_TEST(old.archived);
  BOOST_TEST(old.transaction.status == transaction_status::failed);
  BOOST_TEST(old.transaction.error == error_code::unavailable);
  BOOST_TEST(old.transaction.superseded_by == next.transaction.id);
  BOOST_TEST(!next.archived);
  BOOST_TEST(next.transaction.status == transaction_status::pending);
  BOOST_TEST(next.transaction.retry_count == 1);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_retry_of_a_claimed_failure_keeps_the_stored_error) {
  const auto id = failed(error_code::recipient_rejected);
  claim_ids(retry_lane);
  auto again = retry(id, error_code::none, transaction_status::failed);
  BOOST_TEST(status_of(again) == transition_status::applied);
  BOOST_TEST(find(id).transaction.error == error_code::recipient_rejected);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_claimed_retry_that_has_nowhere_to_go_waits_on) {
  const auto id = failed();
  now += minutes(60);
  BOOST_TEST(claim_ids(retry_lane) == (std::vector{id}), boost::test_tools::per_element());
  BOOST_TEST(status_of(release{id, transaction_status::failed, now + minutes(3)}) ==
             transition_status::applied);
  const auto row = find(id).transaction;
  BOOST_TEST(row.status == transaction_status::failed);
  BOOST_TEST(row.owner == 0);
  BOOST_TEST(claim_ids(retry_lane).empty());
  now += minutes(3);
  BOOST_TEST(claim_ids(retry_lane) == (std::vector{id}), boost::test_tools::per_element());
  check_invariants();
}

BOOST_AUTO_TEST_CASE(what_went_to_another_provider_is_not_begun_by_the_first_one) {
  const auto id = apply({accept(1, 0)}).at(0).ids.at(0);
  apply({reroute{id, provider, 9, "someone@example.org", false, node}});
  BOOST_TEST(status_of(begin_delivery{id, provider}) == transition_status::conflict);
  BOOST_TEST(status_of(begin_delivery{id, 9}) == transition_status::applied);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(what_is_released_waits_in_its_lane) {
  const auto id = pending(), throttled = processing();
  const auto results =
      apply({release{id, transaction_status::pending, now},
             release{throttled, transaction_status::processing, now + minutes(1)}});
  BOOST_TEST(results[0].status == transition_status::applied);
  BOOST_TEST(results[1].status == transition_status::applied);
  BOOST_TEST(find(throttled).transaction.status == transaction_status::pending);
  BOOST_TEST(claim_ids(provider_lane) == std::vector{id}, per_element());
  now += minutes(1);
  BOOST_TEST(claim_ids(provider_lane) == std::vector{throttled}, per_element());
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_transition_whose_expected_state_is_gone_changes_nothing) {
  const auto id = processing();
  apply({accepted(id)});
  const auto before = find(id).transaction;
  BOOST_TEST(status_of(release{id, transaction_status::processing, now}) ==
             transition_status::conflict);
  BOOST_TEST(status_of(begin_delivery{id}) == transition_status::conflict);
  BOOST_TEST(find(id).transaction.status == before.status);
  BOOST_TEST(counts().history == 1);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(transitions_of_one_batch_see_each_other_kind_by_kind) {
  const auto id = pending();
  // In the order of the kinds and not of the list: begin, then finish.
  const auto results = apply({accepted(id), begin_delivery{id}});
  BOOST_TEST(results[0].status == transition_status::applied);
  BOOST_TEST(results[1].status == transition_status::applied);
  BOOST_TEST(find(id).archived);
  const auto other = pending();
  const auto claimed =
      apply({claim{provider_lane, 10}, release{other, transaction_status::pending, now}});
  BOOST_REQUIRE_EQUAL(claimed[0].rows.size(), 1);
  BOOST_TEST(claimed[0].rows[0].transaction.id == other);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(an_empty_batch_is_no_error) { BOOST_TEST(apply({}).empty()); }

BOOST_AUTO_TEST_CASE(a_batch_of_a_thousand_messages_is_applied_whole) {
  std::vector<transition> accepts, begins, finishes;
  for (int i = 0; i < 1000; ++i)
    accepts.push_back(accept(1 + i % 3));
  for (const auto& r : apply(accepts))
    for (auto id : r.ids)
      begins.push_back(begin_delivery{id}), finishes.push_back(accepted(id));
  for (const auto& r : apply(begins))
    BOOST_REQUIRE_EQUAL(r.status, transition_status::applied);
  for (const auto& r : apply(finishes))
    BOOST_REQUIRE_EQUAL(r.status, transition_status::applied);
  const auto all = queries->count_rows(10000).value();
  BOOST_TEST(all.history == std::ssize(begins));
  BOOST_TEST(all.pending + all.processing + all.failed == 0);
  check_invariants();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
