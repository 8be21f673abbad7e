#define BOOST_TEST_MODULE pipeline
#include "tests/simulation/pipeline_fixture.hpp"

using namespace std::chrono_literals;
using namespace postrider;
using namespace postrider::tests;
using persistence::error_code;
using persistence::transaction_status;

BOOST_FIXTURE_TEST_SUITE(pipeline_, pipeline_fixture)

BOOST_AUTO_TEST_CASE(delivers_a_message_through_the_first_provider) {
  start();
  const auto receipt = send("hello");
  BOOST_REQUIRE(receipt);
  BOOST_TEST(receipt->transactions.size() == 1u);
  BOOST_TEST(receipt->transactions[0].provider == "alpha");
  process->run_for(1s);
  const auto info = status(receipt->message);
  BOOST_TEST(to_string(info.status) == "success");
  const auto& row = info.recipients.at(0).transactions.at(0);
  BOOST_TEST(row.archived);
  BOOST_TEST(row.final);
  BOOST_TEST(row.transaction.provider_ref == "1763869200123");
  BOOST_TEST(calls["alpha"] == 1);
  verify();
}

BOOST_AUTO_TEST_CASE(falls_back_to_the_next_provider_when_refused) {
  replies["alpha"] = [](const auto&) { return refused(); };
  start();
  const auto receipt = send("hello");
  BOOST_REQUIRE(receipt);
  process->run_for(1s);
  const auto info = status(receipt->message);
  BOOST_TEST(to_string(info.status) == "success");
  const auto& rows = info.recipients.at(0).transactions;
  BOOST_REQUIRE(rows.size() == 2u);
  BOOST_CHECK(rows[0].transaction.status == transaction_status::failed);
  BOOST_CHECK(rows[0].transaction.error == error_code::unavailable);
  BOOST_TEST(rows[0].transaction.superseded_by == rows[1].transaction.id);
  BOOST_TEST(!rows[0].final);
  BOOST_TEST(rows[1].transaction.retry_count == 1);
  BOOST_TEST(rows[1].provider == "beta");
  BOOST_TEST(!rows[1].transaction.possible_duplicate);
  BOOST_TEST(rows[0].archived);
  BOOST_TEST(rows[1].archived);
  verify();
}

BOOST_AUTO_TEST_CASE(ends_failed_when_every_provider_rejects_the_recipient) {
  for (auto& [name, script] : replies)
    script = unregistered;
  start();
  const auto receipt = send("hello");
  BOOST_REQUIRE(receipt);
  process->run_for(1s);
  const auto info = status(receipt->message);
  BOOST_TEST(to_string(info.status) == "failed");
  const auto& rows = info.recipients.at(0).transactions;
  BOOST_REQUIRE(rows.size() == 3u);
  BOOST_TEST(rows[2].final);
  BOOST_CHECK(rows[2].transaction.error == error_code::recipient_rejected);
  verify();
}

BOOST_AUTO_TEST_CASE(goes_round_the_list_with_the_same_transaction_while_nobody_takes_it) {
  for (auto& [name, script] : replies)
    script = [](const auto&) { return refused(); };
  start();
  const auto receipt = send("hello");
  BOOST_REQUIRE(receipt);
  process->run_for(1min);
  auto info = status(receipt->message);
  BOOST_TEST(info.recipients.at(0).transactions.size() == 3u);
  BOOST_TEST(to_string(info.status) == "pending");
  const auto& waiting = info.recipients.at(0).transactions.back();
  BOOST_CHECK(waiting.transaction.status == transaction_status::pending);
  BOOST_TEST(waiting.transaction.attempts.size() == 3u);
  BOOST_TEST(!waiting.archived);
  verify();
  process->run_for(3min);
  info = status(receipt->message);
  BOOST_TEST(to_string(info.status) == "pending");
  BOOST_TEST(info.recipients.at(0).transactions.size() == 3u);
  for (const auto* name : {"alpha", "beta", "gamma"})
    BOOST_TEST(calls[name] >= 2, name);
  verify();
}

BOOST_AUTO_TEST_CASE(marks_the_retry_after_an_unknown_outcome_as_a_possible_duplicate) {
  replies["alpha"] = [](const auto&) { return lost(); };
  start();
  const auto receipt = send("hello");
  BOOST_REQUIRE(receipt);
  process->run_for(10s);
  BOOST_TEST(calls["beta"] == 0);
  process->run_for(3min);
  const auto info = status(receipt->message);
  BOOST_TEST(to_string(info.status) == "success");
  const auto& rows = info.recipients.at(0).transactions;
  BOOST_REQUIRE(rows.size() == 2u);
  BOOST_CHECK(rows[0].transaction.error == error_code::outcome_unknown);
  BOOST_TEST(rows[1].transaction.possible_duplicate);
  verify();
}

BOOST_AUTO_TEST_CASE(holds_an_unknown_outcome_when_the_provider_says_so) {
  settings.providers[0].on_unknown = persistence::on_unknown::hold;
  replies["alpha"] = [](const auto&) { return lost(); };
  start();
  const auto receipt = send("hello");
  BOOST_REQUIRE(receipt);
  process->run_for(1h);
  const auto info = status(receipt->message);
  BOOST_TEST(to_string(info.status) == "failed");
  BOOST_TEST(calls["beta"] == 0);
  BOOST_CHECK(info.recipients.at(0).transactions.at(0).transaction.error ==
              error_code::outcome_unknown);
  verify();
}

BOOST_AUTO_TEST_CASE(waits_while_a_provider_throttles_without_using_up_a_retry) {
  bool first = true;
  replies["alpha"] = [&](const std::string& body) {
    return std::exchange(first, false) ? throttled(body, 20) : success(body);
  };
  start();
  const auto receipt = send("hello");
  BOOST_REQUIRE(receipt);
  process->run_for(10s);
  BOOST_TEST(to_string(status(receipt->message).status) == "pending");
  process->run_for(30s);
  const auto info = status(receipt->message);
  BOOST_TEST(to_string(info.status) == "success");
  BOOST_TEST(info.recipients.at(0).transactions.size() == 1u);
  BOOST_TEST(calls["alpha"] == 2);
  verify();
}

BOOST_AUTO_TEST_CASE(sends_what_was_pending_when_the_process_crashed_exactly_once) {
  settings.providers.resize(1);
  settings.providers[0].max_in_flight = 1;
  start();
  std::vector<persistence::message_id> ids;
  for (int i = 0; i < 20; ++i) {
    const auto receipt = send("message " + std::to_string(i));
    BOOST_REQUIRE(receipt);
    ids.push_back(receipt->message);
  }
  crash();
  start();
  process->run_for(10min);
  int in_doubt = 0;
  for (const auto& id : ids) {
    const auto info = status(id);
    BOOST_TEST(to_string(info.status) == "success");
    in_doubt += info.recipients.at(0).transactions.size() > 1;
  }
  // Only what was being called at the crash may be sent twice.
  BOOST_TEST(in_doubt <= 1);
  BOOST_TEST(calls["alpha"] <= 21);
  verify();
}

BOOST_AUTO_TEST_CASE(keeps_what_a_sender_has_no_room_for_in_the_database) {
  settings.providers.resize(1);
  settings.limits.sender_window = 8;
  settings.providers[0].max_in_flight = 2;
  start();
  std::vector<persistence::message_id> ids;
  for (int i = 0; i < 100; ++i) {
    const auto receipt = send("message " + std::to_string(i));
    BOOST_REQUIRE(receipt);
    ids.push_back(receipt->message);
  }
  process->run_for(1min);
  for (const auto& id : ids)
    BOOST_TEST(to_string(status(id).status) == "success");
  BOOST_TEST(calls["alpha"] == 100);
  verify();
}

BOOST_AUTO_TEST_CASE(refuses_while_the_database_is_away_and_goes_on_by_itself) {
  start();
  const auto before = send("before");
  BOOST_REQUIRE(before);
  process->faults().away = true;
  const auto during = send("during");
  BOOST_REQUIRE(!during);
  BOOST_CHECK(during.error().code == actors::service_errc::unavailable);
  BOOST_TEST(!process->gateway().ready().ready);
  process->run_for(20s);
  process->faults().away = false;
  process->run_for(10s);
  BOOST_TEST(process->gateway().ready().ready);
  BOOST_TEST(to_string(status(before->message).status) == "success");
  const auto after = send("after");
  BOOST_REQUIRE(after);
  process->run_for(1s);
  BOOST_TEST(to_string(status(after->message).status) == "success");
  BOOST_TEST(calls["alpha"] == 2);
  verify();
}

BOOST_AUTO_TEST_CASE(answers_after_it_found_out_what_became_of_a_commit_whose_answer_was_lost) {
  start();
  int lost_answers = 1;
  process->faults().lose_answer = [&] { return lost_answers-- > 0; };
  const auto receipt = send("hello");
  BOOST_REQUIRE(receipt);
  process->run_for(5s);
  BOOST_TEST(to_string(status(receipt->message).status) == "success");
  BOOST_TEST(calls["alpha"] == 1);
  verify();
}

BOOST_AUTO_TEST_CASE(starts_again_from_the_ledger_when_an_actor_dies) {
  replies["alpha"] = [](const std::string& body) {
    auto slow = success(body);
    slow.after = 2s;
    return slow;
  };
  start();
  const auto in_flight = send("in flight");
  BOOST_REQUIRE(in_flight);
  process->run_for(100ms);
  BOOST_TEST(calls["alpha"] == 1);
  caf::anon_send_exit(process->pipeline()->scheduler, caf::exit_reason::unhandled_exception);
  process->run_for(5s);
  BOOST_REQUIRE(process->pipeline() != nullptr);
  // Its answer came to a sender of the old pipeline, and was recorded as a late outcome.
  BOOST_TEST(to_string(status(in_flight->message).status) == "success");
  BOOST_TEST(calls["alpha"] == 1);
  const auto after = send("after");
  BOOST_REQUIRE(after);
  process->run_for(5s);
  BOOST_TEST(to_string(status(after->message).status) == "success");
  verify();
}

BOOST_AUTO_TEST_CASE(stops_in_an_orderly_way) {
  start();
  const auto receipt = send("hello");
  BOOST_REQUIRE(receipt);
  BOOST_TEST(process->stop());
  start();
  BOOST_TEST(to_string(status(receipt->message).status) == "success");
  BOOST_TEST(calls["alpha"] == 1);
  verify();
}

BOOST_AUTO_TEST_CASE(opens_the_circuit_of_a_dead_provider_and_closes_it_with_one_probe) {
  settings.providers.resize(2);
  replies["alpha"] = [](const auto&) { return refused(); };
  start();
  for (int i = 0; i < 10; ++i) {
    BOOST_REQUIRE(send("message " + std::to_string(i)));
    process->run_for(1s);
  }
  BOOST_TEST(calls["alpha"] == 5);
  BOOST_TEST(calls["beta"] == 10);
  replies["alpha"] = success;
  process->run_for(35s);
  for (int i = 0; i < 3; ++i) {
    BOOST_REQUIRE(send("later " + std::to_string(i)));
    process->run_for(1s);
  }
  BOOST_TEST(calls["alpha"] == 8);
  verify();
}

BOOST_AUTO_TEST_CASE(makes_waiting_retries_due_when_asked) {
  settings.providers.resize(1);
  replies["alpha"] = [](const auto&) { return refused(); };
  start();
  const auto receipt = send("hello");
  BOOST_REQUIRE(receipt);
  process->run_for(1s);
  BOOST_TEST(to_string(status(receipt->message).status) == "pending");
  replies["alpha"] = success;
  auto answer = std::make_shared<std::optional<actors::result<actors::retry_report>>>();
  process->gateway().retry({}, [answer](auto result) { *answer = std::move(result); });
  process->run_for(2s);
  BOOST_REQUIRE(answer->has_value());
  BOOST_REQUIRE((*answer)->has_value());
  BOOST_TEST((**answer)->retried == 1);
  BOOST_TEST(to_string(status(receipt->message).status) == "success");
  verify();
}

BOOST_AUTO_TEST_CASE(uses_a_users_own_list) {
  start();
  auto stored =
      std::make_shared<std::optional<actors::result<std::vector<actors::user_provider_line>>>>();
  process->gateway().put_user_providers(5, {{"gamma", 1, true, ""}, {"alpha", 2, true, ""}},
                                        [stored](auto result) { *stored = std::move(result); });
  process->run_until([&] { return stored->has_value(); }, 10s);
  BOOST_REQUIRE(stored->has_value());
  BOOST_REQUIRE((*stored)->has_value());
  const auto receipt = send("hello", "+15550000002", 5);
  BOOST_REQUIRE(receipt);
  BOOST_TEST(receipt->transactions[0].provider == "gamma");
}

BOOST_AUTO_TEST_CASE(refuses_what_no_provider_can_take_and_says_why) {
  start();
  const auto refused_send = send("hello", "ann@example.org");
  BOOST_REQUIRE(!refused_send);
  BOOST_CHECK(refused_send.error().code == actors::service_errc::no_route);
  BOOST_REQUIRE(refused_send.error().problems.size() == 1u);
  BOOST_TEST(refused_send.error().problems[0].pointer == "/recipients/0");
  BOOST_TEST(refused_send.error().problems[0].detail.find("alpha (signal) takes phone numbers") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(inspects_all_actors) {
  start();
  BOOST_REQUIRE(send("hello"));
  process->run_for(1s);
  auto answer = std::make_shared<std::optional<actors::result<boost::json::object>>>();
  process->gateway().inspect("", [answer](auto result) { *answer = std::move(result); });
  process->run_for(1s);
  BOOST_REQUIRE(answer->has_value());
  BOOST_REQUIRE((*answer)->has_value());
  const auto& document = ***answer;
  for (const auto* section : {"build", "node", "senders", "scheduler", "ledger", "intake",
                              "selector", "archiver", "supervisor", "database"})
    BOOST_TEST(document.contains(section), section);
  for (const auto& [section, content] : document) {
    auto alone = std::make_shared<bool>(false);
    process->gateway().inspect(section, [alone](auto result) { *alone = result.has_value(); });
    process->run_for(1s);
    BOOST_TEST(*alone, section << " can be asked for by itself");
  }
  BOOST_TEST(document.at("senders").as_array().size() == 3u);
  BOOST_TEST(document.at("database").at("rows").at("history").to_number<int>() == 1);
  const auto& waiting = document.at("database").at("waiting").as_array();
  BOOST_TEST(waiting.size() == 1 + 3 * 3);
  BOOST_TEST(waiting[0].at("state").as_string() == "failed");
  BOOST_TEST(waiting[1].at("provider").as_string() == "alpha");
  BOOST_TEST(waiting[1].at("transactions").at("due").to_number<int>() == 0);
  BOOST_TEST(document.at("node").at("lease_left_ms").to_number<int>() > 0);
  const auto& writer = document.at("ledger").as_array().front();
  BOOST_TEST(writer.at("writer").to_number<int>() == 0);
  BOOST_TEST(!writer.at("last_batches").as_array().empty());
  const auto& finished = document.at("archiver").at("finished").as_array().front();
  BOOST_TEST(finished.at("outcomes").at("success").to_number<int>() == 1);
  int called = 0;
  for (const auto& sender : document.at("senders").as_array()) {
    BOOST_TEST(sender.at("oldest_ms").at("pending").to_number<int>() == 0);
    for (const auto& count : sender.at("call_seconds").at("counts").as_array())
      called += count.to_number<int>();
  }
  BOOST_TEST(called == 1);
}

BOOST_AUTO_TEST_SUITE_END()
