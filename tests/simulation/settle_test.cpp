#include "tests/simulation/pipeline_fixture.hpp"

using namespace std::chrono_literals;
using namespace postrider;
using namespace postrider::tests;
using persistence::error_code;
using persistence::settled_as;

namespace {

struct settle_fixture : pipeline_fixture {
  using answer = actors::result<actors::settle_report>;

  settle_fixture() {
    // Alone, and what may have arrived is left to a person.
    settings.providers.resize(1);
    settings.providers[0].on_unknown = persistence::on_unknown::hold;
  }

  /// A message whose only attempt got no answer.
  persistence::message_id unknown() {
    replies["alpha"] = [](const auto&) { return lost(); };
    const auto sent = send("hello");
    BOOST_REQUIRE(sent);
    process->run_for(10s);
    replies["alpha"] = success;
    BOOST_REQUIRE(rows(sent->message).back().transaction.error == error_code::outcome_unknown);
    return sent->message;
  }
  std::vector<actors::transaction_info> rows(const persistence::message_id& id) {
    return status(id).recipients.at(0).transactions;
  }
  persistence::transaction_id first(const persistence::message_id& id) {
    return rows(id).front().transaction.id;
  }
  std::shared_ptr<std::optional<answer>> ask(persistence::transaction_id id, settled_as outcome) {
    auto answered = std::make_shared<std::optional<answer>>();
    process->gateway().settle({id, outcome, "ops"},
                              [answered](auto result) { *answered = std::move(result); });
    return answered;
  }
  answer wait_for(const std::shared_ptr<std::optional<answer>>& answered) {
    process->run_until([&] { return answered->has_value(); }, 60s);
    BOOST_REQUIRE(answered->has_value());
    return **answered;
  }
  answer settle(persistence::transaction_id id, settled_as outcome) {
    return wait_for(ask(id, outcome));
  }
  std::string refusal(persistence::transaction_id id, settled_as outcome) {
    const auto answered = settle(id, outcome);
    BOOST_REQUIRE(!answered);
    BOOST_CHECK(answered.error().code == actors::service_errc::conflict);
    return answered.error().detail;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(settle, settle_fixture)

BOOST_AUTO_TEST_CASE(what_was_not_sent_is_sent_again_at_once) {
  start();
  const auto id = unknown();
  const auto report = settle(first(id), settled_as::not_sent);
  BOOST_REQUIRE(report);
  BOOST_TEST(report->transaction.transaction.settlement.starts_with("not_sent "));
  BOOST_TEST(report->next != 0);
  process->run_for(1s);
  BOOST_TEST(calls["alpha"] == 2);
  const auto info = status(id);
  BOOST_TEST(to_string(info.status) == "success");
  BOOST_TEST(to_string(info.recipients[0].outcome.value()) == "sent");
  const auto all = rows(id);
  BOOST_REQUIRE_EQUAL(all.size(), 2u);
  BOOST_TEST(all[1].transaction.id == report->next);
  BOOST_TEST(all[1].transaction.possible_duplicate);
  BOOST_TEST(!all[1].transaction.decision.empty());
  verify();
}

BOOST_AUTO_TEST_CASE(what_arrived_or_was_given_up_is_not_sent_again) {
  start();
  const auto arrived = unknown(), given_up = unknown();
  BOOST_REQUIRE(settle(first(arrived), settled_as::arrived));
  BOOST_REQUIRE(settle(first(given_up), settled_as::give_up));
  process->run_for(48h);
  BOOST_TEST(calls["alpha"] == 2);
  BOOST_TEST(to_string(status(arrived).recipients[0].outcome.value()) == "delivered");
  BOOST_TEST(to_string(status(given_up).recipients[0].outcome.value()) == "failed");
  BOOST_TEST(to_string(status(given_up).status) == "failed");
  verify();
}

BOOST_AUTO_TEST_CASE(a_retry_of_all_leaves_what_a_person_gave_up) {
  start();
  const auto id = unknown();
  BOOST_REQUIRE(settle(first(id), settled_as::give_up));
  const auto retry = [this](actors::retry_request request) {
    request.include_final = true;
    auto answered = std::make_shared<std::optional<actors::result<actors::retry_report>>>();
    process->gateway().retry(std::move(request),
                             [answered](auto result) { *answered = std::move(result); });
    process->run_until([&] { return answered->has_value(); }, 60s);
    BOOST_REQUIRE(answered->has_value() && answered->value().has_value());
    return *answered->value();
  };
  actors::retry_request all, named;
  all.error = error_code::outcome_unknown;
  auto report = retry(all);
  BOOST_TEST(report.selected == 1);
  BOOST_TEST(report.retried == 0);
  BOOST_REQUIRE_EQUAL(report.skipped.size(), 1u);
  BOOST_TEST(report.skipped[0].reason.starts_with("a person gave it up on "));
  process->run_for(1h);
  BOOST_TEST(calls["alpha"] == 1);
  named.ids = {first(id)};
  report = retry(named);
  BOOST_TEST(report.retried == 1);
  process->run_for(10s);
  BOOST_TEST(calls["alpha"] == 2);
  BOOST_TEST(to_string(status(id).status) == "success");
  verify();
}

BOOST_AUTO_TEST_CASE(two_people_at_the_same_time_send_it_once) {
  start();
  const auto id = unknown();
  const auto one = ask(first(id), settled_as::not_sent);
  const auto other = ask(first(id), settled_as::not_sent);
  const auto reports = {wait_for(one), wait_for(other)};
  int begun = 0;
  for (const auto& report : reports) {
    BOOST_REQUIRE(report);
    begun += report->next != 0;
  }
  BOOST_TEST(begun == 1);
  process->run_for(10s);
  BOOST_TEST(calls["alpha"] == 2);
  // And later again.
  BOOST_TEST(settle(first(id), settled_as::not_sent)->next == 0);
  process->run_for(10s);
  BOOST_TEST(calls["alpha"] == 2);
  verify();
}

BOOST_AUTO_TEST_CASE(the_later_one_of_two_who_disagree_is_told_why) {
  start();
  const auto id = unknown();
  const auto one = ask(first(id), settled_as::arrived),
             other = ask(first(id), settled_as::not_sent);
  const auto first_answer = wait_for(one), second_answer = wait_for(other);
  BOOST_REQUIRE(first_answer);
  BOOST_REQUIRE(!second_answer);
  BOOST_TEST(second_answer.error().detail == "transaction " + std::to_string(first(id)) +
                                                 " is a success: there is nothing to settle");
  process->run_for(10s);
  BOOST_TEST(calls["alpha"] == 1);
  verify();
}

BOOST_AUTO_TEST_CASE(what_has_not_ended_is_not_settled) {
  settings.providers[0].on_unknown = persistence::on_unknown::retry;
  start();
  replies["alpha"] = [](const auto&) { return lost(); };
  const auto sent = send("hello");
  process->run_for(10s);
  BOOST_TEST(refusal(sent->transactions[0].id, settled_as::arrived)
                 .ends_with("has not ended, and is tried again by itself; to end it, cancel its "
                            "message"));
  const auto answered = settle(4711, settled_as::arrived);
  BOOST_REQUIRE(!answered);
  BOOST_CHECK(answered.error().code == actors::service_errc::not_found);
}

BOOST_AUTO_TEST_CASE(without_a_provider_it_is_not_sent_again) {
  settings.providers.resize(1);
  start();
  const auto id = unknown();
  auto off = std::make_shared<std::optional<actors::result<actors::provider_info>>>();
  process->gateway().switch_provider("alpha", false, [off](auto result) { *off = result; });
  process->run_until([&] { return off->has_value(); }, 10s);
  BOOST_TEST(refusal(first(id), settled_as::not_sent) ==
             "no provider can take it now: settle it as not_sent when one can, or as give_up");
  BOOST_TEST(rows(id).size() == 1u);
  BOOST_TEST(settle(first(id), settled_as::give_up).has_value());
  verify();
}

BOOST_AUTO_TEST_CASE(while_the_database_is_away_nothing_is_settled) {
  start();
  const auto id = unknown();
  const auto transaction = first(id);
  process->faults().away = true;
  const auto answered = settle(transaction, settled_as::arrived);
  BOOST_REQUIRE(!answered);
  BOOST_CHECK(answered.error().code == actors::service_errc::unavailable);
  process->faults().away = false;
  process->run_for(10s);
  BOOST_TEST(rows(id).back().transaction.settlement == "");
}

BOOST_AUTO_TEST_SUITE_END()
