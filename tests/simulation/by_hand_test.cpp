#include "tests/simulation/pipeline_fixture.hpp"

using namespace std::chrono_literals;
using namespace postrider;
using namespace postrider::tests;
using persistence::error_code;
using persistence::transaction_status;

namespace {

struct by_hand_fixture : pipeline_fixture {
  template <class T>
  T wait_for(const std::shared_ptr<std::optional<actors::result<T>>>& answer) {
    process->run_until([&] { return answer->has_value(); }, 60s);
    BOOST_REQUIRE(answer->has_value());
    BOOST_REQUIRE_MESSAGE((*answer)->has_value(), (*answer)->error().detail);
    return std::move(***answer);
  }
  std::shared_ptr<std::optional<actors::result<actors::cancel_report>>> ask_cancel(
      const persistence::message_id& id) {
    auto answer = std::make_shared<std::optional<actors::result<actors::cancel_report>>>();
    process->gateway().cancel({id}, [answer](auto result) { *answer = std::move(result); });
    return answer;
  }
  actors::cancel_report cancel(const persistence::message_id& id) {
    return wait_for(ask_cancel(id));
  }
  std::shared_ptr<std::optional<actors::result<actors::retry_report>>> ask_retry(
      actors::retry_request request) {
    auto answer = std::make_shared<std::optional<actors::result<actors::retry_report>>>();
    process->gateway().retry(std::move(request),
                             [answer](auto result) { *answer = std::move(result); });
    return answer;
  }
  actors::retry_report retry(actors::retry_request request) {
    return wait_for(ask_retry(std::move(request)));
  }

  int all_calls() const {
    int sum = 0;
    for (const auto& [name, count] : calls)
      sum += count;
    return sum;
  }
  void every_provider(const reply& script) {
    for (auto& [name, current] : replies)
      current = script;
  }
  const persistence::transaction& last(const actors::message_info& info) {
    return info.recipients.at(0).transactions.back().transaction;
  }
  /// Nothing of it is sent, however long one waits, a crash in between.
  void never_sent_from_now(const persistence::message_id& id) {
    const auto before = all_calls();
    process->run_for(20min);
    BOOST_TEST(all_calls() == before);
    crash();
    start();
    process->run_for(20min);
    BOOST_TEST(all_calls() == before);
    const auto info = status(id);
    BOOST_TEST(to_string(info.status) == "failed");
    BOOST_CHECK(last(info).error == error_code::cancelled);
    BOOST_TEST(info.recipients.at(0).transactions.back().archived);
    verify();
  }
  /// One call at a time, of 2 s.
  void slow_alpha_only() {
    settings.providers.resize(1);
    settings.providers[0].max_in_flight = 1;
    replies["alpha"] = [](const std::string& body) {
      auto slow = success(body);
      slow.after = 2s;
      return slow;
    };
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(by_hand, by_hand_fixture)

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

// ---- retries -----------------------------------------------------------------------------------

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
