#include "keys_fixture.hpp"

#include <boost/json/parse.hpp>

using namespace postrider;
using namespace std::chrono_literals;

namespace {

namespace json = boost::json;

constexpr const char* path = "/v1/transactions/7/settle";

actors::settle_report settled(std::string note) {
  actors::settle_report report;
  report.transaction.transaction.id = 7;
  report.transaction.transaction.message = test::some_message_id();
  report.transaction.transaction.settlement = std::move(note);
  return report;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(settle, test::server_fixture)

BOOST_AUTO_TEST_CASE(settle_a_transaction_and_show_what_was_decided) {
  std::vector<actors::settle_request> seen;
  gateway.on_settle = [&](auto request, auto done) {
    seen.push_back(request);
    auto report = settled("not_sent 1763869200123456");
    report.next = 12;
    done(report);
  };
  const auto answer = ask(test::post(path, R"({"outcome":"not_sent"})"));
  BOOST_TEST(answer.status == 200);
  const auto document = json::parse(answer.body);
  BOOST_TEST(document.at("next_transaction") == 12);
  const auto& note = document.at("transaction").at("settlement");
  BOOST_TEST(note.at("outcome") == "not_sent");
  BOOST_TEST(note.at("at") == "2025-11-23T03:40:00.123Z");
  BOOST_TEST(note.at("by").is_null());
  BOOST_REQUIRE_EQUAL(seen.size(), 1u);
  BOOST_TEST(seen[0].id == 7);
  BOOST_TEST(to_string(seen[0].outcome) == "not_sent");
  BOOST_TEST(seen[0].by == "");
}

BOOST_AUTO_TEST_CASE(show_no_next_transaction_where_none_was_begun) {
  gateway.on_settle = [](auto, auto done) { done(settled("arrived 5 Ann's key")); };
  for (const char* outcome : {"arrived", "give_up"}) {
    const auto answer =
        json::parse(ask(test::post(path, R"({"outcome":")" + std::string(outcome) + "\"}")).body);
    BOOST_TEST(answer.at("next_transaction").is_null());
    BOOST_TEST(answer.at("transaction").at("settlement").at("by") == "Ann's key");
  }
}

BOOST_AUTO_TEST_CASE(settle_only_in_a_known_way) {
  start();
  for (const char* body : {R"({"outcome":"give-up"})", R"({"outcome":7})", "{}", "[]",
                           R"({"outcome":"arrived","by":"me"})"})
    BOOST_TEST(ask(test::post(path, body)).status == 422, body);
  const auto answer = ask(test::post(path, R"({"outcome":"lost"})"));
  BOOST_TEST(answer.body.find("must be one of arrived, not_sent, give_up") != std::string::npos);
  BOOST_TEST(ask(test::post("/v1/transactions/0/settle", R"({"outcome":"arrived"})")).status ==
             404);
  BOOST_TEST(ask(test::get(path)).status == 405);
}

BOOST_AUTO_TEST_CASE(say_why_there_is_nothing_to_settle) {
  gateway.on_settle = [](auto, auto done) {
    done(actors::service_error{actors::service_errc::conflict, "transaction 7 is a success", {}});
  };
  const auto answer = ask(test::post(path, R"({"outcome":"arrived"})"));
  BOOST_TEST(answer.status == 409);
  BOOST_TEST(answer.code() == "conflict");
  BOOST_TEST(json::parse(answer.body).at("detail") == "transaction 7 is a success");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(settle_with_keys, test::keys_fixture)

BOOST_AUTO_TEST_CASE(a_settlement_has_the_name_of_its_key_and_needs_admin) {
  actors::settle_request seen;
  gateway.on_settle = [&](auto request, auto done) {
    seen = request;
    done(settled("give_up 5 root"));
  };
  know("root", {persistence::scope::admin});
  know("sender", {persistence::scope::send});
  const std::string body = R"({"outcome":"give_up"})";
  BOOST_TEST(ask(test::post(path, body, bearer("sender"))).code() == "insufficient_scope");
  BOOST_TEST(ask(test::post(path, body, bearer("root"))).status == 200);
  BOOST_TEST(seen.by == "root");
}

BOOST_AUTO_TEST_SUITE_END()
