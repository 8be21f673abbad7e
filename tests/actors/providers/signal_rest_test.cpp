#include "actors/providers/signal.hpp"
#include "tests/actors/providers/driver_fixture.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

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
  for (const auto* body : {R"([{"timestamp":"1763869200123"}])", R"([{"timestamp":1763869200123}])",
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
        R"([{"timestamp":"soon"}])", R"([{"timestamp":null}])", R"({"timestamp":"1763869200123"})",
        R"([{"timestamp":"1"},{"timestamp":"2"}])",
        R"([{"timestamp":"1","errors":{"recipients":["+14155552671"]}}])"})
    BOOST_TEST(of(201, body) == "unknown", body);
}

BOOST_AUTO_TEST_CASE(each_error_text_has_its_outcome) {
  const struct {
    std::string_view text, outcome;
  } rows[]{
      {"Couldn't process request - invalid request", "misconfigured"},
      {"Couldn't process request - please provide at least one recipient", "recipient_rejected"},
      {"Couldn't process request - please provide a valid number", "misconfigured"},
      {"Specified account does not exist", "misconfigured"},
      {"Method requires valid account parameter", "misconfigured"},
      {"Unable to complete request due to untrusted recipient keys", "recipient_rejected"},
      {"Invalid phone number '+1': too short", "recipient_rejected"},
      {"Sending empty message is not allowed, either a message, attachment or sticker must be "
       "given",
       "message_rejected"},
      // Why is lost: the recipient may be unregistered, or the network may have failed.
      {"Failed to send message", "unknown"},
      {"Failed to send message: chat.signal.org (UnknownHostException)", "unavailable"},
      {"process killed as timeout reached", "unknown"},
      {"something new", "unknown"},
      {"", "unknown"}};
  for (const auto& row : rows) {
    const auto out = outcome_of(
        *rest, replied(400, json::serialize(json::object{{"error", std::string(row.text)}})));
    BOOST_TEST(to_string(out.kind) == row.outcome, row.text);
    BOOST_TEST(!out.detail.empty());
  }
}

BOOST_AUTO_TEST_CASE(a_rate_limit_with_a_captcha_needs_a_person) {
  const std::string text = R"({"error":"Rate limited. Use the attached challenge tokens",)";
  const struct {
    std::string more;
    std::string_view outcome;
  } rows[]{{R"("challenge_tokens":["2fd3"],"account":"+14155550100"})", "misconfigured"},
           {R"("challenge_tokens":["","2fd3"]})", "misconfigured"},
           {R"("challenge_tokens":[""],"account":"+14155550100"})", "throttled"},
           {R"("challenge_tokens":[]})", "throttled"},
           {R"("challenge_tokens":null})", "throttled"},
           {R"("challenge_tokens":[17]})", "throttled"}};
  for (const auto& row : rows)
    BOOST_TEST(of(429, text + row.more) == row.outcome, row.more);
  BOOST_TEST(of(429, "") == "throttled");
  BOOST_CHECK(outcome_of(*rest, replied(429, "{}")).retry_after == 60s);
  BOOST_CHECK(outcome_of(*rest, replied(429, "{}", {{"retry-after", "9"}})).retry_after == 9s);
}

BOOST_AUTO_TEST_CASE(each_http_status_has_its_outcome) {
  const struct {
    int status;
    std::string_view outcome;
  } rows[]{{200, "unknown"},       {202, "unknown"},       {204, "unknown"},
           {301, "unknown"},       {400, "misconfigured"}, {401, "misconfigured"},
           {403, "misconfigured"}, {404, "misconfigured"}, {405, "misconfigured"},
           {415, "misconfigured"}, {500, "unknown"},       {502, "unknown"},
           {503, "unknown"},       {0, "unknown"}};
  for (const auto& row : rows) {
    BOOST_TEST(of(row.status, "") == row.outcome, row.status);
    BOOST_TEST(of(row.status, R"([{"timestamp":"1763869200123"}])") == row.outcome, row.status);
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
           {401, "misconfigured"},
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
