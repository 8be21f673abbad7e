#include "tests/simulation/by_hand_fixture.hpp"

using namespace std::chrono_literals;
using namespace postrider;
using namespace postrider::tests;

BOOST_FIXTURE_TEST_SUITE(by_hand, by_hand_fixture)

BOOST_AUTO_TEST_CASE(retries_that_fit_the_filters_and_no_others) {
  settings.providers.resize(1);
  replies["alpha"] = [](const auto&) { return refused(); };
  settings.providers[0].circuit.failures = 100;
  start();
  const auto one = send("one", "+15550000001", 1), two = send("two", "+15550000002", 2);
  process->run_for(10s);
  replies["alpha"] = success;
  actors::retry_request request;
  request.user = 2;
  request.dry_run = true;
  auto report = retry(request);
  BOOST_TEST(report.selected == 1);
  BOOST_TEST(report.retried == 0);
  request.dry_run = false;
  report = retry(request);
  BOOST_TEST(report.retried == 1);
  process->run_for(2s);
  BOOST_TEST(to_string(status(two->message).status) == "success");
  BOOST_TEST(to_string(status(one->message).status) == "pending");
  BOOST_TEST(retry({}).retried == 1);
  process->run_for(2s);
  BOOST_TEST(to_string(status(one->message).status) == "success");
  verify();
}

BOOST_AUTO_TEST_CASE(a_retry_says_what_waits_for_a_provider_that_is_down) {
  settings.providers.resize(1);
  settings.providers[0].circuit.failures = 1;
  settings.providers[0].circuit.open_for = 1h;
  polls.provider_states = 1s;
  replies["alpha"] = [](const auto&) { return refused(); };
  start();
  BOOST_REQUIRE(send("hello"));
  process->run_for(5s);
  BOOST_TEST(calls["alpha"] == 1);
  for (const bool dry_run : {true, false}) {
    actors::retry_request request;
    request.dry_run = dry_run;
    const auto report = retry(request);
    BOOST_TEST(report.selected == 1);
    BOOST_REQUIRE(report.waiting.size() == 1U);
    BOOST_TEST(report.waiting[0].provider == "alpha");
    BOOST_TEST(report.waiting[0].count == 1);
    BOOST_REQUIRE(report.waiting[0].until.has_value());
    BOOST_TEST((*report.waiting[0].until > clock.wall() + 30min));
  }
  process->run_for(10s);
  BOOST_TEST(calls["alpha"] == 1);
  verify();
}

BOOST_AUTO_TEST_CASE(a_time_that_a_provider_named_is_kept_until_its_message_is_named) {
  named_time_at_alpha();
  start();
  const auto receipt = send("hello");
  process->run_for(10s);
  BOOST_TEST(all_calls() == 1);
  auto report = retry({});
  BOOST_TEST(report.selected == 1);
  BOOST_TEST(report.retried == 0);
  BOOST_REQUIRE(report.skipped.size() == 1U);
  BOOST_TEST(report.skipped[0].reason.starts_with("alpha asked to wait until "),
             report.skipped[0].reason);
  BOOST_TEST(
      report.skipped[0].reason.ends_with(": name it in ids to send it through another provider"),
      report.skipped[0].reason);
  process->run_for(10s);
  BOOST_TEST(all_calls() == 1);
  actors::retry_request named;
  named.ids = {last(status(receipt->message)).id};
  BOOST_TEST(retry(named).retried == 1);
  process->run_for(10s);
  BOOST_TEST(calls["beta"] == 1);
  BOOST_TEST(calls["alpha"] == 1);
  BOOST_TEST(to_string(status(receipt->message).status) == "success");
  verify();
}

BOOST_AUTO_TEST_CASE(a_named_time_without_another_provider_is_kept_and_said) {
  named_time_at_alpha();
  settings.providers.resize(1);
  start();
  const auto receipt = send("hello");
  process->run_for(10s);
  actors::retry_request named;
  named.ids = {last(status(receipt->message)).id};
  const auto report = retry(named);
  BOOST_TEST(report.retried == 0);
  BOOST_REQUIRE(report.skipped.size() == 1U);
  BOOST_TEST(report.skipped[0].reason.ends_with(", and no other provider can take it now"),
             report.skipped[0].reason);
  process->run_for(20min);
  BOOST_TEST(all_calls() == 1);
  process->run_for(15min);
  BOOST_TEST(all_calls() == 2);
}

BOOST_AUTO_TEST_CASE(what_waits_for_a_named_time_goes_elsewhere_when_its_provider_is_switched_off) {
  named_time_at_alpha();
  start();
  const auto receipt = send("hello");
  process->run_for(10s);
  BOOST_TEST(all_calls() == 1);
  auto done = std::make_shared<bool>(false);
  process->gateway().switch_provider("alpha", false, [done](auto) { *done = true; });
  BOOST_REQUIRE(process->run_until([&] { return *done; }, 10s));
  process->run_for(10s);
  BOOST_TEST(calls["beta"] == 1);
  BOOST_TEST(to_string(status(receipt->message).status) == "success");
  verify();
}

BOOST_AUTO_TEST_CASE(a_final_failure_is_sent_in_a_new_chain_when_asked_for) {
  every_provider(unregistered);
  start();
  const auto receipt = send("hello");
  process->run_for(10s);
  BOOST_TEST(to_string(status(receipt->message).status) == "failed");
  BOOST_TEST(retry({}).selected == 0);
  every_provider(success);
  actors::retry_request request;
  request.include_final = true;
  const auto report = retry(request);
  BOOST_TEST(report.selected == 1);
  BOOST_TEST(report.retried == 1);
  BOOST_TEST(report.next_cursor.empty());
  process->run_for(2s);
  const auto info = status(receipt->message);
  BOOST_TEST(to_string(info.status) == "success");
  const auto& rows = info.recipients.at(0).transactions;
  BOOST_REQUIRE(rows.size() == 4U);
  BOOST_TEST(rows[3].transaction.chain_no == 1);
  BOOST_TEST(rows[3].transaction.retry_count == 0);
  BOOST_TEST(retry(request).selected == 0);
  verify();
}

BOOST_AUTO_TEST_CASE(calls_at_the_same_time_make_one_chain) {
  every_provider(unregistered);
  start();
  for (int i = 0; i < 5; ++i)
    BOOST_REQUIRE(send("hello " + std::to_string(i)));
  process->run_for(10s);
  calls.clear();
  every_provider(success);
  actors::retry_request request;
  request.include_final = true;
  const auto first = ask_retry(request), second = ask_retry(request);
  BOOST_TEST(wait_for(first).retried + wait_for(second).retried == 5);
  process->run_for(10s);
  BOOST_TEST(all_calls() == 5);
  verify();
}

BOOST_AUTO_TEST_CASE(named_transactions_that_cannot_be_retried_are_answered_with_reasons) {
  every_provider(unregistered);
  start();
  const auto failed = send("failed");
  process->run_for(10s);
  every_provider(success);
  const auto delivered = send("delivered");
  process->run_for(10s);
  actors::retry_request request;
  const auto rows = status(failed->message).recipients.at(0).transactions;
  request.ids = {rows[0].transaction.id, rows[2].transaction.id, delivered->transactions[0].id,
                 4711};
  const auto report = retry(request);
  BOOST_TEST(report.selected == 4);
  BOOST_TEST(report.retried == 0);
  std::map<std::int64_t, std::string> reasons;
  for (const auto& one : report.skipped)
    reasons[one.id] = one.reason;
  BOOST_TEST(reasons[rows[0].transaction.id] ==
             "transaction " + std::to_string(rows[1].transaction.id) + " came after it");
  BOOST_TEST(reasons[rows[2].transaction.id] == "it is final: include_final tries it again");
  BOOST_TEST(reasons[delivered->transactions[0].id] == "it was delivered");
  BOOST_TEST(reasons[4711] == "there is no such transaction");
}

BOOST_AUTO_TEST_CASE(what_was_cancelled_is_not_retried_and_what_may_have_arrived_is_marked) {
  replies["alpha"] = [](const auto&) { return lost(); };
  start();
  const auto unknown = send("unknown");
  process->run_for(10s);
  cancel(unknown->message);
  every_provider([](const auto&) { return refused(); });
  const auto cancelled = send("cancelled");
  process->run_for(10s);
  BOOST_TEST(cancel(cancelled->message).cancelled == 1);
  every_provider(success);
  actors::retry_request request;
  request.include_final = true;
  const auto report = retry(request);
  BOOST_TEST(report.retried == 1);
  BOOST_REQUIRE(report.skipped.size() == 1U);
  BOOST_TEST(report.skipped[0].reason == "it was cancelled");
  process->run_for(10s);
  BOOST_TEST(last(status(unknown->message)).possible_duplicate);
  BOOST_TEST(to_string(status(unknown->message).status) == "success");
  BOOST_TEST(to_string(status(cancelled->message).status) == "failed");
  verify();
}

BOOST_AUTO_TEST_CASE(a_call_is_bounded_and_says_where_to_go_on) {
  settings.providers.resize(1);
  replies["alpha"] = unregistered;
  settings.providers[0].max_in_flight = 1000;
  start();
  constexpr int count = 1'250;
  for (int i = 0; i < count / 250; ++i) {
    actors::send_request request;
    request.user = 1;
    request.text = "hello";
    request.recipients.emplace();
    for (int j = 0; j < 250; ++j)
      request.recipients->push_back(
          {"+1555" + std::to_string(1'000'000 + i * 250 + j), {}, {}, {}});
    BOOST_REQUIRE(send(std::move(request)));
  }
  process->run_for(1min);
  replies["alpha"] = success;
  actors::retry_request request;
  request.include_final = true;
  const auto first = retry(request);
  BOOST_TEST(first.retried == 1'000);
  BOOST_TEST(!first.next_cursor.empty());
  request.cursor = first.next_cursor;
  const auto rest = retry(request);
  BOOST_TEST(rest.retried == count - 1'000);
  BOOST_TEST(rest.next_cursor.empty());
  process->run_for(1min);
  BOOST_TEST(calls["alpha"] == 2 * count);
  verify();
}

BOOST_AUTO_TEST_CASE(wrong_filters_are_refused) {
  start();
  for (const auto& [provider, cursor] :
       {std::pair{"nobody", ""}, std::pair{"", "x"}, std::pair{"", "3.1.1"}}) {
    actors::retry_request request;
    request.provider = provider;
    request.cursor = cursor;
    const auto answer = ask_retry(request);
    process->run_for(1s);
    BOOST_REQUIRE(answer->has_value());
    BOOST_REQUIRE(!(*answer)->has_value());
    BOOST_CHECK((*answer)->error().code == actors::service_errc::invalid);
  }
}

BOOST_AUTO_TEST_SUITE_END()
