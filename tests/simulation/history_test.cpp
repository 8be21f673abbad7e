#include "tests/simulation/pipeline_fixture.hpp"

using namespace std::chrono_literals;
using namespace postrider;
using namespace postrider::tests;

namespace {

struct history_fixture : pipeline_fixture {
  template <class T, class Ask>
  actors::result<T> wait_for(Ask ask) {
    auto answer = std::make_shared<std::optional<actors::result<T>>>();
    ask([answer](actors::result<T> result) { *answer = std::move(result); });
    process->run_until([&] { return answer->has_value(); }, 60s);
    BOOST_REQUIRE_MESSAGE(answer->has_value(), "no answer within a minute");
    return **answer;
  }
  actors::result<actors::transaction_listing> list(actors::transaction_query query) {
    return wait_for<actors::transaction_listing>(
        [&](auto done) { process->gateway().list_transactions(query, done); });
  }
  template <class Member, class Value>
  actors::result<actors::transaction_listing> list_by(Member member, Value value) {
    actors::transaction_query query;
    query.*member = value;
    return list(query);
  }
  actors::result<std::vector<actors::route_explanation>> explain(actors::send_request request) {
    return wait_for<std::vector<actors::route_explanation>>(
        [&](auto done) { process->gateway().explain_route(request, done); });
  }
  actors::result<actors::route_explanation> explain(persistence::transaction_id id) {
    return wait_for<actors::route_explanation>(
        [&](auto done) { process->gateway().explain_transaction(id, done); });
  }
  actors::result<actors::transaction_info> find(persistence::transaction_id id) {
    return wait_for<actors::transaction_info>(
        [&](auto done) { process->gateway().find_transaction(id, done); });
  }

  static std::string ranks(const actors::route_explanation& one) {
    std::string text;
    for (const auto& each : one.candidates)
      text += each.provider + (each.rank ? std::to_string(*each.rank) : "-") + " ";
    return text;
  }
  static std::string plan(const actors::route_explanation& one) {
    std::string text;
    for (const auto& step : one.plan)
      text += step.provider + "@" + std::to_string(step.after.count() / 1000) + " ";
    return text;
  }
};

actors::send_request hello() {
  actors::send_request request;
  request.user = 1;
  request.text = "hello";
  request.recipients.emplace();
  request.recipients->push_back({"+15550000001", {}, {}, {}});
  return request;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(history_, history_fixture)

BOOST_AUTO_TEST_CASE(lists_show_what_waits_and_what_is_finished) {
  start();
  const auto done = send("hello");
  process->run_for(1s);
  auto later = hello();
  later.user = 2;
  later.send_at = clock.wall() + 1h;
  const auto waiting = send(later);
  BOOST_REQUIRE(done && waiting);
  const auto all = list({});
  BOOST_REQUIRE(all);
  BOOST_REQUIRE_EQUAL(all->transactions.size(), 2u);
  BOOST_TEST(all->transactions[0].transaction.id == waiting->transactions[0].id);
  BOOST_TEST(!all->transactions[0].archived);
  BOOST_TEST(all->transactions[1].archived);
  BOOST_TEST(all->transactions[1].final);
  BOOST_TEST(all->transactions[1].provider == "alpha");
  BOOST_TEST(list_by(&actors::transaction_query::user, 2)->transactions.size() == 1u);
  BOOST_TEST(list_by(&actors::transaction_query::provider, "alpha")->transactions.size() == 2u);
  BOOST_TEST(list_by(&actors::transaction_query::provider, "beta")->transactions.empty());
  BOOST_TEST(list_by(&actors::transaction_query::provider_type, "signal")->transactions.size() ==
             2u);
  BOOST_TEST(
      list_by(&actors::transaction_query::recipient, "+1 (555) 000-0001")->transactions.size() ==
      2u);
  const auto unknown = list_by(&actors::transaction_query::provider, "delta");
  BOOST_REQUIRE(!unknown);
  BOOST_CHECK(unknown.error().code == actors::service_errc::invalid);
  BOOST_CHECK(list_by(&actors::transaction_query::provider_type, "pigeon").error().code ==
              actors::service_errc::invalid);
}

BOOST_AUTO_TEST_CASE(what_is_old_enough_is_emptied_and_then_deleted) {
  settings.history.keep_bodies = 24h;
  settings.history.keep = 72h;
  start();
  const auto old = send("hello");
  BOOST_REQUIRE(old);
  process->run_for(23h);
  BOOST_TEST(status(old->message).message.text == "hello");
  const auto young = send("hello again");
  BOOST_REQUIRE(young);
  process->run_for(2h);
  BOOST_TEST(status(old->message).message.text.empty());
  BOOST_TEST(status(old->message).message.body_removed_at.has_value());
  BOOST_TEST(status(young->message).message.text == "hello again");
  process->run_for(48h);
  const auto gone = find(old->transactions[0].id);
  BOOST_REQUIRE(!gone);
  BOOST_CHECK(gone.error().code == actors::service_errc::not_found);
  BOOST_TEST(find(young->transactions[0].id).has_value());
  verify();
}

BOOST_AUTO_TEST_CASE(what_has_no_text_any_more_is_not_tried_again_by_hand) {
  settings.history.keep_bodies = 1h;
  settings.providers.resize(1);
  for (auto& [name, script] : replies)
    script = [](const std::string& body) { return unregistered(body); };
  start();
  const auto ended = send("hello");
  BOOST_REQUIRE(ended);
  process->run_for(2h);
  BOOST_TEST(status(ended->message).message.body_removed_at.has_value());
  actors::retry_request again;
  again.ids = {ended->transactions[0].id};
  again.include_final = true;
  const auto report =
      wait_for<actors::retry_report>([&](auto done) { process->gateway().retry(again, done); });
  BOOST_REQUIRE(report);
  BOOST_TEST(report->retried == 0);
  BOOST_REQUIRE_EQUAL(report->skipped.size(), 1u);
  BOOST_TEST(report->skipped[0].reason.find("keep_bodies") != std::string::npos);
  process->run_for(10min);
  BOOST_TEST(calls["alpha"] == 1);
  verify();
}

BOOST_AUTO_TEST_CASE(without_a_limit_everything_is_kept) {
  start();
  const auto kept = send("hello");
  BOOST_REQUIRE(kept);
  process->run_for(24h * 400);
  BOOST_TEST(status(kept->message).message.text == "hello");
}

BOOST_AUTO_TEST_CASE(retention_goes_on_in_small_steps_until_nothing_is_left) {
  settings.history.keep = 1h;
  start();
  for (int i = 0; i < 1'200; ++i)
    BOOST_REQUIRE(send("hello " + std::to_string(i), "+1555" + std::to_string(1'000'000 + i)));
  process->run_for(10s);
  BOOST_TEST(ledger->open_queries()->count_rows(10'000)->history == 1'200);
  process->run_for(70min);
  BOOST_TEST(ledger->open_queries()->count_rows(10'000)->history == 0);
  BOOST_TEST(list({})->transactions.empty());
  verify();
}

BOOST_AUTO_TEST_CASE(what_waits_outlives_any_limit) {
  settings.history.keep = settings.history.keep_bodies = 1h;
  start();
  auto later = hello();
  later.send_at = clock.wall() + 48h;
  const auto waiting = send(later);
  BOOST_REQUIRE(waiting);
  process->run_for(24h);
  BOOST_TEST(status(waiting->message).message.text == "hello");
  process->run_for(24h + 1min);
  BOOST_TEST(to_string(status(waiting->message).status) == "success");
  verify();
}

BOOST_AUTO_TEST_CASE(a_route_is_explained_without_sending) {
  start();
  const auto explained = explain(hello());
  BOOST_REQUIRE(explained);
  BOOST_REQUIRE_EQUAL(explained->size(), 1u);
  BOOST_TEST(explained->at(0).recipient == "+15550000001");
  BOOST_TEST(ranks(explained->at(0)) == "alpha1 beta2 gamma3 ");
  BOOST_TEST(plan(explained->at(0)) == "alpha@0 beta@0 gamma@0 ");
  process->run_for(1min);
  BOOST_TEST(calls.empty());
  BOOST_TEST(list({})->transactions.empty());
  auto wrong = hello();
  wrong.recipients->front().text = "nobody";
  BOOST_CHECK(explain(wrong).error().code == actors::service_errc::invalid);
}

BOOST_AUTO_TEST_CASE(each_attempt_keeps_its_own_decision_in_history) {
  replies["alpha"] = [](const auto&) { return refused(); };
  start();
  const auto receipt = send("hello");
  BOOST_REQUIRE(receipt);
  process->run_for(1s);
  const auto rows = status(receipt->message).recipients.at(0).transactions;
  BOOST_REQUIRE_EQUAL(rows.size(), 2u);
  BOOST_TEST(rows[0].archived);
  const auto first = explain(rows[0].transaction.id), second = explain(rows[1].transaction.id);
  BOOST_REQUIRE(first && second);
  BOOST_TEST(ranks(*first) == "alpha1 beta2 gamma3 ");
  BOOST_TEST(plan(*first) == "alpha@0 beta@0 gamma@0 ");
  BOOST_TEST(ranks(*second) == "beta1 gamma2 alpha3 ");
  BOOST_TEST(plan(*second) == "beta@0 gamma@0 ");
  BOOST_CHECK(explain(4711).error().code == actors::service_errc::not_found);
}

BOOST_AUTO_TEST_CASE(the_decision_has_the_health_of_its_time) {
  settings.providers[0].circuit.failures = 1;
  replies["alpha"] = [](const auto&) { return refused(); };
  start();
  BOOST_REQUIRE(send("first"));
  process->run_for(1s);
  const auto receipt = send("second", "+15550000002");
  BOOST_REQUIRE(receipt);
  BOOST_TEST(receipt->transactions[0].provider == "beta");
  replies["alpha"] = success;
  process->run_for(1h);
  const auto explained = explain(receipt->transactions[0].id);
  BOOST_REQUIRE(explained);
  BOOST_TEST(ranks(*explained) == "beta1 gamma2 alpha3 ");
  BOOST_TEST(explained->candidates[2].reason.find("circuit is open") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
