#include "tests/actors/providers/signal_reply_fixture.hpp"

#include <boost/test/unit_test.hpp>

/// Witness: AsamK/signal-cli v0.14.6, src/main/java/org/asamk/signal:
/// json/JsonSendMessageResult.java, util/SendMessageResultUtils.java,
/// jsonrpc/SignalJsonRpcCommandHandler.java, jsonrpc/JsonRpcResponse.java,
/// http/HttpServerHandler.java. The literal replies were given by signal-cli 0.13.19 without an
/// account.
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(signal_replies, reply_fixture)

// ---- success -----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(success_is_accepted_with_timestamp_and_recipient) {
  const auto done = of(
      R"({"jsonrpc":"2.0","result":{"timestamp":1763869200123,"results":[{"recipientAddress":)"
      R"({"uuid":"9a4c","number":"+14155552671","username":null},"type":"SUCCESS"}]},"id":"7f3c"})");
  BOOST_TEST(to_string(done.kind) == "accepted");
  BOOST_TEST(done.provider_ref == "1763869200123/9a4c");
  BOOST_TEST(done.detail == "");
}

BOOST_AUTO_TEST_CASE(the_recipients_uuid_may_be_missing) {
  for (const auto* address : {R"({"uuid":null,"number":"+14155552671"})", "{}", "null", "17"}) {
    const auto done =
        of(result_with(R"({"type":"SUCCESS","recipientAddress":)" + std::string(address) + "}"));
    BOOST_TEST(to_string(done.kind) == "accepted");
    BOOST_TEST(done.provider_ref == "1763869200123");
  }
  BOOST_TEST(of(result_with(R"({"type":"SUCCESS"})")).provider_ref == "1763869200123");
}

BOOST_AUTO_TEST_CASE(unknown_members_change_nothing) {
  BOOST_TEST(
      kind_of(
          R"({"new":[1,{"a":2}],"jsonrpc":"2.0","id":"7f3c","result":{"more":null,"timestamp":1763869200123,"results":[)" +
          entry("SUCCESS", R"(,"groupId":"abc=","also":{})") + "]}}") == "accepted");
  BOOST_TEST(kind_of("  \r\n" + result_with(entry("SUCCESS")) + "\n") == "accepted");
}

BOOST_AUTO_TEST_CASE(one_success_among_several_results_is_a_success) {
  BOOST_TEST(kind_of(result_with(entry("NETWORK_FAILURE") + ',' + entry("SUCCESS"))) == "accepted");
}

// ---- entries -----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(each_type_of_result_has_its_outcome) {
  const struct {
    std::string_view type, more, outcome;
  } rows[]{
      {"SUCCESS", "", "accepted"},
      {"UNREGISTERED_FAILURE", "", "recipient_rejected"},
      {"IDENTITY_FAILURE", "", "recipient_rejected"},
      {"NETWORK_FAILURE", "", "unknown"},
      {"INVALID_PRE_KEY_FAILURE", "", "unavailable"},
      {"RATE_LIMIT_FAILURE", "", "throttled"},
      {"RATE_LIMIT_FAILURE", R"(,"retryAfterSeconds":3600)", "throttled"},
      {"RATE_LIMIT_FAILURE", R"(,"token":null,"retryAfterSeconds":3600)", "throttled"},
      {"RATE_LIMIT_FAILURE", R"(,"token":"","retryAfterSeconds":3600)", "throttled"},
      {"RATE_LIMIT_FAILURE", R"(,"token":"2fd3")", "throttled"},
      {"RATE_LIMIT_FAILURE", R"(,"token":"2fd3","retryAfterSeconds":3600)", "throttled"},
      {"SOMETHING_NEW", "", "unknown"},
      {"success", "", "unknown"},
      {"SUCCESS ", "", "unknown"},
      {"", "", "unknown"},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.type << row.more) {
      // As a result, and as what signal-cli makes of it when nothing succeeded.
      BOOST_TEST(kind_of(result_with(entry(row.type, row.more))) == row.outcome);
      for (int code : {-1, -4, -5})
        BOOST_TEST(kind_of(failure_with(code, entry(row.type, row.more))) == row.outcome);
      if (row.outcome != "accepted")
        BOOST_TEST(!of(result_with(entry(row.type, row.more))).detail.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_rate_limit_says_for_how_long_or_a_minute) {
  const struct {
    std::string_view more;
    std::chrono::seconds wait;
  } rows[]{{"", 60s},
           {R"(,"retryAfterSeconds":3600)", 3600s},
           {R"(,"retryAfterSeconds":1)", 1s},
           {R"(,"retryAfterSeconds":0)", 60s},
           {R"(,"retryAfterSeconds":-1)", 60s},
           {R"(,"retryAfterSeconds":null)", 60s},
           {R"(,"retryAfterSeconds":"3600")", 60s},
           {R"(,"retryAfterSeconds":86400)", 86400s}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT("rate limit" << row.more) {
      const auto limited = of(failure_with(-5, entry("RATE_LIMIT_FAILURE", row.more)));
      BOOST_TEST_REQUIRE(limited.retry_after.has_value());
      BOOST_TEST(limited.retry_after->count() == std::chrono::milliseconds(row.wait).count());
    }
  }
}

/// A token means that Signal asks for a captcha before it sends to this one recipient again.
BOOST_AUTO_TEST_CASE(a_rate_limit_with_a_token_is_the_recipients_alone) {
  const struct {
    std::string_view more;
    std::chrono::seconds wait;
  } rows[]{{R"(,"token":"2fd3","retryAfterSeconds":86400)", 24h},
           {R"(,"token":"2fd3","retryAfterSeconds":7)", 7s},
           {R"(,"token":"2fd3","retryAfterSeconds":-1)", 1h},
           {R"(,"token":"2fd3")", 1h}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT("rate limit" << row.more) {
      const auto limited = of(failure_with(-5, entry("RATE_LIMIT_FAILURE", row.more)));
      BOOST_TEST(limited.recipient_only);
      BOOST_TEST(limited.challenge == "2fd3");
      BOOST_CHECK(limited.retry_after == row.wait);
    }
  }
  BOOST_TEST(!of(failure_with(-5, entry("RATE_LIMIT_FAILURE"))).recipient_only);
}

BOOST_AUTO_TEST_CASE(no_rate_limit_is_longer_than_a_day_however_large_its_number) {
  for (const auto* seconds :
       {"86401", "9223372036854775", "9223372036854776", "9223372036854775807"}) {
    const auto limited = of(failure_with(
        -5, entry("RATE_LIMIT_FAILURE", R"(,"retryAfterSeconds":)" + std::string(seconds))));
    BOOST_TEST(to_string(limited.kind) == "throttled");
    BOOST_CHECK(limited.retry_after == 24h);
  }
}

// ---- errors ------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(each_error_without_results_has_its_outcome) {
  const struct {
    int code;
    std::string_view text, outcome;
  } rows[]{
      // A parameter of this request was refused before anything was sent.
      {-1, "Invalid phone number '+1': too short", "recipient_rejected"},
      {-1, "No recipients given", "recipient_rejected"},
      {-1, "something new", "recipient_rejected"},
      {-1, "", "recipient_rejected"},
      {-1, "Sending empty message is not allowed", "message_rejected"},
      {-1, "Failed to send message", "unknown"},
      {-3, "I/O error", "unavailable"},
      {-4, "", "recipient_rejected"},
      {-5, "", "throttled"},
      // The errors of submitRateLimitChallenge.
      {-6, "Captcha rejected", "unknown"},
      {-32700, "Unexpected end-of-input", "misconfigured"},
      {-32600, "only jsonrpc version 2.0 is supported", "misconfigured"},
      {-32600, "method field must be set", "misconfigured"},
      {-32600, "Unrecognized field \\\"x\\\"", "misconfigured"},
      {-32601, "Method not implemented", "misconfigured"},
      {-32602, "Method requires valid account parameter", "misconfigured"},
      {-32602, "Specified account does not exist", "misconfigured"},
      {-32603, "An internal server error has occurred.", "unknown"},
      {-32603, "No value present (NoSuchElementException)", "unknown"},
      {-2, "?", "unknown"},
      {0, "?", "unknown"},
      {1, "?", "unknown"},
      {-32000, "?", "unknown"},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.code << " " << row.text) {
      BOOST_TEST(kind_of(error_with(row.code, row.text)) == row.outcome);
      // Errors that come before the request was understood carry no id.
      BOOST_TEST(kind_of(error_with(row.code, row.text, "null")) == row.outcome);
    }
  }
}

/// Witness: jsonrpc/SignalJsonRpcCommandHandler.java of signal-cli v0.14.6: -1 is any
/// UserErrorException, whoever is at fault.
BOOST_AUTO_TEST_CASE(only_the_code_for_many_things_is_vague) {
  BOOST_TEST(of(error_with(-1, "something new")).vague);
  BOOST_TEST(!of(error_with(-1, "Invalid phone number '+1': too short")).vague);
  BOOST_TEST(!of(error_with(-4, "")).vague);
  BOOST_TEST(!of(error_with(-32602, "Method requires valid account parameter")).vague);
}

BOOST_AUTO_TEST_CASE(the_daemons_literal_replies_are_understood) {
  const struct {
    std::string_view reply, outcome;
  } rows[]{
      {R"({"jsonrpc":"2.0","error":{"code":-1,"message":"Failed to send message","data":{"response":{"timestamp":1763869200123,"results":[{"recipientAddress":{"uuid":null,"number":"+14155552671","username":null},"type":"UNREGISTERED_FAILURE"}]}}},"id":"7f3c"})",
       "recipient_rejected"},
      {R"({"jsonrpc":"2.0","error":{"code":-5,"message":"Failed to send message due to rate limiting","data":{"response":{"timestamp":1763869200123,"results":[{"recipientAddress":{"uuid":"9a4c","number":"+14155552671","username":null},"type":"RATE_LIMIT_FAILURE","token":"2fd3","retryAfterSeconds":3600}]}}},"id":"7f3c"})",
       "throttled"},
      {R"({"jsonrpc":"2.0","error":{"code":-32602,"message":"Method requires valid account parameter","data":null},"id":"7f3c"})",
       "misconfigured"},
      {R"({"jsonrpc":"2.0","error":{"code":-32602,"message":"Specified account does not exist","data":null},"id":"7f3c"})",
       "misconfigured"},
      {R"({"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not implemented","data":null},"id":"7f3c"})",
       "misconfigured"},
      {R"({"jsonrpc":"2.0","error":{"code":-32600,"message":"unexpected type: MISSING","data":null},"id":null})",
       "misconfigured"},
      {R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"Unexpected end-of-input: x","data":null},"id":null})",
       "misconfigured"},
      {R"({"jsonrpc":"2.0","error":{"code":-32603,"message":"An internal server error has occurred.","data":null},"id":null})",
       "unknown"},
      {R"({"jsonrpc":"2.0","result":{"version":"0.13.19"},"id":"7f3c"})", "unknown"},
      {R"({"jsonrpc":"2.0","result":[],"id":"7f3c"})", "unknown"},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.reply) { BOOST_TEST(kind_of(std::string(row.reply)) == row.outcome); }
  }
}

BOOST_AUTO_TEST_CASE(a_rate_limit_without_results_pauses_for_a_minute) {
  BOOST_CHECK(of(error_with(-5, "limited")).retry_after == 60s);
}

// ---- what is not recognised --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(another_requests_reply_is_unknown) {
  for (const auto* id : {R"("7f3d")", R"("7F3C")", R"("")", "7", "null", "true", "[]",
                         R"({"a":"7f3c"})", R"(["7f3c"])"}) {
    auto reply = result_with(entry("SUCCESS"));
    reply.replace(reply.find(R"("7f3c")"), 6, id);
    BOOST_TEST(kind_of(reply) == "unknown");
    if (std::string_view(id) == "null") continue;
    BOOST_TEST(kind_of(error_with(-32602, "Specified account does not exist", id)) == "unknown");
  }
}

BOOST_AUTO_TEST_CASE(a_reply_without_an_id_is_unknown) {
  BOOST_TEST(kind_of(R"({"jsonrpc":"2.0","result":{"timestamp":1,"results":[)" + entry("SUCCESS") +
                     "]}}") == "unknown");
  BOOST_TEST(kind_of(R"({"jsonrpc":"2.0","error":{"code":-1,"message":"No recipients given"}})") ==
             "unknown");
}

BOOST_AUTO_TEST_CASE(what_is_not_a_reply_is_unknown) {
  const std::string replies[]{
      "",
      " ",
      "null",
      "17",
      "\"7f3c\"",
      "[]",
      "[" + result_with(entry("SUCCESS")) + "]",
      "{}",
      "{",
      R"({"id":"7f3c"})",
      R"({"id":"7f3c","result":null})",
      R"({"id":"7f3c","result":"SUCCESS"})",
      R"({"id":"7f3c","result":[]})",
      R"({"id":"7f3c","result":{}})",
      R"({"id":"7f3c","result":{"timestamp":1,"results":null}})",
      R"({"id":"7f3c","result":{"timestamp":1,"results":{}}})",
      R"({"id":"7f3c","result":{"timestamp":1,"results":[]}})",
      R"({"id":"7f3c","result":{"timestamp":1,"results":[null]}})",
      R"({"id":"7f3c","result":{"timestamp":1,"results":["SUCCESS"]}})",
      R"({"id":"7f3c","result":{"timestamp":1,"results":[{}]}})",
      R"({"id":"7f3c","result":{"timestamp":1,"results":[{"type":null}]}})",
      R"({"id":"7f3c","result":{"timestamp":1,"results":[{"type":["SUCCESS"]}]}})",
      R"({"id":"7f3c","result":{"results":[{"type":"SUCCESS"}]}})",
      R"({"id":"7f3c","result":{"timestamp":"1","results":[{"type":"SUCCESS"}]}})",
      R"({"id":"7f3c","result":{"timestamp":null,"results":[{"type":"SUCCESS"}]}})",
      R"({"id":"7f3c","error":{}})",
      R"({"id":"7f3c","error":null})",
      R"({"id":"7f3c","error":"no"})",
      R"({"id":"7f3c","error":{"code":"-1","message":"No recipients given"}})",
      R"({"id":"7f3c","error":{"code":null}})",
      R"({"id":"7f3c","error":{"code":-1.5}})",
      R"({"id":"7f3c","error":{"code":18446744073709551615}})",
      R"({"id":"7f3c","error":{"code":-1,"message":"x","data":{"response":{}}}})",
      R"({"id":"7f3c","error":{"code":-1,"message":"x","data":{"response":{"results":[]}}}})",
      result_with(entry("SUCCESS")) + "{}",
      result_with(entry("SUCCESS")).substr(0, 100),
      "<html><body>502 Bad Gateway</body></html>",
      "SUCCESS",
      std::string("{\"id\":\"7f3c\"\0}", 14),
      "{\"id\":\"7f3c\",\"error\":{\"code\":-3,\"message\":\"\xff\xfe\"}}",
      std::string(100'000, '['),
      "{\"id\":\"7f3c\",\"result\":" + std::string(1000, '[') + std::string(1000, ']') + "}",
  };
  for (const auto& reply : replies) {
    BOOST_TEST_CONTEXT("reply " << reply.substr(0, 100)) {
      const auto seen = of(reply);
      BOOST_TEST(to_string(seen.kind) == "unknown");
      BOOST_TEST(!seen.detail.empty());
      BOOST_TEST(seen.provider_ref == "");
    }
  }
}

BOOST_AUTO_TEST_CASE(an_error_goes_before_a_result) {
  BOOST_TEST(
      kind_of(
          R"({"id":"7f3c","error":{"code":-3,"message":"x"},"result":{"timestamp":1,"results":[)" +
          entry("SUCCESS") + "]}}") == "unavailable");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
