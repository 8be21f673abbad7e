#include "tests/http/keys_fixture.hpp"

using namespace postrider;
using persistence::scope;

BOOST_FIXTURE_TEST_SUITE(failure_routes, test::keys_fixture)

BOOST_AUTO_TEST_CASE(groups_are_written_and_a_key_sees_its_users_only) {
  know("reader", {scope::read}, {3, 4});
  gateway.on_failures = [](const actors::failure_request& request, auto done) {
    BOOST_TEST((request.users == std::vector<persistence::user_id>{3, 4}));
    BOOST_TEST(!request.test);
    actors::failure_report report;
    report.seen = 12;
    report.complete = false;
    report.since = persistence::time_point(std::chrono::seconds(60));
    persistence::failure_group group;
    group.error = persistence::error_code::unavailable;
    group.count = 7;
    group.last = 9;
    group.message = test::some_message_id();
    group.last_error = "connection refused";
    group.last_at = persistence::time_point(std::chrono::seconds(2));
    group.at_least = true;
    report.groups.push_back({group, {"mail", "email"}});
    report.groups.push_back({});
    done(report);
  };
  const auto answer = ask(test::get("/v1/failures", bearer("reader")));
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(
      answer.body ==
      R"({"data":[{"provider":"mail","provider_type":"email","error_code":"unavailable","count":7,)"
      R"("at_least":true,"first_at":"1970-01-01T00:00:00.000Z",)"
      R"("last_at":"1970-01-01T00:00:02.000Z","last":{"message_id":")" +
          persistence::to_string(test::some_message_id()) +
          R"(","transaction_id":9,"error_message":"connection refused"}},)"
          R"({"provider":null,"provider_type":null,"error_code":"","count":0,"at_least":false,)"
          R"("first_at":"1970-01-01T00:00:00.000Z","last_at":"1970-01-01T00:00:00.000Z",)"
          R"("last":{"message_id":"00000000-0000-0000-0000-000000000000","transaction_id":0,)"
          R"("error_message":null}}],"looked_at":12,"since":"1970-01-01T00:01:00.000Z",)"
          R"("complete":false})");
}

BOOST_AUTO_TEST_CASE(the_overview_is_there_before_its_first_point) {
  know("reader", {scope::read}, {3});
  const auto answer = ask(test::get("/v1/overview", bearer("reader")));
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body == R"({"step_seconds":10,"at":[],"accepted":[],"delivered":[],)"
                            R"("failed":[],"oldest_waiting_ms":[]})");
}

BOOST_AUTO_TEST_SUITE_END()
