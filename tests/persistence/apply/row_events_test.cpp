#include "tests/persistence/event_fixture.hpp"

namespace postrider::test {

BOOST_FIXTURE_TEST_SUITE(row_events, event_fixture)

BOOST_AUTO_TEST_CASE(a_message_is_accepted_once_for_each_recipient) {
  apply({accept(3)});
  BOOST_TEST(told() == "accepted 0; accepted 1; accepted 2");
}

BOOST_AUTO_TEST_CASE(a_delivery_is_sent_and_then_delivered_and_read) {
  const auto id = processing();
  apply({accepted(id)});
  apply({record_receipt{id, 0, {}, {}, "", 0, receipt::delivered, ""}});
  apply({record_receipt{id, 0, {}, {}, "", 0, receipt::delivered, ""}});
  apply({record_receipt{id, 0, {}, {}, "", 0, receipt::undelivered, ""}});
  apply({record_receipt{id, 0, {}, {}, "", 0, receipt::read, ""}});
  BOOST_TEST(told() == "accepted; sent; delivered; read");
}

BOOST_AUTO_TEST_CASE(an_outcome_and_its_receipt_in_one_commit_are_two_events) {
  const auto id = processing();
  apply({accepted(id), record_receipt{id, 0, {}, {}, "", 0, receipt::delivered, ""}});
  BOOST_TEST(told() == "accepted; sent; delivered");
}

BOOST_AUTO_TEST_CASE(a_failed_attempt_names_its_provider_address_and_answer) {
  const auto id = processing();
  auto waits = wait_again{id, transaction_status::processing, {error_code::throttled, "", ""}};
  waits.result.answer = "429 slow down";
  waits.provider = provider + 1;
  waits.recipient = "elsewhere";
  waits.due_at = now;
  apply({waits});
  const auto failed = read_all().back().event;
  BOOST_TEST((failed.type == event_type::attempt_failed));
  BOOST_TEST(failed.provider == provider);
  BOOST_TEST(failed.recipient == "+15550001000");
  BOOST_TEST(failed.error == error_code::throttled);
  BOOST_TEST(failed.detail == "429 slow down");
  BOOST_TEST(failed.attempts == 1);
}

BOOST_AUTO_TEST_CASE(each_attempt_of_a_chain_is_told_once) {
  const auto first = processing();
  const auto second = apply({retry(first)}).at(0).ids.at(0);
  apply({begin_delivery{second}});
  const auto third = apply({retry(second)}).at(0).ids.at(0);
  apply({begin_delivery{third}});
  apply({gave_up(third)});
  BOOST_TEST(told() == "accepted; attempt failed; attempt failed; attempt failed; failed");
}

BOOST_AUTO_TEST_CASE(a_failure_that_waits_for_its_retry_is_no_final_one) {
  const auto id = failed();
  BOOST_TEST(told() == "accepted; attempt failed");
  claim_ids(retry_lane);
  apply({finish{id,
                transaction_status::failed,
                transaction_status::failed,
                {error_code::no_route, "nobody is left", ""}}});
  BOOST_TEST(told() == "accepted; attempt failed; failed");
  BOOST_TEST(read_all().back().event.error == error_code::no_route);
  BOOST_TEST(read_all().back().event.detail == "nobody is left");
}

BOOST_AUTO_TEST_CASE(cancelled_and_expired_messages_say_so) {
  auto message = accept(1, 0);
  const auto id = message.message->id;
  apply({message});
  apply({cancel_message{id}});
  auto late = accept(1, 0);
  late.transactions.at(0).expires_at = now + seconds(5);
  apply({late});
  now += seconds(10);
  apply({expire_waiting{10}});
  BOOST_TEST(told() == "accepted; cancelled; accepted; expired");
}

BOOST_AUTO_TEST_CASE(a_take_over_tells_of_the_calls_that_it_ends) {
  const auto id = processing();
  pending();
  const auto other = new_node();
  apply_as(other, {take_over{node, std::nullopt, now}});
  BOOST_TEST(told() == "accepted; accepted; attempt failed");
  const auto lost = read_all().back();
  BOOST_TEST(lost.event.transaction == id);
  BOOST_TEST(lost.event.error == error_code::outcome_unknown);
  BOOST_TEST(lost.node == other);
}

BOOST_AUTO_TEST_CASE(a_late_acceptance_is_sent_and_its_retry_is_not_told) {
  const auto id = processing();
  apply({take_over{node, provider, now}});
  claim_ids(retry_lane);
  apply({retry(id, error_code::outcome_unknown, transaction_status::failed)});
  apply({accepted(id)});
  BOOST_TEST(told() == "accepted; attempt failed; sent");
}

BOOST_AUTO_TEST_CASE(an_undelivered_message_goes_on_and_says_how_it_ends) {
  auto message = accept();
  message.transactions.at(0).fallback_on_undelivered = true;
  const auto id = apply({message}).at(0).ids.at(0);
  apply({begin_delivery{id}});
  apply({accepted(id)});
  apply({record_receipt{id, 0, {}, {}, "", 0, receipt::undelivered, "no such subscriber"}});
  BOOST_TEST(told() == "accepted; sent; undelivered");
  BOOST_TEST(claim_ids(retry_lane).size() == 1u);
  const auto second =
      apply({retry(id, error_code::undelivered, transaction_status::failed)}).at(0).ids.at(0);
  apply({begin_delivery{second}});
  apply({accepted(second)});
  BOOST_TEST(told() == "accepted; sent; undelivered; sent");
}

BOOST_AUTO_TEST_CASE(a_decision_by_hand_is_told_as_one) {
  const auto id = processing();
  apply({gave_up(id, error_code::outcome_unknown)});
  apply({settle_unknown{id, settled_as::arrived, "ann", {}}});
  BOOST_TEST(told() == "accepted; attempt failed; failed; sent");
  BOOST_TEST(read_all().back().event.settled_by_hand);
}

BOOST_AUTO_TEST_CASE(nothing_is_told_of_what_was_refused_or_too_late) {
  const auto id = processing();
  apply({accepted(id)});
  const auto before = told();
  apply({gave_up(id), finish{id, transaction_status::pending}, begin_delivery{id}});
  BOOST_TEST(told() == before);
}

BOOST_AUTO_TEST_CASE(the_feed_can_be_switched_off) {
  if (in_memory()) return;
  writer.reset();
  settings.record_events = false;
  reopen();
  const auto id = processing();
  apply({accepted(id)});
  BOOST_TEST(number("SELECT COUNT(*) FROM event_log") == 0);
}

BOOST_AUTO_TEST_CASE(events_know_their_message) {
  auto posted = accept();
  auto with_metadata = *posted.message;
  with_metadata.metadata = R"({"order":42})";
  with_metadata.reference = "order-42";
  posted.message = std::make_shared<const message>(with_metadata);
  apply({posted});
  const auto found = read_all().at(0);
  BOOST_TEST(found.event.user == 1);
  BOOST_REQUIRE(found.subject);
  BOOST_TEST(found.subject->metadata == R"({"order":42})");
  BOOST_TEST(found.subject->reference == "order-42");
  BOOST_TEST((found.at == now));
}

BOOST_AUTO_TEST_CASE(a_large_commit_is_split_into_rows) {
  std::vector<transition> many;
  for (int i = 0; i < 12; ++i)
    many.push_back(accept(500));
  apply(std::move(many));
  BOOST_TEST(read_all().size() == 6000u);
  if (in_memory()) return;
  BOOST_TEST(number("SELECT COUNT(*) FROM event_log") > 1);
  BOOST_TEST(number("SELECT MAX(LENGTH(events)) FROM event_log") < 2 * 256 * 1024);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
