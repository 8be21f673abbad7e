#include "actors/providers/signal/signal.hpp"
#include "tests/actors/providers/driver_fixture.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

/// Witness: AsamK/signal-cli v0.14.6, src/main/java/org/asamk/signal/commands/
/// SubmitRateLimitChallengeCommand.java and jsonrpc/SignalJsonRpcCommandHandler.java;
/// signal-cli-rest-api 0.100, src/api/api.go (SubmitRateLimitChallenge).
namespace postrider::actors {
namespace {

using enum challenge_verdict;
namespace json = boost::json;

std::unique_ptr<driver> made(const std::string& api) {
  return std::move(*signal_driver_type().make(
      settings_with({{"api", api}, {"url", "http://127.0.0.1:1/"}, {"account", "+14155550100"}})));
}

struct reply_row {
  int status;
  std::string body;
  challenge_verdict verdict;
  std::string detail;
};

void check(const driver& signal, const std::vector<reply_row>& rows) {
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT("HTTP " << row.status << " " << row.body) {
      const auto reply = signal.read_challenge_reply(replied(row.status, row.body));
      BOOST_TEST((reply.verdict == row.verdict));
      BOOST_TEST(reply.detail == row.detail);
    }
  }
}

BOOST_AUTO_TEST_SUITE(signal_challenges)

BOOST_AUTO_TEST_CASE(the_daemon_is_asked_over_json_rpc) {
  const auto request =
      made("json-rpc")->compose_challenge({"2fd3", "signalcaptcha://signal-hcaptcha.x"});
  BOOST_TEST_REQUIRE(request.has_value());
  BOOST_TEST(request->url == "http://127.0.0.1:1/api/v1/rpc");
  BOOST_TEST(request->group == "provider-a");
  BOOST_TEST(json::parse(request->body) ==
             json::parse(R"({"jsonrpc":"2.0","id":"challenge","method":"submitRateLimitChallenge",
                 "params":{"account":"+14155550100","challenge":"2fd3",
                 "captcha":"signalcaptcha://signal-hcaptcha.x"}})"));
}

BOOST_AUTO_TEST_CASE(the_daemons_answers_are_told_apart) {
  check(*made("json-rpc"),
        {{200, R"({"jsonrpc":"2.0","result":{},"id":"challenge"})", solved, ""},
         {200,
          R"({"jsonrpc":"2.0","error":{"code":-6,"message":"Captcha rejected, it may be outdated",)"
          R"("data":null},"id":"challenge"})",
          refused, "Captcha rejected, it may be outdated"},
         {200, R"({"error":{"code":-3,"message":"Submit challenge error: StatusCode: 400"}})",
          refused, "Submit challenge error: StatusCode: 400"},
         {200, "{}", unknown, "the daemon's answer has no result"},
         {200, "<html>", unknown, "the daemon answered HTTP 200"},
         {502, "", unknown, "the daemon answered HTTP 502"}});
}

BOOST_AUTO_TEST_CASE(the_rest_api_is_asked_under_the_account) {
  const auto request = made("rest")->compose_challenge({"2fd3", "signalcaptcha://x"});
  BOOST_TEST_REQUIRE(request.has_value());
  BOOST_TEST(request->url == "http://127.0.0.1:1/v1/accounts/%2B14155550100/rate-limit-challenge");
  BOOST_TEST(json::parse(request->body) ==
             json::parse(R"({"challenge_token":"2fd3","captcha":"signalcaptcha://x"})"));
}

BOOST_AUTO_TEST_CASE(the_rest_apis_answers_are_told_apart) {
  check(*made("rest"), {{204, "", solved, ""},
                        {400, R"({"error":"Captcha rejected"})", refused, "Captcha rejected"},
                        {400, "<html>", unknown, "the server answered HTTP 400"},
                        {201, "{}", unknown, "the server answered HTTP 201"},
                        {404, "404 page not found", unknown, "the server answered HTTP 404"}});
}

BOOST_AUTO_TEST_CASE(an_exchange_that_broke_off_says_nothing) {
  for (const auto* api : {"json-rpc", "rest"}) {
    const auto reply = made(api)->read_challenge_reply(
        broken_off(transfer_error::connect, transfer_stage::connecting));
    BOOST_TEST((reply.verdict == unknown));
    BOOST_TEST(reply.detail == "it broke off (while connecting)");
  }
}

BOOST_AUTO_TEST_CASE(other_providers_have_none) {
  for (const auto& type : driver_types()) {
    if (type.name == "signal") continue;
    const auto none = find_driver_type(type.name)->make(
        settings_with({{"api", "kannel"},
                       {"url", "http://h"},
                       {"username", "u"},
                       {"password", "p"},
                       {"from", type.name == "email" ? "a@b.example" : "12345"}}));
    if (none) BOOST_TEST(!(*none)->compose_challenge({"t", "c"}).has_value(), type.name);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
