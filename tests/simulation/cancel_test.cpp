#include "tests/simulation/by_hand_fixture.hpp"

using namespace std::chrono_literals;
using namespace postrider;
using namespace postrider::tests;

BOOST_FIXTURE_TEST_SUITE(cancel_by_hand, by_hand_fixture)

BOOST_AUTO_TEST_CASE(what_waits_in_the_senders_queue_is_cancelled) {
  slow_alpha_only();
  start();
  const auto first = send("first"), second = send("second");
  BOOST_REQUIRE(first);
  BOOST_REQUIRE(second);
  process->run_for(500ms);
  BOOST_TEST(calls["alpha"] == 1);
  const auto report = cancel(second->message);
  BOOST_TEST(report.cancelled == 1);
  BOOST_REQUIRE(report.transactions.size() == 1U);
  BOOST_TEST(report.transactions[0].final);
  BOOST_TEST(actors::cancel_report::is_cancelled(report.transactions[0]));
  never_sent_from_now(second->message);
  BOOST_TEST(to_string(status(first->message).status) == "success");
}

BOOST_AUTO_TEST_CASE(the_room_of_what_was_cancelled_is_free_again) {
  slow_alpha_only();
  settings.limits.sender_window = 4;
  start();
  std::vector<persistence::message_id> ids;
  for (int i = 0; i < 20; ++i)
    ids.push_back(send("message " + std::to_string(i))->message);
  for (const auto& id : ids)
    cancel(id);
  process->run_for(1min);
  BOOST_TEST(calls["alpha"] == 1);
  for (int i = 0; i < 8; ++i)
    BOOST_REQUIRE(send("later"));
  process->run_for(5min);
  BOOST_TEST(calls["alpha"] == 9);
  verify();
}

BOOST_AUTO_TEST_CASE(what_is_being_sent_is_too_late_and_so_is_what_was_sent) {
  slow_alpha_only();
  start();
  const auto receipt = send("hello");
  process->run_for(500ms);
  BOOST_TEST(calls["alpha"] == 1);
  auto report = cancel(receipt->message);
  BOOST_TEST(report.cancelled == 0);
  BOOST_CHECK(report.transactions.at(0).transaction.status == transaction_status::processing);
  process->run_for(5s);
  report = cancel(receipt->message);
  BOOST_CHECK(report.transactions.at(0).transaction.status == transaction_status::success);
  BOOST_TEST(to_string(status(receipt->message).status) == "success");
  verify();
}

/// Whichever actor goes first at every step between accept and call: either it was cancelled and
/// never called, or the answer said that it was too late.
BOOST_AUTO_TEST_CASE(a_cancel_that_races_with_the_begin_tells_the_truth) {
  int cancelled = 0, late = 0;
  for (unsigned seed = 1; seed <= 60; ++seed) {
    calls.clear();
    start();
    std::uint64_t random = seed;
    const auto choose = [&](std::size_t n) {
      random = random * 6364136223846793005ULL + 1442695040888963407ULL;
      return static_cast<std::size_t>(random >> 33) % n;
    };
    const auto receipt = send("hello");
    BOOST_REQUIRE(receipt);
    for (unsigned i = 0; i < seed / 2 && process->step(choose); ++i) {
    }
    const auto answer = ask_cancel(receipt->message);
    while (process->step(choose)) {
    }
    const auto report = wait_for(answer);
    process->run_for(10min);
    const auto was_cancelled = actors::cancel_report::is_cancelled(report.transactions.at(0));
    BOOST_TEST(all_calls() == (was_cancelled ? 0 : 1), "seed " << seed);
    ++(was_cancelled ? cancelled : late);
    verify();
  }
  // Both ways happened, else the race was none.
  BOOST_TEST(cancelled > 0);
  BOOST_TEST(late > 0);
}

BOOST_AUTO_TEST_CASE(what_waits_for_its_retry_is_cancelled) {
  every_provider([](const auto&) { return refused(); });
  start();
  const auto receipt = send("hello");
  process->run_for(10s);
  BOOST_TEST(all_calls() == 3);
  BOOST_TEST(cancel(receipt->message).cancelled == 1);
  every_provider(success);
  never_sent_from_now(receipt->message);
}

BOOST_AUTO_TEST_CASE(what_the_scheduler_has_in_hand_is_cancelled) {
  every_provider([](const auto&) { return refused(); });
  start();
  const auto receipt = send("hello");
  process->run_for(10s);
  every_provider(success);
  const auto row = last(status(receipt->message));
  // Until the row is claimed, and not a step further.
  const auto owned = [&] {
    const auto found = ledger->open_queries()->find_transaction(row.id);
    return (*found)->transaction.owner != 0;
  };
  BOOST_REQUIRE(process->run_until(owned, 10min));
  BOOST_TEST(cancel(receipt->message).cancelled == 1);
  never_sent_from_now(receipt->message);
}

BOOST_AUTO_TEST_CASE(what_may_have_been_delivered_ends_but_is_not_called_cancelled) {
  replies["alpha"] = [](const auto&) { return lost(); };
  start();
  const auto receipt = send("hello");
  process->run_for(10s);
  const auto report = cancel(receipt->message);
  BOOST_TEST(report.cancelled == 0);
  BOOST_TEST(report.transactions.at(0).final);
  BOOST_CHECK(report.transactions[0].transaction.error == error_code::outcome_unknown);
  process->run_for(20min);
  BOOST_TEST(all_calls() == 1);
  verify();
}

BOOST_AUTO_TEST_CASE(an_unknown_message_cannot_be_cancelled) {
  start();
  const auto answer = ask_cancel(persistence::message_id{});
  process->run_for(1s);
  BOOST_REQUIRE(answer->has_value());
  BOOST_REQUIRE(!(*answer)->has_value());
  BOOST_CHECK((*answer)->error().code == actors::service_errc::not_found);
}

BOOST_AUTO_TEST_CASE(a_cancel_while_the_database_is_away_is_refused) {
  start();
  const auto receipt = send("hello");
  process->faults().away = true;
  const auto answer = ask_cancel(receipt->message);
  process->run_for(1s);
  BOOST_REQUIRE(answer->has_value());
  BOOST_CHECK((*answer)->error().code == actors::service_errc::unavailable);
  process->faults().away = false;
  process->run_for(10s);
  BOOST_TEST(to_string(status(receipt->message).status) == "success");
}

BOOST_AUTO_TEST_SUITE_END()
