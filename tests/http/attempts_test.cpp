#include "server_fixture.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

using namespace postrider;
using namespace std::chrono_literals;

namespace {

namespace json = boost::json;
using persistence::error_code;
using persistence::transaction_status;

constexpr persistence::time_point morning =
    std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + 5h + 6min + 7s + 89ms;

struct attempts_fixture : test::server_fixture {
  actors::transaction_info info;
  actors::message_info message;

  attempts_fixture() {
    info.transaction.message = test::some_message_id();
    info.transaction.due_at = morning;
    message.message.id = test::some_message_id();
    message.message.created_at = morning;
    gateway.on_find_transaction = [this](auto, auto done) { done(info); };
    gateway.on_find_message = [this](const auto&, auto done) { done(message); };
    start();
  }

  void add(persistence::attempt attempt, std::string name) {
    info.transaction.attempts.push_back(std::move(attempt));
    info.tried.push_back({std::move(name), "sms"});
  }
  json::value shown() { return json::parse(ask(test::get("/v1/transactions/1")).body); }
  json::value shown_message() {
    return json::parse(ask(test::get("/v1/messages/" + to_string(message.message.id))).body);
  }
  void add_recipient(std::optional<actors::delivery_outcome> outcome) {
    message.recipients.push_back({"+1555", actors::delivery_status::pending, outcome, {}});
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(attempts, attempts_fixture)

BOOST_AUTO_TEST_CASE(show_the_first_and_the_last_attempt_at_each_provider) {
  add({.provider = 1,
       .last = {error_code::outcome_unknown, morning, morning + 2s, ""},
       .unknown = true},
      "alpha");
  add({.provider = 2,
       .last = {error_code::none, morning + 1h, morning + 1h + 250us, "HTTP 201"},
       .count = 3,
       .first = {error_code::throttled, morning + 1s, morning + 3s, "slow down"}},
      "beta");
  const auto list = shown().at("attempts").as_array();
  BOOST_REQUIRE_EQUAL(list.size(), 2u);
  const auto& alpha = list[0];
  BOOST_TEST(alpha.at("provider") == "alpha");
  BOOST_TEST(alpha.at("provider_type") == "sms");
  BOOST_TEST(alpha.at("count") == 1);
  BOOST_TEST(alpha.at("first").is_null());
  BOOST_TEST(alpha.at("last").at("outcome") == "outcome_unknown");
  BOOST_TEST(alpha.at("last").at("answer").is_null());
  BOOST_TEST(alpha.at("last").at("duration_ms") == 2000);
  const auto& beta = list[1];
  BOOST_TEST(beta.at("count") == 3);
  BOOST_TEST(beta.at("first").at("began_at") == "2026-11-23T05:06:08.089Z");
  BOOST_TEST(beta.at("first").at("ended_at") == "2026-11-23T05:06:10.089Z");
  BOOST_TEST(beta.at("first").at("outcome") == "throttled");
  BOOST_TEST(beta.at("first").at("answer") == "slow down");
  BOOST_TEST(beta.at("last").at("outcome") == "accepted");
  BOOST_TEST(beta.at("last").at("duration_ms") == 0.25);
}

BOOST_AUTO_TEST_CASE(show_no_times_where_none_were_noted) {
  add({.provider = 1, .last = {error_code::unavailable, {}, {}, ""}}, "alpha");
  const auto call = shown().at("attempts").at(0).at("last");
  for (const char* member : {"began_at", "ended_at", "duration_ms", "answer"})
    BOOST_TEST(call.at(member).is_null(), member);
}

BOOST_AUTO_TEST_CASE(show_no_negative_duration_when_the_clock_jumped_back) {
  add({.provider = 1, .last = {error_code::unavailable, morning, morning - 1s, ""}}, "alpha");
  BOOST_TEST(shown().at("attempts").at(0).at("last").at("duration_ms") == 0);
}

BOOST_AUTO_TEST_CASE(show_when_it_is_due_only_while_it_waits) {
  auto& row = info.transaction;
  const auto due = json::value("2026-11-23T05:06:07.089Z");
  const struct {
    transaction_status status;
    bool archived;
    json::value due, retry;
  } rows[]{{transaction_status::pending, false, due, nullptr},
           {transaction_status::processing, false, nullptr, nullptr},
           {transaction_status::failed, false, due, due},
           {transaction_status::failed, true, nullptr, nullptr},
           {transaction_status::success, true, nullptr, nullptr}};
  for (const auto& one : rows) {
    row.status = one.status;
    info.archived = info.final = one.archived;
    const auto answer = shown();
    BOOST_TEST(answer.at("due_at") == one.due);
    BOOST_TEST(answer.at("next_retry_at") == one.retry);
  }
}

BOOST_AUTO_TEST_CASE(show_what_a_transaction_waits_for) {
  info.provider = "alpha";
  info.waits_for = actors::waiting_info{actors::waiting_reason::provider_down, morning,
                                        morning + 24h, std::nullopt, 3};
  BOOST_TEST(json::serialize(shown().at("waits_for")) ==
             R"({"reason":"provider_down","provider":"alpha","since":"2026-11-23T05:06:07.089Z",)"
             R"("until":"2026-11-24T05:06:07.089Z","next_at":null,"attempts":3})");
  info.waits_for = actors::waiting_info{actors::waiting_reason::next_round, morning, std::nullopt,
                                        morning + 1h, 3};
  BOOST_TEST(json::serialize(shown().at("waits_for")) ==
             R"({"reason":"next_round","provider":null,"since":"2026-11-23T05:06:07.089Z",)"
             R"("until":null,"next_at":"2026-11-23T06:06:07.089Z","attempts":3})");
}

BOOST_AUTO_TEST_CASE(explain_what_a_transaction_waits_for) {
  info.provider = "alpha";
  info.waits_for = actors::waiting_info{actors::waiting_reason::turn, morning, {}, {}, 0};
  gateway.on_explain_transaction = [this](auto, auto done) {
    actors::route_explanation explained;
    explained.waiting = info;
    done(explained);
  };
  const auto explained = json::parse(ask(test::get("/v1/transactions/1/explain")).body);
  const auto& waits = explained.at("recipients").at(0).at("waits_for");
  BOOST_TEST(waits.at("reason") == "turn");
  BOOST_TEST(waits.at("provider") == "alpha");
  // A message that does not exist waits for nothing.
  gateway.on_explain_route = [](auto, auto done) {
    done(std::vector<actors::route_explanation>(1));
  };
  const auto planned =
      json::parse(ask(test::post("/v1/routes/explain", R"({"message":"x","user_id":1})")).body);
  BOOST_TEST(!planned.at("recipients").at(0).as_object().contains("waits_for"));
}

BOOST_AUTO_TEST_CASE(explain_that_rounds_follow) {
  gateway.on_explain_route = [](auto, auto done) {
    actors::route_explanation explained;
    explained.plan = {{0ms, "alpha"}};
    explained.repeat = {65s, 1h, morning + 24h};
    done(std::vector{explained});
  };
  const auto planned =
      json::parse(ask(test::post("/v1/routes/explain", R"({"message":"x","user_id":1})")).body);
  BOOST_TEST(json::serialize(planned.at("recipients").at(0).at("repeat")) ==
             R"({"after":65,"at_most":3600,"until":"2026-11-24T05:06:07.089Z"})");
}

BOOST_AUTO_TEST_CASE(show_what_a_transaction_was_asked_for) {
  auto& row = info.transaction;
  row.priority = persistence::priority::high;
  row.on_unknown = persistence::on_unknown::hold;
  row.retry_count = 4;
  row.retries_used = 1;
  const auto answer = shown();
  BOOST_TEST(answer.at("priority") == "high");
  BOOST_TEST(answer.at("on_unknown") == "hold");
  BOOST_TEST(answer.at("retry_count") == 4);
  BOOST_TEST(answer.at("retries_used") == 1);
}

BOOST_AUTO_TEST_CASE(show_what_a_message_was_asked_for) {
  message.send_at = morning + 1h;
  message.expires_at = morning + 2h;
  message.priority = persistence::priority::low;
  message.on_unknown = persistence::on_unknown::retry;
  message.max_retries = 5;
  const auto answer = shown_message();
  BOOST_TEST(answer.at("send_at") == "2026-11-23T06:06:07.089Z");
  BOOST_TEST(answer.at("expires_at") == "2026-11-23T07:06:07.089Z");
  BOOST_TEST(answer.at("priority") == "low");
  BOOST_TEST(answer.at("on_unknown") == "retry");
  BOOST_TEST(answer.at("max_retries") == 5);
}

BOOST_AUTO_TEST_CASE(count_the_recipients_by_outcome) {
  for (const auto outcome : actors::all_outcomes)
    add_recipient(outcome);
  add_recipient(std::nullopt);
  add_recipient(actors::delivery_outcome::delivered);
  const auto answer = shown_message();
  BOOST_TEST(json::serialize(answer.at("outcomes")) ==
             R"({"open":1,"sent":1,"delivered":2,"undelivered":1,"cancelled":1,"expired":1,)"
             R"("unknown":1,"failed":1})");
  BOOST_TEST(answer.at("recipients").at(0).at("outcome") == "sent");
  BOOST_TEST(answer.at("recipients").at(7).at("outcome").is_null());
}

BOOST_AUTO_TEST_SUITE_END()
