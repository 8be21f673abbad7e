#include "tests/tools/postrider/command_world.hpp"

namespace postrider::cli::tests {
namespace {

const std::string id = "0193a5c0-7c1e-7b3a-9d57-3f1c2b4a5d6e";
const std::string cancel_target = "/v1/messages/" + id + "/cancel";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(inspect_cancel, command_world)

BOOST_AUTO_TEST_CASE(inspect_shows_what_there_is_in_lines) {
  const std::string answer =
      R"({"node":{"id":7,"lease":"2026"},"senders":[{"name":"alpha","queued":{"high":0,"low":2},)"
      R"("error":null,"last":""}],"held":[],"ready":true})";
  script = {answered("GET", "/admin/inspect?section=all", "", 200, answer)};
  BOOST_TEST(run({"inspect", "all"}) == done);
  BOOST_TEST(out.str() ==
             "node: id 7, lease 2026\n"
             "senders:\n"
             "  -\n"
             "    name: alpha\n"
             "    queued: high 0, low 2\n"
             "    error: -\n"
             "    last: -\n"
             "held: none\n"
             "ready: true\n");
  out.str("");
  script = {answered("GET", "/admin/inspect?section=senders", "", 200, answer)};
  BOOST_TEST(run({"inspect", "--json", "senders"}) == done);
  BOOST_TEST(out.str() == answer + "\n");
}

BOOST_AUTO_TEST_CASE(inspect_refuses_what_is_no_section) {
  BOOST_TEST(run({"inspect", "a&b=c"}) == usage);
  script = {answered("GET", "/admin/inspect?section=sender", "", 404,
                     R"({"code":"not_found","detail":"there is no section 'sender'"})")};
  BOOST_TEST(run({"inspect", "sender"}) == failed);
  BOOST_TEST(err.str().find("there is no section 'sender'") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(cancel_shows_what_became_of_every_delivery) {
  script = {answered("POST", cancel_target, "", 200,
                     R"({"message_id":")" + id +
                         R"(","transactions":[{"id":3,"recipient":"+1555","status":"failed",)"
                         R"("error_code":"cancelled","final":true}]})")};
  BOOST_TEST(run({"cancel", id}) == done);
  BOOST_TEST(out.str() == "cancelled\n  #3 to +1555: failed: cancelled; no further attempt\n");
}

BOOST_AUTO_TEST_CASE(cancel_says_for_whom_it_came_too_late) {
  const std::string problem = R"({"code":"conflict","detail":"1 of 2","transactions":[)"
                              R"({"id":3,"recipient":"+1555","status":"success"}]})";
  script = {answered("POST", cancel_target, "", 409, problem)};
  BOOST_TEST(run({"cancel", id}) == failed);
  BOOST_TEST(out.str() == "too late for these:\n  #3 to +1555: success\n");
  BOOST_TEST(err.str().find("1 of 2") != std::string::npos);
  out.str("");
  script = {answered("POST", cancel_target, "", 409, problem)};
  BOOST_TEST(run({"cancel", "--json", id}) == failed);
  BOOST_TEST(out.str() == problem + "\n");
}

BOOST_AUTO_TEST_CASE(cancel_takes_the_number_of_a_transaction) {
  script = {
      answered("GET", "/v1/transactions/17", "", 200, R"({"id":17,"message_id":")" + id + "\"}"),
      answered("POST", cancel_target, "", 200,
               R"({"message_id":")" + id + R"(","transactions":[]})")};
  BOOST_TEST(run({"cancel", "17"}) == done);
  BOOST_TEST(out.str() == "cancelled\n");
  script = {answered("GET", "/v1/transactions/18", "", 404,
                     R"({"code":"not_found","detail":"there is no transaction 18"})")};
  BOOST_TEST(run({"cancel", "18"}) == failed);
  BOOST_TEST(err.str().find("there is no transaction 18") != std::string::npos);
  BOOST_TEST(run({"cancel", "seventeen"}) == usage);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
