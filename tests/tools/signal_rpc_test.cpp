#include "tools/provider-sim/signal_rpc.hpp"

#include "tools/provider-sim/behaviour_json.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

/// Witness: as in tests/actors/providers/signal/signal_reply_test.cpp and
/// signal_http_status_test.cpp.
namespace postrider::provider_sim {
namespace {

namespace json = boost::json;

constexpr const char* account = "+14155550100";

// Puts a fixed value where one stands that differs from run to run; null stays.
void mask(std::string& text, std::string_view name, std::string_view value) {
  for (std::size_t at = text.find(name); at != text.npos; at = text.find(name, at)) {
    at += name.size();
    if (text.compare(at, 4, "null") != 0)
      text.replace(at, text.find_first_of(",}", at) - at, value);
  }
}

struct daemon {
  provider at;
  signal_rpc rpc;
  reply out;

  explicit daemon(std::vector<std::string> accounts = {}) : rpc(std::move(accounts)) {}

  void behave(std::string_view text) {
    behaviour_settings s;
    BOOST_REQUIRE_EQUAL(read_behaviour(text, s), "");
    at.rules = behaviour(s);
  }

  const reply& ask(std::string_view method, std::string_view path, std::string_view type,
                   std::string_view body) {
    out.clear();
    rpc.answer(at, {method, path, "", type, body, clock_time(std::chrono::seconds(10))}, out);
    return out;
  }

  const std::string& post(std::string_view body) {
    return ask("POST", "/api/v1/rpc", "application/json", body).body;
  }

  // The reply to a send, with what differs from run to run replaced by fixed values.
  std::string send(std::string_view recipients, std::string_view text = "hello") {
    std::string result =
        post(R"({"jsonrpc":"2.0","id":"7f3c","method":"send","params":{"account":")" +
             std::string(account) + R"(","recipient":)" + std::string(recipients) +
             R"(,"message":")" + std::string(text) + R"("}})");
    mask(result, "\"timestamp\":", "1763869200123");
    mask(result, "\"uuid\":", "\"9a4c\"");
    mask(result, "\"token\":", "\"2fd3\"");
    return result;
  }
};

BOOST_AUTO_TEST_SUITE(signal_rpc_test)

BOOST_AUTO_TEST_CASE(http_statuses_are_those_of_signal_cli) {
  struct row {
    const char *method, *path, *type, *body;
    unsigned status;
  };
  const char* version = R"({"jsonrpc":"2.0","method":"version","id":1})";
  const row table[] = {
      {"GET", "/api/v1/check", "", "", 200},
      {"POST", "/api/v1/check", "", "", 405},
      {"POST", "/api/v1/rpc", "application/json", version, 200},
      {"POST", "/api/v1/rpc", "application/json; charset=utf-8", version, 200},
      {"POST", "/api/v1/rpc", "application/json", R"({"jsonrpc":"2.0","method":"version"})", 201},
      {"POST", "/api/v1/rpc", "application/json", R"([{"jsonrpc":"2.0","method":"version"}])", 201},
      {"POST", "/api/v1/rpc", "text/plain", version, 415},
      {"POST", "/api/v1/rpc", "", version, 415},
      {"GET", "/api/v1/rpc", "application/json", "", 405},
      {"POST", "/api/v1/rpc/more", "application/json", version, 404},
      {"POST", "/api/v1", "application/json", version, 404},
      {"GET", "/", "", "", 404},
  };
  daemon d;
  for (const row& r : table) {
    const reply& got = d.ask(r.method, r.path, r.type, r.body);
    BOOST_TEST(got.status == r.status,
               r.method << ' ' << r.path << ' ' << r.body << " gave " << got.status);
    const bool has_body = r.status == 200 && std::string_view(r.method) == "POST";
    BOOST_TEST(got.body.empty() == !has_body);
    BOOST_TEST((got.content_type == (has_body ? "application/json" : "")));
  }
}

// Literal replies of signal-cli 0.13.19.
BOOST_AUTO_TEST_CASE(replies_are_literally_those_of_signal_cli) {
  const std::pair<const char*, const char*> table[] = {
      {R"({"jsonrpc":"2.0","method":"version","id":1})",
       R"({"jsonrpc":"2.0","result":{"version":"0.13.19"},"id":1})"},
      {R"({"jsonrpc":"2.0","method":"listAccounts","id":"a"})",
       R"({"jsonrpc":"2.0","result":[],"id":"a"})"},
      {R"({"jsonrpc":"2.0","method":"send","id":2})",
       R"({"jsonrpc":"2.0","error":{"code":-32602,"message":"Method requires valid account parameter","data":null},"id":2})"},
      {R"({"jsonrpc":"2.0","method":"nope","id":1})",
       R"({"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not implemented","data":null},"id":1})"},
      {R"({"method":"version","id":1})",
       R"({"jsonrpc":"2.0","error":{"code":-32600,"message":"only jsonrpc version 2.0 is supported","data":null},"id":1})"},
      {R"({"jsonrpc":"2.0","id":1})",
       R"({"jsonrpc":"2.0","error":{"code":-32600,"message":"method field must be set","data":null},"id":1})"},
      {"",
       R"({"jsonrpc":"2.0","error":{"code":-32600,"message":"unexpected type: MISSING","data":null},"id":null})"},
      {"[]",
       R"({"jsonrpc":"2.0","error":{"code":-32600,"message":"invalid request","data":null},"id":null})"},
      {"5",
       R"({"jsonrpc":"2.0","error":{"code":-32600,"message":"unexpected type: NUMBER","data":null},"id":null})"},
  };
  daemon d;
  for (const auto& [request, wanted] : table)
    BOOST_TEST(d.post(request) == wanted);
}

BOOST_AUTO_TEST_CASE(faulty_envelopes_get_the_code_and_the_beginning_of_the_text) {
  const std::pair<const char*, const char*> table[] = {
      {R"({"jsonrpc":"2.0","method":"version","id":7,"x":1})",
       R"({"jsonrpc":"2.0","error":{"code":-32600,"message":"Unrecognized field \"x\" )"},
      {R"({"jsonrpc":"2.0","method":"version","id":{}})",
       R"({"jsonrpc":"2.0","error":{"code":-32600,)"},
      {R"({"jsonrpc":"2.0","meth)",
       R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"Unexpected end-of-input)"},
      {R"(nonsense)", R"({"jsonrpc":"2.0","error":{"code":-32700,)"},
  };
  daemon d;
  for (const auto& [request, beginning] : table)
    BOOST_TEST(d.post(request).starts_with(beginning), d.out.body);
  BOOST_TEST(d.post(R"({"jsonrpc":"2.0","method":"version","id":{}})").ends_with(R"("id":null})"));
}

BOOST_AUTO_TEST_CASE(the_id_comes_back_as_it_was) {
  daemon d;
  for (const char* id : {"1", "-5", "\"a \\\" b\"", "null", "true", "18446744073709551615"})
    BOOST_TEST(d.post(R"({"jsonrpc":"2.0","method":"version","id":)" + std::string(id) + "}") ==
               R"({"jsonrpc":"2.0","result":{"version":"0.13.19"},"id":)" + std::string(id) + "}");
}

BOOST_AUTO_TEST_CASE(a_batch_is_answered_by_one_array_without_the_notifications) {
  daemon d;
  const auto answers =
      json::parse(
          d.post(
              R"([{"jsonrpc":"2.0","method":"version"},{"jsonrpc":"2.0","method":"version","id":1},)"
              R"({"jsonrpc":"2.0","method":"version"},{"jsonrpc":"2.0","method":"listAccounts","id":"a"},)"
              R"({"jsonrpc":"2.0","method":"nope","id":3},5])"))
          .as_array();
  BOOST_REQUIRE_EQUAL(answers.size(), 4U);
  BOOST_TEST(answers[0].at("id").as_int64() == 1);
  BOOST_TEST(answers[1].at("id").as_string() == "a");
  BOOST_TEST(answers[2].at("error").at("code").as_int64() == -32601);
  BOOST_TEST(answers[3].at("error").at("code").as_int64() == -32600);
  BOOST_TEST(answers[3].at("id").is_null());
}

BOOST_AUTO_TEST_CASE(each_outcome_of_a_send_has_its_reply) {
  const std::string entry =
      R"({"recipientAddress":{"uuid":"9a4c","number":"+14155552671","username":null},"type":")";
  const std::string failed = R"("data":{"response":{"timestamp":1763869200123,"results":[)";
  const std::string error = R"({"jsonrpc":"2.0","error":{"code":)";
  const std::string tail = R"(]}}},"id":"7f3c"})";
  const std::string plain_tail = R"(","data":null},"id":"7f3c"})";
  const std::pair<std::string, std::string> table[] = {
      {"accept", R"({"jsonrpc":"2.0","result":{"timestamp":1763869200123,"results":[)" + entry +
                     R"(SUCCESS"}]},"id":"7f3c"})"},
      {"unregistered",
       error + R"(-1,"message":"Failed to send message",)" + failed +
           R"({"recipientAddress":{"uuid":null,"number":"+14155552671","username":null},"type":"UNREGISTERED_FAILURE"})" +
           tail},
      {"identity", error + R"(-4,"message":"Failed to send message due to untrusted identities",)" +
                       failed + entry + R"(IDENTITY_FAILURE"})" + tail},
      {"rate_limit", error + R"(-5,"message":"Failed to send message due to rate limiting",)" +
                         failed + entry + R"(RATE_LIMIT_FAILURE","retryAfterSeconds":3600})" +
                         tail},
      {"rate_limit_captcha",
       error + R"(-5,"message":"Failed to send message due to rate limiting",)" + failed + entry +
           R"(RATE_LIMIT_FAILURE","token":"2fd3","retryAfterSeconds":3600})" + tail},
      {"network_failure", error + R"(-1,"message":"Failed to send message",)" + failed + entry +
                              R"(NETWORK_FAILURE"})" + tail},
      {"invalid_pre_key", error + R"(-1,"message":"Failed to send message",)" + failed + entry +
                              R"(INVALID_PRE_KEY_FAILURE"})" + tail},
      {"io_error",
       error +
           R"(-32603,"message":"Failed to send message: Network is unreachable (ConnectException) (UnexpectedErrorException))" +
           plain_tail},
      {"internal_error",
       error + R"(-32603,"message":"No value present (NoSuchElementException))" + plain_tail},
      {"unknown_host",
       error +
           R"(-32603,"message":"Failed to send message: chat.signal.org (UnknownHostException) (UnexpectedErrorException))" +
           plain_tail},
      {"account_unknown",
       error + R"(-32602,"message":"Specified account does not exist)" + plain_tail},
      {"garbage", "<html>Bad gateway</html>"},
      {"accept_then_garbage", "<html>Bad gateway</html>"},
  };
  daemon d;
  for (const auto& [name, wanted] : table) {
    d.behave(R"({"retry_after_s":3600,"outcomes":{")" + name + R"(":1}})");
    BOOST_TEST(d.send(R"(["+14155552671"])") == wanted);
    BOOST_TEST(d.out.status == 200U);
    BOOST_TEST(d.at.counts.of(*outcome_named(name)) == 1U);
  }
  BOOST_TEST(d.at.counts.accepted() == 2U);
  BOOST_TEST(d.at.counts.calls() == std::size(table));
}

BOOST_AUTO_TEST_CASE(each_fault_of_the_connection_is_counted_as_what_the_provider_did) {
  struct row {
    const char* name;
    wire_action action;
    unsigned status;
    unsigned accepted;
  };
  const row table[] = {
      {"http_500", wire_action::answer, 500, 0},
      {"http_404", wire_action::answer, 404, 0},
      {"accept_then_cut", wire_action::cut, 200, 1},
      {"accept_then_drop", wire_action::reset, 200, 1},
      {"drop", wire_action::close, 200, 0},
      {"never_answer", wire_action::hold, 200, 0},
      {"accept_never_answer", wire_action::hold, 200, 1},
  };
  for (const row& r : table) {
    daemon d;
    d.behave(R"({"outcomes":{")" + std::string(r.name) + R"(":1}})");
    d.send(R"("+14155552671")");
    BOOST_TEST((d.out.action == r.action), r.name);
    BOOST_TEST(d.out.status == r.status, r.name);
    BOOST_TEST(d.at.counts.accepted() == r.accepted, r.name);
  }
}

BOOST_AUTO_TEST_CASE(a_captcha_is_asked_for_until_it_is_solved) {
  const auto submit = [](daemon& d, std::string_view captcha) {
    return d.post(
        R"({"jsonrpc":"2.0","id":1,"method":"submitRateLimitChallenge","params":{"account":"+1",)"
        R"("challenge":"2fd3","captcha":")" +
        std::string(captcha) + R"("}})");
  };
  daemon d;
  d.behave(R"({"outcomes":{"rate_limit_captcha":1}})");
  const auto asked = [&d] {
    return d.send(R"("+14155552671")").find("RATE_LIMIT_FAILURE") != std::string::npos;
  };
  BOOST_TEST(asked());
  BOOST_TEST(
      submit(d, "signalcaptcha://nonsense") ==
      R"({"jsonrpc":"2.0","error":{"code":-3,"message":"Submit challenge error: StatusCode: 400","data":null},"id":1})");
  BOOST_TEST(asked());
  BOOST_TEST(submit(d, "signalcaptcha://signal-hcaptcha.a.challenge.b") ==
             R"({"jsonrpc":"2.0","result":{},"id":1})");
  BOOST_TEST(!asked());
  // With or without its scheme it can be used once.
  BOOST_TEST(
      submit(d, "signal-hcaptcha.a.challenge.b")
          .starts_with(R"({"jsonrpc":"2.0","error":{"code":-6,"message":"Captcha rejected,)"));
}

BOOST_AUTO_TEST_CASE(invalid_sends_are_refused_and_not_counted_as_calls) {
  struct row {
    const char *params, *code, *beginning;
  };
  const row table[] = {
      {R"({"recipient":"+14155552671","message":"x"})", "-32602",
       "Method requires valid account parameter"},
      {R"({"account":"+19995550100","recipient":"+14155552671","message":"x"})", "-32602",
       "Specified account does not exist"},
      {R"({"account":"+14155550100","message":"x"})", "-1", "No recipients given"},
      {R"({"account":"+14155550100","recipient":[],"message":"x"})", "-1", "No recipients given"},
      {R"({"account":"+14155550100","recipient":"0123","message":"x"})", "-1",
       "Invalid phone number '0123': "},
      {R"({"account":"+14155550100","recipient":["+14155552671","+12"],"message":"x"})", "-1",
       "Invalid phone number '+12': "},
      {R"({"account":"+14155550100","groupId":"%%","message":"x"})", "-1", "Invalid group id: "},
      {R"({"account":"+14155550100","recipient":"+14155552671","message":""})", "-1",
       "Sending empty message is not allowed, "},
      {R"({"account":"+14155550100","recipient":"+14155552671"})", "-1",
       "Sending empty message is not allowed, "},
  };
  daemon d({account, "+14155550101"});
  for (const row& r : table) {
    const std::string& got = d.post(R"({"jsonrpc":"2.0","id":3,"method":"send","params":)" +
                                    std::string(r.params) + "}");
    const std::string wanted = R"({"jsonrpc":"2.0","error":{"code":)" + std::string(r.code) +
                               R"(,"message":")" + r.beginning;
    BOOST_TEST(got.starts_with(wanted), got);
    BOOST_TEST(got.ends_with(R"("data":null},"id":3})"), got);
  }
  BOOST_TEST(d.at.counts.refused() == std::size(table));
  BOOST_TEST(d.at.counts.calls() + d.at.counts.accepted() == 0U);
}

BOOST_AUTO_TEST_CASE(the_account_may_be_left_out_when_there_is_only_one) {
  daemon d({account});
  d.post(
      R"({"jsonrpc":"2.0","id":3,"method":"send","params":{"recipient":"+14155552671","message":"x"}})");
  BOOST_TEST(d.at.counts.accepted_of("+14155552671", "x") == 1U);
  BOOST_TEST(d.post(R"({"jsonrpc":"2.0","method":"listAccounts","id":1})") ==
             R"({"jsonrpc":"2.0","result":[{"number":"+14155550100"}],"id":1})");
}

BOOST_AUTO_TEST_CASE(a_number_is_counted_in_its_canonical_form) {
  daemon d;
  BOOST_TEST(d.send(R"("+1 (415) 555-2671")").find(R"("number":"+14155552671")") !=
             std::string::npos);
  BOOST_TEST(d.at.counts.accepted_of("+14155552671", "hello") == 1U);
}

BOOST_AUTO_TEST_CASE(with_one_success_the_failures_are_inside_the_result) {
  daemon d;
  d.behave(R"({"by_recipient":{"+14155552672":"unregistered","+14155552673":"rate_limit"}})");
  const auto got = json::parse(d.send(R"(["+14155552671","+14155552672","+14155552673"])"));
  const auto& results = got.at("result").at("results").as_array();
  BOOST_REQUIRE_EQUAL(results.size(), 3U);
  BOOST_TEST(results[0].at("type").as_string() == "SUCCESS");
  BOOST_TEST(results[1].at("type").as_string() == "UNREGISTERED_FAILURE");
  BOOST_TEST(results[2].at("type").as_string() == "RATE_LIMIT_FAILURE");
  BOOST_TEST(d.at.counts.accepted() == 1U);
}

BOOST_AUTO_TEST_CASE(mixed_failures_are_a_plain_user_error) {
  daemon d;
  d.behave(R"({"by_recipient":{"+14155552672":"identity","+14155552673":"rate_limit"}})");
  BOOST_TEST(
      d.send(R"(["+14155552672","+14155552673"])")
          .starts_with(
              R"({"jsonrpc":"2.0","error":{"code":-1,"message":"Failed to send message","data":{"response":)"));
}

BOOST_AUTO_TEST_CASE(timestamps_are_never_the_same) {
  daemon d;
  const auto timestamp = [&d] {
    return json::
        parse(d.post(
                  R"({"jsonrpc":"2.0","id":1,"method":"send","params":{"account":"+1","recipient":"+14155552671","message":"x"}})"))
            .at("result")
            .at("timestamp")
            .as_int64();
  };
  const auto first = timestamp();
  BOOST_TEST(timestamp() > first);
}

BOOST_AUTO_TEST_CASE(measures_how_long_a_message_of_the_load_generator_took) {
  daemon d;
  d.send(R"("+14155552671")", "bench:1:9999000000 xxx");  // asked at 10 s: one millisecond later
  d.send(R"("+14155552671")", "bench:nonsense");
  BOOST_TEST(d.at.accept_to_provider.count() == 1U);
  BOOST_TEST(d.at.accept_to_provider.max().count() == 1'000'000);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::provider_sim
