#include "tools/provider-sim/ntfy.hpp"

#include "tests/tools/protocol_world.hpp"

#include <boost/json.hpp>

namespace postrider::provider_sim {
namespace {

namespace json = boost::json;

struct world : protocol_world<ntfy> {
  explicit world(const std::string& token = "") : protocol_world<ntfy>(token) {}

  const reply& post(std::string_view body = R"({"topic":"alerts","message":"hello"})",
                    std::string_view authorization = "") {
    return ask({.method = "POST", .path = "/", .body = body, .authorization = authorization});
  }
};

BOOST_AUTO_TEST_SUITE(ntfy_test)

BOOST_AUTO_TEST_CASE(a_published_message_comes_back) {
  world w;
  const json::value got = json::parse(w.post().body);
  BOOST_TEST(w.out.status == 200U);
  BOOST_TEST(got.at("id").as_string().size() == 12U);
  BOOST_TEST(got.at("expires").as_int64() - got.at("time").as_int64() == 12 * 3600);
  BOOST_TEST(got.at("event").as_string() == "message");
  BOOST_TEST(got.at("topic").as_string() == "alerts");
  BOOST_TEST(got.at("message").as_string() == "hello");
  BOOST_TEST(w.at.counts.accepted_of("alerts", "hello") == 1U);
  BOOST_TEST(json::parse(w.post().body).at("id") != got.at("id"));
}

BOOST_AUTO_TEST_CASE(bad_requests_have_codes_of_ntfy) {
  struct row {
    std::string body, authorization;
    unsigned status;
    std::int64_t code;
  };
  const row table[] = {
      {"nonsense", "Bearer tk_1", 400, 40024},
      {"[]", "Bearer tk_1", 400, 40024},
      {R"({"topic":"a","message":5})", "Bearer tk_1", 400, 40024},
      {R"({"message":"x"})", "Bearer tk_1", 400, 40009},
      {R"({"topic":"a/b","message":"x"})", "Bearer tk_1", 400, 40009},
      {R"({"topic":")" + std::string(65, 'a') + R"(","message":"x"})", "Bearer tk_1", 400, 40009},
      {R"({"topic":"a","message":")" + std::string(4097, 'a') + R"("})", "Bearer tk_1", 413, 41301},
      {R"({"topic":"a","message":"x"})", "", 401, 40101},
      {R"({"topic":"a","message":"x"})", "Bearer tk_2", 401, 40101},
  };
  world w("tk_1");
  for (const row& r : table) {
    BOOST_TEST(w.post(r.body, r.authorization).status == r.status, r.body);
    BOOST_TEST(json::parse(w.out.body).at("code").as_int64() == r.code, r.body);
    BOOST_TEST(json::parse(w.out.body).at("http").as_int64() == r.status, r.body);
  }
  BOOST_TEST(w.at.counts.refused() == std::size(table));
}

BOOST_AUTO_TEST_CASE(outcomes_have_codes_of_ntfy) {
  struct row {
    const char* outcome;
    unsigned status;
    const char* body;
  };
  const row table[] = {
      {"rate_limit", 429,
       R"({"code":42901,"http":429,"error":"limit reached: too many requests","link":"https://ntfy.sh/docs/publish/#limitations"})"
       "\n"},
      {"rate_limit_captcha", 429,
       R"({"code":42908,"http":429,"error":"limit reached: daily message quota reached","link":"https://ntfy.sh/docs/publish/#limitations"})"
       "\n"},
      {"identity", 403,
       R"({"code":40301,"http":403,"error":"forbidden","link":"https://ntfy.sh/docs/publish/#authentication"})"
       "\n"},
      {"internal_error", 500,
       R"({"code":50001,"http":500,"error":"internal server error"})"
       "\n"},
      {"network_failure", 507,
       R"({"code":50701,"http":507,"error":"cannot publish to UnifiedPush topic without previously active subscriber"})"
       "\n"},
  };
  for (const row& r : table) {
    world w;
    w.behave(outcome_only(r.outcome));
    BOOST_TEST(w.post().status == r.status, r.outcome);
    BOOST_TEST(w.out.body == r.body);
    BOOST_TEST(w.at.counts.accepted() == 0U);
  }
  check_exchanges<world>([](world& w) { w.post(); });
  world w;
  w.behave(R"({"outcomes":{"reply":1},"reply":{"status":429,"code":42909}})");
  BOOST_TEST(json::parse(w.post().body).at("error").as_string() ==
             "limit reached: too many auth failures");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::provider_sim
