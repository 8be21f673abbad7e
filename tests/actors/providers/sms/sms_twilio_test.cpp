#include "actors/providers/sms/sms.hpp"
#include "base/base64.hpp"
#include "tests/actors/providers/foreign_replies.hpp"

/// Witness: Twilio's list of errors (https://www.twilio.com/docs/api/errors), of which
/// webdestroya/phonelookup@abf929b has a copy (internal/generators/errcodegen/twilio_errors.json),
/// and its OpenAPI description (twilio/twilio-oai, spec/json/twilio_api_v2010.json) for the 201.
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;

const std::string account = "AC0123456789abcdef0123456789ABCDEF";
const std::string service = "MG0123456789abcdef0123456789abcdef";
const std::string sid = "SM00112233445566778899aabbccddeeff";

std::unique_ptr<driver> made(const driver_keys& changes = {}) {
  driver_keys keys{{"api", "twilio"},
                   {"account_sid", account},
                   {"auth_token", "t0ken"},
                   {"from", "+14155550100"}};
  for (const auto& [key, value] : changes)
    keys[key] = value;
  return std::move(*sms_driver_type().make(settings_with(keys)));
}

struct twilio_fixture {
  std::unique_ptr<driver> twilio = made();

  outcome of(int status, std::string body,
             std::vector<std::pair<std::string, std::string>> headers = {}) const {
    return outcome_of(*twilio, replied(status, std::move(body), std::move(headers)));
  }
};

/// The resource as a 201 describes it.
std::string resource(std::string_view status, std::string_view more = R"("error_code":null)") {
  return R"({"sid":")" + sid + R"(","status":")" + std::string(status) +
         R"(","error_message":null,"num_segments":"1","num_media":"0","to":"+14155552671",)"
         R"("from":"+14155550100","messaging_service_sid":null,"body":"hello",)"
         R"("direction":"outbound-api","date_sent":null,"price":null,)" +
         std::string(more) + "}";
}

std::string error_body(int code, int status) {
  return R"({"code":)" + std::to_string(code) +
         R"(,"message":"why it failed","more_info":"https://www.twilio.com/docs/errors/x",)"
         R"("status":)" +
         std::to_string(status) + "}";
}

BOOST_FIXTURE_TEST_SUITE(sms_twilio, twilio_fixture)

// ---- requests ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_delivery_becomes_one_form) {
  persistence::message message;
  message.text = "1 + 1 = 2 & €";
  const auto request =
      twilio->compose({"+14155552671", &message, "7f3c/0", "https://x.example/receipts/sms/t", {}});
  BOOST_TEST(request.method == "POST");
  BOOST_TEST(request.url ==
             "https://api.twilio.com/2010-04-01/Accounts/" + account + "/Messages.json");
  BOOST_TEST(request.group == "provider-a");
  BOOST_CHECK(request.timeout == 17s);
  BOOST_TEST(request.headers ==
                 (std::vector<std::string>{
                     "Content-Type: application/x-www-form-urlencoded", "Accept: application/json",
                     "Authorization: Basic " + base64_encoded(account + ":t0ken")}),
             boost::test_tools::per_element());
  BOOST_TEST(request.body ==
             "To=%2B14155552671&Body=1%20%2B%201%20%3D%202%20%26%20%E2%82%AC&From=%2B14155550100&"
             "StatusCallback=https%3A%2F%2Fx.example%2Freceipts%2Fsms%2Ft");
}

BOOST_AUTO_TEST_CASE(without_a_receipt_url_there_is_no_callback) {
  persistence::message message;
  message.text = "hello";
  const auto request = twilio->compose({"+14155552671", &message, "7f3c/0", "", {}});
  BOOST_TEST(request.body == "To=%2B14155552671&Body=hello&From=%2B14155550100");
}

BOOST_AUTO_TEST_CASE(a_messaging_service_stands_in_for_the_sender) {
  persistence::message message;
  message.text = "hello";
  const auto driver =
      made({{"from", ""}, {"messaging_service_sid", service}, {"url", "http://h:1/"}});
  const auto request = driver->compose({"+14155552671", &message, "7f3c/0", "", {}});
  BOOST_TEST(request.body == "To=%2B14155552671&Body=hello&MessagingServiceSid=" + service);
  BOOST_TEST(request.url == "http://h:1/2010-04-01/Accounts/" + account + "/Messages.json");
}

// ---- success -----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_message_that_was_created_is_accepted_with_its_sid) {
  for (const auto* status : {"queued", "accepted", "scheduled", "sending", "sent", "delivered"}) {
    const auto done = of(201, resource(status));
    BOOST_TEST(to_string(done.kind) == "accepted");
    BOOST_TEST(done.provider_ref == sid);
    BOOST_TEST(done.detail == "");
  }
}

BOOST_AUTO_TEST_CASE(a_message_that_failed_at_once_is_judged_by_its_error) {
  const struct {
    std::string_view status, more, outcome;
    bool recipient_only = false;
  } rows[]{{"failed", R"("error_code":30005)", "recipient_rejected"},
           {"undelivered", R"("error_code":30007)", "message_rejected"},
           {"failed", R"("error_code":63038)", "throttled"},
           {"failed", R"("error_code":30008)", "unknown"},
           {"failed", R"("error_code":99999)", "unavailable", true},
           {"canceled", R"("error_code":null)", "unavailable", true}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.status << row.more) {
      const auto out = of(201, resource(row.status, row.more));
      BOOST_TEST(to_string(out.kind) == row.outcome);
      BOOST_TEST(out.recipient_only == row.recipient_only);
      BOOST_TEST(!out.detail.empty());
      BOOST_TEST(out.provider_ref == "");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_success_without_a_sid_is_unknown) {
  for (const auto* body :
       {"", "{}", "[]", "null", R"({"sid":null,"status":"queued"})", R"({"sid":17})",
        R"({"sid":"SM123"})", R"({"sid":"CA00112233445566778899aabbccddeeff"})",
        R"({"sid":"SM00112233445566778899aabbccddeefg"})", "<html>"}) {
    BOOST_TEST(to_string(of(201, body).kind) == "unknown", body);
    BOOST_TEST(to_string(of(200, body).kind) == "unknown", body);
  }
}

// ---- errors ------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(each_error_code_has_its_outcome) {
  const struct {
    int status, code;
    std::string_view outcome;
    bool recipient_only = false;
  } rows[]{{401, 20003, "misconfigured"},
           {404, 20404, "misconfigured"},
           {403, 20005, "misconfigured"},
           {403, 20006, "misconfigured"},
           {403, 20008, "misconfigured"},
           {403, 20403, "misconfigured"},
           {400, 10001, "misconfigured"},
           {403, 10002, "misconfigured"},
           {405, 20004, "misconfigured"},
           {410, 20410, "misconfigured"},
           {400, 20010, "misconfigured"},
           {400, 21212, "misconfigured"},
           {400, 21267, "misconfigured"},
           {400, 21603, "misconfigured"},
           {400, 21607, "misconfigured"},
           {400, 21609, "misconfigured"},
           {400, 21616, "misconfigured"},
           {400, 21659, "misconfigured"},
           {400, 21660, "misconfigured"},
           {400, 21661, "misconfigured"},
           {400, 21701, "misconfigured"},
           {400, 21702, "misconfigured"},
           {400, 21704, "misconfigured"},
           {400, 21705, "misconfigured"},
           {400, 30002, "misconfigured"},
           {400, 30037, "misconfigured"},
           {400, 21408, "misconfigured", true},
           {400, 21606, "misconfigured", true},
           {400, 21608, "misconfigured", true},
           {400, 30034, "misconfigured", true},
           {429, 20429, "throttled"},
           {400, 20429, "throttled"},
           {400, 30001, "throttled"},
           {400, 21611, "throttled"},
           {400, 63038, "throttled"},
           {400, 30454, "throttled"},
           {429, 21611, "throttled"},
           {429, 63038, "throttled"},
           {400, 30450, "throttled", true},
           {400, 30453, "throttled", true},
           {400, 30485, "throttled", true},
           {400, 14107, "throttled", true},
           {400, 21211, "recipient_rejected"},
           {400, 21214, "recipient_rejected"},
           {400, 21217, "recipient_rejected"},
           {400, 21265, "recipient_rejected"},
           {400, 21266, "recipient_rejected"},
           {400, 21268, "recipient_rejected"},
           {400, 21610, "recipient_rejected"},
           {400, 21612, "recipient_rejected"},
           {400, 21614, "recipient_rejected"},
           {400, 21635, "recipient_rejected"},
           {400, 21657, "recipient_rejected"},
           {400, 21703, "recipient_rejected"},
           {400, 21910, "recipient_rejected"},
           {400, 30004, "recipient_rejected"},
           {400, 30005, "recipient_rejected"},
           {400, 30006, "recipient_rejected"},
           {400, 21602, "message_rejected"},
           {400, 21617, "message_rejected"},
           {400, 21618, "message_rejected"},
           {400, 21619, "message_rejected"},
           {400, 30007, "message_rejected"},
           {400, 30019, "message_rejected"},
           {400, 21730, "unavailable"},
           {400, 30003, "unavailable", true},
           {400, 30017, "unavailable", true},
           {400, 30036, "unavailable", true},
           {400, 20500, "unknown"},
           {400, 30008, "unknown"},
           {400, 30410, "unknown"},
           // A code that has no row is about its own message or recipient.
           {400, 99999, "recipient_rejected"},
           {403, 99999, "recipient_rejected"},
           {404, 99999, "recipient_rejected"},
           {422, 20422, "recipient_rejected"},
           // But for a 401, which is about the credentials, and for what was never processed.
           {401, 99999, "misconfigured"},
           {429, 99999, "throttled"},
           // 5xx are not documented as unprocessed.
           {500, 20500, "unknown"},
           {503, 20503, "unknown"},
           {500, 21211, "unknown"}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT("HTTP " << row.status << ", code " << row.code) {
      const auto out = of(row.status, error_body(row.code, row.status));
      BOOST_TEST(to_string(out.kind) == row.outcome);
      BOOST_TEST(out.recipient_only == row.recipient_only);
      BOOST_TEST(out.detail.find("why it failed") != std::string::npos);
      BOOST_TEST(out.detail.find(std::to_string(row.code)) != std::string::npos);
    }
  }
}

/// Witness: twilio-oai lists no codes for the Messages resource, and Twilio's list has new ones
/// with each product, such as those of regulations. When one recipient after the other gets the
/// same, rejection_streak suspects the provider.
BOOST_AUTO_TEST_CASE(a_code_without_a_row_is_a_vague_rejection) {
  for (int status : {400, 403, 404, 422})
    BOOST_TEST(of(status, error_body(99999, status)).vague, status);
  for (int code : {21211, 21610, 21618})
    BOOST_TEST(!of(400, error_body(code, 400)).vague, code);
  // Not rejections.
  BOOST_TEST(!of(401, error_body(99999, 401)).vague);
  BOOST_TEST(!of(429, error_body(99999, 429)).vague);
  BOOST_TEST(!of(201, resource("failed", R"("error_code":99999)")).vague);
}

BOOST_AUTO_TEST_CASE(a_short_code_is_wrong_for_some_recipients_a_number_for_all) {
  const auto error = replied(400, error_body(21659, 400));
  BOOST_TEST(!outcome_of(*twilio, error).recipient_only);
  for (const auto* from : {"12345", "Postrider"})
    BOOST_TEST(outcome_of(*made({{"from", from}}), error).recipient_only, from);
  BOOST_TEST(
      outcome_of(*made({{"from", ""}, {"messaging_service_sid", service}}), error).recipient_only);
}

BOOST_AUTO_TEST_CASE(the_literal_error_is_understood) {
  const auto out =
      of(400, R"({"code":21211,"message":"The 'To' number +1asd is not a valid phone number.",)"
              R"("more_info":"https://www.twilio.com/docs/errors/21211","status":400})");
  BOOST_TEST(to_string(out.kind) == "recipient_rejected");
  BOOST_TEST(out.detail ==
             "Twilio error 21211: The 'To' number +1asd is not a valid phone number.");
}

BOOST_AUTO_TEST_CASE(each_http_status_without_a_code_has_its_outcome) {
  const status_row own[]{{401, "misconfigured"},
                         {404, "unavailable", true},
                         {405, "unavailable", true},
                         {415, "unavailable", true},
                         {422, "unavailable", true}};
  for (const auto* body : {"", "<html>upstream", "{}", R"({"code":"21211"})", "[]"}) {
    const auto judge = [&](int status) {
      auto out = of(status, body);
      BOOST_TEST(out.detail.find("HTTP " + std::to_string(status)) != std::string::npos, body);
      return out;
    };
    check_statuses(foreign_statuses, judge);
    check_statuses(own, judge);
  }
}

BOOST_AUTO_TEST_CASE(throttling_says_for_how_long_where_it_is_known) {
  BOOST_CHECK(of(429, error_body(20429, 429)).retry_after == std::nullopt);
  BOOST_CHECK(of(429, error_body(20429, 429), {{"retry-after", "5"}}).retry_after == 5s);
  BOOST_CHECK(of(429, "", {{"retry-after", "5"}}).retry_after == 5s);
  BOOST_CHECK(of(429, error_body(20429, 429),
                 {{"date", "Mon, 23 Nov 2026 03:40:00 GMT"},
                  {"retry-after", "Mon, 23 Nov 2026 03:40:05 GMT"}})
                  .retry_after == 5s);
  BOOST_CHECK(of(503, "", {{"retry-after", "5"}}).retry_after == 5s);
  BOOST_CHECK(of(400, error_body(21611, 400)).retry_after == 1h);
  BOOST_CHECK(of(400, error_body(21611, 400), {{"retry-after", "90"}}).retry_after == 90s);
  BOOST_CHECK(of(400, error_body(30450, 400)).retry_after == 30min);
  BOOST_CHECK(of(400, error_body(14107, 400)).retry_after == 30s);
}

/// Witness: Twilio's list calls only 429 and 422 "never processed" (20429, 20422), and no 5xx.
BOOST_AUTO_TEST_CASE(a_5xx_of_twilios_own_may_have_been_acted_on) {
  for (int code : {20500, 20503, 99999}) {
    const auto out = of(503, error_body(code, 503), {{"retry-after", "5"}});
    BOOST_TEST(to_string(out.kind) == "unknown", code);
    BOOST_CHECK(out.retry_after == std::nullopt);
  }
  // Without Twilio's body it is a proxy's, which has not passed it on.
  BOOST_TEST(to_string(of(503, "<html>", {{"retry-after", "5"}}).kind) == "throttled");
}

BOOST_AUTO_TEST_CASE(a_quota_of_the_account_has_no_end_that_is_known) {
  for (int code : {63038, 30454}) {
    for (int status : {400, 429}) {
      const auto out = of(status, error_body(code, status));
      BOOST_TEST(out.quota);
      BOOST_CHECK(out.retry_after == std::nullopt);
      BOOST_TEST(!out.recipient_only);
    }
  }
  BOOST_TEST(!of(429, error_body(20429, 429)).quota);
}

BOOST_AUTO_TEST_CASE(an_exchange_that_broke_off_is_judged_by_how_far_it_got) {
  for (const auto& row : stages_of_whole_requests)
    BOOST_TEST(kind_of(*twilio, broken_off(transfer_error::disconnected, row.stage)) ==
               row.outcome);
}

BOOST_AUTO_TEST_CASE(a_refusal_whose_body_is_cut_off_is_judged_by_its_status) {
  const struct {
    int status;
    std::string_view outcome;
  } rows[]{{201, "unknown"}, {400, "unavailable"}, {429, "throttled"}, {503, "unknown"}};
  for (const auto& row : rows) {
    auto result = broken_off(transfer_error::timeout, transfer_stage::reply_head_complete);
    result.status = row.status;
    result.body = R"({"code":21211,)";
    BOOST_TEST(kind_of(*twilio, result) == row.outcome, row.status);
  }
}

BOOST_AUTO_TEST_CASE(the_auth_token_is_not_repeated) {
  for (int status : {201, 400, 401, 429, 500}) {
    BOOST_TEST(of(status, "t0ken is wrong").detail.find("t0ken") == std::string::npos);
    const auto out = of(status, R"({"code":20003,"message":"t0ken is wrong"})");
    BOOST_TEST(out.detail.find("t0ken") == std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
