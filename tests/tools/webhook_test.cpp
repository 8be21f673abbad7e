#include "tools/provider-sim/webhook.hpp"

#include "tests/tools/protocol_world.hpp"
#include "tools/provider-sim/signature.hpp"

namespace postrider::provider_sim {
namespace {

const std::string event = R"({"type":"message","timestamp":"t","data":{"text":"hello"}})";

struct world : protocol_world<webhook> {
  explicit world(const std::string& key = "") : protocol_world<webhook>(key) {}

  const reply& post(std::string_view id = "msg_1") {
    return ask({.method = "POST", .path = "/hook/a", .body = event, .webhook_id = id});
  }
};

BOOST_AUTO_TEST_SUITE(webhook_test)

BOOST_AUTO_TEST_CASE(events_are_counted_by_text_and_by_id) {
  world w;
  for (const char* id : {"msg_1", "msg_1", "msg_2"})
    BOOST_TEST(w.post(id).status == 200U);
  BOOST_TEST(w.at.counts.accepted_of("/hook/a", "hello") == 3U);
  BOOST_TEST(w.at.webhook_ids.accepted_of_body("msg_1") == 2U);
  BOOST_TEST(w.at.webhook_ids.distinct() == 2U);
  BOOST_TEST(w.at.webhook_ids.repeated() == 1U);
  BOOST_TEST(w.ask({.method = "GET", .path = "/hook/a"}).status == 405U);
}

BOOST_AUTO_TEST_CASE(the_text_is_looked_for_in_data) {
  const std::pair<const char*, const char*> table[] = {
      {R"({"data":{"text":"a","message":"b"}})", "a"},
      {R"({"data":{"text":1,"message":"b"}})", "b"},
      {R"({"data":{"body":"c"}})", "c"},
      {R"({"data":"d"})", "d"},
      {R"({"data":{"x":"y"}})", R"({"data":{"x":"y"}})"},
      {R"({"text":"e"})", R"({"text":"e"})"},
      {"not JSON", "not JSON"},
  };
  for (const auto& [body, text] : table)
    BOOST_TEST(webhook_text(body) == text);
}

BOOST_AUTO_TEST_CASE(outcomes_are_statuses) {
  struct row {
    const char* outcome;
    unsigned status;
    const char* headers;
  };
  const row table[] = {{"unregistered", 410, ""},
                       {"identity", 403, ""},
                       {"rate_limit", 429, "Retry-After: 60\r\n"},
                       {"network_failure", 502, ""},
                       {"invalid_pre_key", 400, ""},
                       {"io_error", 503, "Retry-After: 60\r\n"},
                       {"internal_error", 500, ""},
                       {"unknown_host", 504, ""},
                       {"account_unknown", 401, ""}};
  for (const row& r : table) {
    world w;
    w.behave(outcome_only(r.outcome));
    BOOST_TEST(w.post().status == r.status, r.outcome);
    BOOST_TEST(w.out.more_headers == r.headers, r.outcome);
    BOOST_TEST(w.at.counts.accepted() + w.at.webhook_ids.accepted() == 0U);
  }
  check_exchanges<world>([](world& w) { w.post(); });
}

BOOST_AUTO_TEST_CASE(a_rule_gives_any_status_with_its_headers) {
  struct row {
    const char* rule;
    unsigned status;
    const char* headers;
    unsigned accepted;
  };
  const row table[] = {
      {R"({"status":204,"accepted":true})", 204, "", 1},
      {R"({"status":302})", 302, "Location: /hook/moved\r\n", 0},
      {R"({"status":429,"retry_after":7})", 429, "Retry-After: 7\r\n", 0},
      {R"({"status":503,"retry_after":"Mon, 23 Nov 2026 03:40:00 GMT"})", 503,
       "Retry-After: Mon, 23 Nov 2026 03:40:00 GMT\r\n", 0},
      {R"({"status":500,"accepted":true})", 500, "", 1},
  };
  for (const row& r : table) {
    world w;
    w.behave(R"({"by_recipient":{"/hook/a":)" + std::string(r.rule) + "}}");
    BOOST_TEST(w.post().status == r.status, r.rule);
    BOOST_TEST(w.out.more_headers == r.headers, r.rule);
    BOOST_TEST(w.at.counts.accepted() == r.accepted, r.rule);
  }
}

BOOST_AUTO_TEST_CASE(a_rule_can_stall_its_answer) {
  world w;
  w.behave(R"({"outcomes":{"reply":1},"reply":{"status":410,"message":"Gone","then":"stall"}})");
  BOOST_TEST(w.post().status == 410U);
  BOOST_TEST(w.out.body == "Gone");
  BOOST_TEST((w.out.action == wire_action::stall));
}

BOOST_AUTO_TEST_CASE(a_bad_signature_is_counted_and_refused) {
  const std::string key = webhook_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  world w(key);
  const std::string now = std::to_string(std::time(nullptr));
  const std::string mac = "v1," + webhook_mac(key, "msg_1", now, event);
  const auto post = [&](std::string_view id, std::string_view signature) {
    return w
        .ask({.method = "POST",
              .path = "/hook/a",
              .body = event,
              .webhook_id = id,
              .webhook_timestamp = now,
              .webhook_signature = signature})
        .status;
  };
  BOOST_TEST(post("msg_1", mac) == 200U);
  BOOST_TEST(post("msg_2", mac) == 401U);
  BOOST_TEST(w.out.body == "No matching signature found");
  BOOST_TEST(post("msg_1", "") == 401U);
  BOOST_TEST(w.at.bad_signatures == 2U);
  BOOST_TEST(w.at.counts.accepted() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::provider_sim
