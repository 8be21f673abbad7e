#include "actors/providers/signal/signal.hpp"
#include "tests/actors/providers/driver_fixture.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

/// Witness: bbernhard/signal-cli-rest-api 0.100, src/api/api.go (SendV2), src/client/client.go,
/// jsonrpc2.go and cli.go; its main after that for the array. signal-cli's own texts have
/// signal_texts_test.cpp.
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

struct rest_fixture {
  std::unique_ptr<driver> rest = std::move(*signal_driver_type().make(settings_with(
      {{"api", "rest"}, {"url", "http://127.0.0.1:8080/"}, {"account", "+14155550100"}})));

  std::string of(int status, std::string body) const {
    return kind_of(*rest, replied(status, std::move(body)));
  }
};

BOOST_FIXTURE_TEST_SUITE(signal_rest, rest_fixture)

BOOST_AUTO_TEST_CASE(a_delivery_becomes_one_send_for_one_recipient) {
  persistence::message message;
  message.text = "he said \"hi\" *twice*\n";
  const auto request = rest->compose({"+14155552671", &message, "7f3c/0", "https://x/", {}});
  BOOST_TEST(request.method == "POST");
  BOOST_TEST(request.url == "http://127.0.0.1:8080/v2/send");
  BOOST_TEST(request.group == "provider-a");
  BOOST_CHECK(request.timeout == 17s);
  BOOST_TEST(request.headers == (std::vector<std::string>{"Content-Type: application/json",
                                                          "Accept: application/json"}),
             boost::test_tools::per_element());
  BOOST_TEST(json::parse(request.body) == (json::object{{"number", "+14155550100"},
                                                        {"recipients", json::array{"+14155552671"}},
                                                        {"message", message.text},
                                                        {"text_mode", "normal"}}));
}

BOOST_AUTO_TEST_CASE(a_send_is_accepted_with_its_timestamp) {
  for (const auto* body : {R"({"timestamp":"1763869200123"})", R"({"timestamp":1763869200123})",
                           R"([{"timestamp":"1763869200123"}])", R"([{"timestamp":1763869200123}])",
                           R"([{"timestamp":"1763869200123","errors":null}])",
                           R"([{"timestamp":"1763869200123","errors":{"recipients":[]}}])"}) {
    const auto done = outcome_of(*rest, replied(201, body));
    BOOST_TEST(to_string(done.kind) == "accepted");
    BOOST_TEST(done.provider_ref == "1763869200123");
  }
}

BOOST_AUTO_TEST_CASE(a_recipient_among_the_errors_was_not_reached) {
  const struct {
    std::string_view reason, outcome;
  } rows[]{{"UNREGISTERED_FAILURE", "recipient_rejected"},
           {"IDENTITY_FAILURE", "recipient_rejected"},
           {"NETWORK_FAILURE", "unknown"},
           {"INVALID_PRE_KEY_FAILURE", "unavailable"},
           {"RATE_LIMIT_FAILURE", "throttled"},
           {"SUCCESS", "unknown"},
           {"SOMETHING_NEW", "unknown"},
           {"", "unknown"}};
  for (const auto& row : rows)
    BOOST_TEST(
        of(201, R"([{"timestamp":"1763869200123","errors":{"recipients":[{"number":"+14155552671",)"
                R"("uuid":"9a4c","reason":")" +
                    std::string(row.reason) + R"("}]}}])") == row.outcome,
        row.reason);
}

BOOST_AUTO_TEST_CASE(a_201_that_says_something_else_is_unknown) {
  for (const auto* body :
       {"", "{}", "[]", "null", "[null]", "[{}]", R"([{"timestamp":""}])",
        R"([{"timestamp":"soon"}])", R"([{"timestamp":null}])", R"({"timestamp":"soon"})", "17",
        R"({"timestamp":null})", R"({"timestamp":"1","errors":{"recipients":[17]}})",
        R"([{"timestamp":"1"},{"timestamp":"2"}])",
        R"([{"timestamp":"1","errors":{"recipients":["+14155552671"]}}])"})
    BOOST_TEST(of(201, body) == "unknown", body);
}

BOOST_AUTO_TEST_CASE(each_error_text_of_its_own_has_its_outcome) {
  const struct {
    std::string_view text, outcome;
    bool recipient_only = false;
  } rows[]{{"Couldn't process request - invalid request", "message_rejected"},
           {"Unable to complete request due to untrusted recipient keys", "recipient_rejected"},
           {"write tcp 127.0.0.1:50000->127.0.0.1:6001: write: broken pipe", "unavailable"},
           {"process killed as timeout reached", "unknown"},
           // signal-cli may have sent it and printed more than a timestamp.
           {"1763869200123something that was printed", "unknown", true},
           {"something new", "unknown", true},
           {"", "unknown", true}};
  for (const auto& row : rows) {
    const auto out = outcome_of(
        *rest, replied(400, json::serialize(json::object{{"error", std::string(row.text)}})));
    BOOST_TEST(to_string(out.kind) == row.outcome, row.text);
    BOOST_TEST(out.recipient_only == row.recipient_only, row.text);
    BOOST_TEST(!out.detail.empty());
  }
}

/// Witness: 0.100, src/client/cli.go (stripInfoAndWarnMessages drops the lines that begin with INFO
/// or WARN, and keeps those that follow them) and client.go (send), which takes all but a number
/// for an error and joins its lines; signal-cli v0.14.6, util/SendMessageResultUtils.java, which
/// prints each failure before the time.
BOOST_AUTO_TEST_CASE(a_text_that_begins_with_the_printed_time_is_that_of_a_message_that_was_sent) {
  const struct {
    std::string text;
    std::string_view outcome;
  } rows[]{
      {"1763869200123org.whispersystems.signalservice.api.push.exceptions."
       "AuthorizationFailedException: [401] Authorization failed!\tat org.whispersystems",
       "unknown"},
      {"1763869200123org.whispersystems.signalservice.api.push.exceptions."
       "NonSuccessfulResponseCodeException: StatusCode: 429\tat org.whispersystems",
       "unknown"},
      {"1763869200123ERROR Manager - Unregistered user \"+14155552671\"", "unknown"},
      {"1763869200123No prekeys available", "unknown"},
      {"1763869200123", "unknown"},
      // A failure is printed before the time.
      {"Failed to send (some) messages:\n+14155552671: Unregistered user \"+14155552671\"\n"
       "1763869200123\nFailed to send message\n",
       "recipient_rejected"},
      // No time at all.
      {"[401] Authorization failed!", "misconfigured"},
      {"176386920012[401] Authorization failed!", "misconfigured"},
      {"17638692001234[401] Authorization failed!", "misconfigured"},
  };
  for (const auto& row : rows) {
    const auto out =
        outcome_of(*rest, replied(400, json::serialize(json::object{{"error", row.text}})));
    BOOST_TEST(to_string(out.kind) == row.outcome, row.text);
    BOOST_TEST((out.recipient_only || row.outcome != "unknown"), row.text);
  }
}

BOOST_AUTO_TEST_CASE(a_rate_limit_with_a_captcha_is_the_recipients) {
  const std::string text =
      R"({"error":"Failed to send message due to rate limiting. Use the attached challenge tokens",)";
  const struct {
    std::string more;
    bool recipient_only;
    std::chrono::seconds wait;
  } rows[]{{R"("challenge_tokens":["2fd3"],"account":"+14155550100"})", true, 1h},
           {R"("challenge_tokens":["","2fd3"]})", true, 1h},
           {R"("challenge_tokens":[""],"account":"+14155550100"})", false, 60s},
           {R"("challenge_tokens":[]})", false, 60s},
           {R"("challenge_tokens":null})", false, 60s},
           {R"("challenge_tokens":[17]})", false, 60s}};
  for (const auto& row : rows) {
    const auto out = outcome_of(*rest, replied(429, text + row.more));
    BOOST_TEST(to_string(out.kind) == "throttled", row.more);
    BOOST_TEST(out.recipient_only == row.recipient_only, row.more);
    BOOST_TEST(out.challenge == (row.recipient_only ? "2fd3" : ""), row.more);
    BOOST_CHECK(out.retry_after == row.wait);
  }
  BOOST_TEST(of(429, "") == "throttled");
  BOOST_CHECK(outcome_of(*rest, replied(429, "{}", {{"retry-after", "9"}})).retry_after == 9s);
}

BOOST_AUTO_TEST_CASE(a_404_is_the_url_only_in_its_own_words) {
  const auto own = outcome_of(*rest, replied(404, "404 page not found"));
  BOOST_TEST(to_string(own.kind) == "unavailable");
  BOOST_TEST(!own.recipient_only);
  // A proxy in the same language, while the server behind it restarts.
  for (const auto* body : {"404 page not found\n", "", "<html>not found", R"({"error":"x"})"}) {
    const auto out = outcome_of(*rest, replied(404, body));
    BOOST_TEST(to_string(out.kind) == "unavailable", body);
    BOOST_TEST(out.recipient_only);
  }
}

BOOST_AUTO_TEST_CASE(each_http_status_has_its_outcome) {
  const struct {
    int status;
    std::string_view outcome;
  } rows[]{{200, "unknown"},     {202, "unknown"},     {204, "unknown"},     {301, "unavailable"},
           {400, "unavailable"}, {401, "unavailable"}, {403, "unavailable"}, {405, "unavailable"},
           {415, "unavailable"}, {500, "unknown"},     {502, "unknown"},     {503, "unknown"},
           {0, "unknown"}};
  for (const auto& row : rows) {
    for (const auto* body : {"", R"([{"timestamp":"1763869200123"}])"}) {
      const auto out = outcome_of(*rest, replied(row.status, body));
      BOOST_TEST(to_string(out.kind) == row.outcome, row.status);
      BOOST_TEST(out.recipient_only == (row.status >= 400 && row.status < 500), row.status);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_exchange_that_broke_off_is_judged_by_how_far_it_got) {
  for (const auto& row : stages_of_whole_requests)
    BOOST_TEST(kind_of(*rest, broken_off(transfer_error::timeout, row.stage)) == row.outcome);
}

BOOST_AUTO_TEST_CASE(a_body_that_is_cut_off_matters_where_it_decides) {
  const struct {
    int status;
    std::string_view outcome;
  } rows[]{{201, "unknown"},
           {400, "unknown"},
           {401, "unavailable"},
           {429, "throttled"},
           {503, "unknown"}};
  for (const auto& row : rows) {
    auto result = broken_off(transfer_error::timeout, transfer_stage::reply_head_complete);
    result.status = row.status;
    BOOST_TEST(kind_of(*rest, result) == row.outcome, row.status);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
