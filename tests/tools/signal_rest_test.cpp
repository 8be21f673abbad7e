#include "tools/provider-sim/signal_rest.hpp"

#include "tests/tools/protocol_world.hpp"

#include <boost/json.hpp>

/// Witness: as in tests/actors/providers/signal/signal_rest_test.cpp.
namespace postrider::provider_sim {
namespace {

namespace json = boost::json;

struct world : protocol_world<signal_rest> {
  explicit world(std::vector<std::string> accounts = {})
      : protocol_world<signal_rest>(std::move(accounts)) {}

  const reply& post(std::string_view body) {
    return ask({.method = "POST", .path = "/v2/send", .body = body});
  }
  const reply& send(const std::string& recipients = R"(["+14155552671"])") {
    return post(R"({"number":"+14155550100","recipients":)" + recipients +
                R"(,"message":"hello"})");
  }
};

BOOST_AUTO_TEST_SUITE(signal_rest_test)

BOOST_AUTO_TEST_CASE(every_path_has_its_status) {
  struct row {
    const char *method, *path;
    unsigned status;
  };
  const row table[] = {{"GET", "/v1/health", 204}, {"GET", "/v1/about", 200},
                       {"GET", "/v2/send", 404},   {"POST", "/v1/health", 404},
                       {"POST", "/v2/sent", 404},  {"GET", "/v1/search/+1", 400}};
  world w;
  for (const row& r : table)
    BOOST_TEST(w.ask({.method = r.method, .path = r.path}).status == r.status, r.path);
  BOOST_TEST(json::parse(w.ask({.method = "GET", .path = "/v1/about"}).body).at("mode") ==
             "json-rpc");
}

BOOST_AUTO_TEST_CASE(a_success_is_an_object_with_a_timestamp_as_text) {
  world w;
  const json::value got = json::parse(w.send().body);
  BOOST_TEST(w.out.status == 201U);
  BOOST_TEST(got.as_object().size() == 1U);
  BOOST_TEST(got.at("timestamp").as_string().size() == 13U);
  BOOST_TEST(json::parse(w.send().body).at("timestamp").as_string() >
             got.at("timestamp").as_string());
  BOOST_TEST(w.at.counts.accepted_of("+14155552671", "hello") == 2U);
}

BOOST_AUTO_TEST_CASE(refusals_are_400_with_a_text_but_for_rate_limits) {
  struct row {
    const char* outcome;
    unsigned status;
    const char* text;
  };
  const row table[] = {
      {"unregistered", 400, R"({"error":"Failed to send message"})"},
      {"network_failure", 400, R"({"error":"Failed to send message"})"},
      {"invalid_pre_key", 400, R"({"error":"Failed to send message"})"},
      {"identity", 400, R"({"error":"Failed to send message due to untrusted identities"})"},
      {"io_error", 400,
       R"x({"error":"Failed to send message: Network is unreachable (ConnectException) (UnexpectedErrorException)"})x"},
      {"internal_error", 400, R"x({"error":"No value present (NoSuchElementException)"})x"},
      {"unknown_host", 400,
       R"x({"error":"Failed to send message: chat.signal.org (UnknownHostException) (UnexpectedErrorException)"})x"},
      {"account_unknown", 400, R"({"error":"Specified account does not exist"})"},
  };
  for (const row& r : table) {
    world w;
    w.behave(outcome_only(r.outcome));
    BOOST_TEST(w.send().status == r.status, r.outcome);
    BOOST_TEST(w.out.body == r.text);
    BOOST_TEST(w.at.counts.accepted() == 0U);
  }
  for (const auto& [name, token] :
       {std::pair("rate_limit", ""),
        std::pair("rate_limit_captcha", "2fd3c1a0-7b61-4f0e-9d55-0c1e9b7f4a11")}) {
    world w;
    w.behave(outcome_only(name));
    const json::value got = json::parse(w.send().body);
    BOOST_TEST(w.out.status == 429U);
    BOOST_TEST(got.at("challenge_tokens").at(0).as_string() == token);
    BOOST_TEST(got.at("account").as_string() == "+14155550100");
    BOOST_TEST(w.out.more_headers == "");
  }
}

BOOST_AUTO_TEST_CASE(with_one_success_the_failures_are_lost) {
  world w;
  w.behave(R"({"by_recipient":{"+14155552672":"unregistered"}})");
  const json::value got = json::parse(w.send(R"(["+14155552671","+1415 555 2672"])").body);
  BOOST_TEST(w.out.status == 201U);
  BOOST_TEST(got.as_object().size() == 1U);
  BOOST_TEST(w.at.counts.accepted() == 1U);
}

BOOST_AUTO_TEST_CASE(a_captcha_is_asked_for_until_it_is_solved) {
  world w;
  w.behave(outcome_only("rate_limit_captcha"));
  const auto submit = [&w](std::string_view body) {
    return w
        .ask({.method = "POST",
              .path = "/v1/accounts/+14155550100/rate-limit-challenge",
              .content_type = "application/json",
              .body = body})
        .status;
  };
  BOOST_TEST(w.send().status == 429U);
  BOOST_TEST(submit("") == 400U);
  BOOST_TEST(submit(R"({"captcha":"signalcaptcha://signal-hcaptcha.a"})") == 400U);
  BOOST_TEST(w.out.body == R"({"error":"Couldn't process request - challenge token missing"})");
  BOOST_TEST(submit(R"({"challenge_token":"2fd3"})") == 400U);
  BOOST_TEST(w.out.body == R"({"error":"Couldn't process request - captcha missing"})");
  BOOST_TEST(submit(R"({"challenge_token":"2fd3","captcha":"nonsense"})") == 400U);
  BOOST_TEST(w.send().status == 429U);
  BOOST_TEST(
      submit(R"({"challenge_token":"2fd3","captcha":"signalcaptcha://signal-hcaptcha.a"})") ==
      204U);
  BOOST_TEST(w.out.body == "");
  BOOST_TEST(w.send().status == 201U);
}

BOOST_AUTO_TEST_CASE(bad_requests_have_their_fixed_texts) {
  const std::pair<const char*, const char*> table[] = {
      {"", "Couldn't process request - invalid request"},
      {"[]", "Couldn't process request - invalid request"},
      {R"({"number":"+1","recipients":"+2","message":"x"})",
       "Couldn't process request - invalid request"},
      {R"({"number":"+1","recipients":[],"message":"x"})",
       "Couldn't process request - please provide at least one recipient"},
      {R"({"recipients":["+2"],"message":"x"})",
       "Couldn't process request - please provide a valid number"},
      {R"({"number":"+9","recipients":["+2"],"message":"x"})", "Specified account does not exist"},
  };
  world w({"+1"});
  for (const auto& [body, text] : table) {
    BOOST_TEST(w.post(body).status == 400U);
    BOOST_TEST(json::parse(w.out.body).at("error").as_string() == text);
  }
  BOOST_TEST(w.at.counts.refused() == std::size(table));
}

BOOST_AUTO_TEST_CASE(a_search_tells_who_is_registered) {
  world w;
  w.behave(
      R"({"by_recipient":{"+14155552672":"unregistered","+14155552671":["unregistered","accept"]}})");
  const auto search = [&w] {
    return w
        .ask({.method = "GET",
              .path = "/v1/search/+1",
              .query = "numbers=%2B14155552671&numbers=%2B14155552672&numbers=%2B14155552673"})
        .body;
  };
  const std::string both =
      R"([{"number":"+14155552671","registered":false},{"number":"+14155552672","registered":false},{"number":"+14155552673","registered":true}])";
  BOOST_TEST(search() == both);
  w.send();
  BOOST_TEST(search() == both);
  w.send();
  BOOST_TEST(search().starts_with(R"([{"number":"+14155552671","registered":true},)"));
}

BOOST_AUTO_TEST_CASE(an_outcome_may_befall_the_exchange) {
  check_exchanges<world>([](world& w) { w.send(); });
}

BOOST_AUTO_TEST_CASE(a_rule_gives_status_and_text) {
  world w;
  w.behave(
      R"({"outcomes":{"accept_then_reply":1},"reply":{"status":400,"message":"process killed as timeout reached"}})");
  BOOST_TEST(w.send().status == 400U);
  BOOST_TEST(w.out.body == R"({"error":"process killed as timeout reached"})");
  BOOST_TEST(w.at.counts.accepted() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::provider_sim
