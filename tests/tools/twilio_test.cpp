#include "tools/provider-sim/twilio.hpp"

#include "tests/tools/protocol_world.hpp"
#include "tools/provider-sim/base64.hpp"
#include "tools/provider-sim/signature.hpp"

#include <boost/json.hpp>

/// Witness: as in tests/actors/providers/sms/sms_twilio_test.cpp.
namespace postrider::provider_sim {
namespace {

namespace json = boost::json;

const std::string account = "AC0123456789abcdef0123456789abcdef";
const std::string path = "/2010-04-01/Accounts/" + account + "/Messages.json";
const std::string good = "To=%2B14155552671&From=%2B14155550100&Body=hello";
const std::string form_type = "application/x-www-form-urlencoded";

std::string basic(const std::string& user, const std::string& password) {
  return "Basic " + to_base64(user + ':' + password);
}

struct world : protocol_world<twilio> {
  explicit world(const std::string& token = "") : protocol_world<twilio>(token) {}

  const reply& send(std::string_view body = good) {
    const std::string login = basic(account, "token");
    return ask({.method = "POST",
                .path = path,
                .content_type = form_type,
                .body = body,
                .authorization = login});
  }
  json::value answer() const { return json::parse(out.body); }
};

BOOST_AUTO_TEST_SUITE(twilio_test)

BOOST_AUTO_TEST_CASE(a_created_message_has_all_members) {
  world w;
  w.send();
  BOOST_TEST(w.out.status == 201U);
  const json::object got = w.answer().as_object();
  const std::string sid = got.at("sid").as_string().c_str();
  BOOST_TEST(sid.size() == 34U);
  BOOST_TEST(sid.starts_with("SM"));
  std::string names;
  for (const auto& member : got)
    names += std::string(member.key()) + ' ';
  BOOST_TEST(names ==
             "sid status error_code error_message num_segments num_media to from "
             "messaging_service_sid body direction date_created date_sent date_updated price "
             "price_unit api_version account_sid uri subresource_uris ");
  BOOST_TEST(got.at("status").as_string() == "queued");
  BOOST_TEST(got.at("num_segments").as_string() == "1");
  BOOST_TEST(got.at("to").as_string() == "+14155552671");
  BOOST_TEST(got.at("messaging_service_sid").is_null());
  BOOST_TEST(got.at("uri").as_string() ==
             "/2010-04-01/Accounts/" + account + "/Messages/" + sid + ".json");
  BOOST_TEST(w.at.counts.accepted_of("+14155552671", "hello") == 1U);
  BOOST_TEST(w.out.errands.empty());
  w.send();
  BOOST_TEST(w.answer().at("sid").as_string() != sid);
}

BOOST_AUTO_TEST_CASE(a_messaging_service_takes_the_place_of_a_sender) {
  world w;
  w.send("To=%2B14155552671&MessagingServiceSid=MG0123456789abcdef0123456789abcdef&Body=hello");
  BOOST_TEST(w.out.status == 201U);
  BOOST_TEST(w.answer().at("status").as_string() == "accepted");
  BOOST_TEST(w.answer().at("from").is_null());
  BOOST_TEST(w.answer().at("num_segments").as_string() == "0");
}

BOOST_AUTO_TEST_CASE(faulty_fields_have_their_codes) {
  struct row {
    std::string body;
    std::int64_t code;
  };
  const std::string from = "&From=%2B14155550100", to = "To=%2B14155552671";
  const row table[] = {
      {"From=%2B14155550100&Body=x", 21604},
      {"To=" + from + "&Body=x", 21604},
      {"To=%2B1asd" + from + "&Body=x", 21211},
      {"To=+14155552671" + from + "&Body=x", 21211},
      {to + "&Body=x", 21603},
      {to + "&MessagingServiceSid=MGx&Body=x", 21701},
      {to + from, 21602},
      {to + from + "&Body=", 21602},
      {to + from + "&Body=" + std::string(1601, 'x'), 21617},
      {to + from + "&Body=x&ValidityPeriod=abc", 21624},
      {to + from + "&Body=x&ValidityPeriod=0", 21624},
      {to + from + "&Body=x&ValidityPeriod=36001", 21624},
      {to + from + "&Body=x&StatusCallback=nowhere", 21609},
      {to + from + "&Body=x&StatusCallback=http://a_b.example.org/", 21609},
      {to + from + "&Body=%zz", 21604},
      {to + from + "&Body=%ff", 21604},
  };
  world w;
  for (const row& r : table) {
    w.send(r.body);
    BOOST_TEST(w.out.status == 400U, r.body);
    BOOST_TEST(w.answer().at("code").as_int64() == r.code, r.body);
    BOOST_TEST(w.answer().at("status").as_int64() == 400);
    BOOST_TEST(w.answer().at("more_info").as_string() ==
               "https://www.twilio.com/docs/errors/" + std::to_string(r.code));
  }
  BOOST_TEST(w.at.counts.refused() == std::size(table));
  BOOST_TEST(w.at.counts.calls() == 0U);
  for (const char* fine : {"&ValidityPeriod=36000", "&StatusCallback=https://example.org/a_b",
                           "&StatusCallback=http://example.org?a_b"})
    BOOST_TEST(w.send(good + fine).status == 201U, fine);
  w.send(to + from + "&Body=" + std::string(1600, 'x'));
  BOOST_TEST(w.answer().at("num_segments").as_string() == "11");
}

BOOST_AUTO_TEST_CASE(only_the_account_with_its_token_is_let_in) {
  struct row {
    std::string login, type;
    unsigned status;
    std::int64_t code;
  };
  const row table[] = {
      {basic(account, "secret"), form_type, 201, 0},
      {basic("SK0123456789abcdef0123456789abcdef", "secret"), form_type + "; charset=utf-8", 201,
       0},
      {basic(account, "wrong"), form_type, 401, 20003},
      {basic("AC9", "secret"), form_type, 401, 20003},
      {"", form_type, 401, 20003},
      {"Bearer secret", form_type, 401, 20003},
      {basic(account, "secret"), "application/json", 400, 21604},
      {basic(account, "secret"), "", 400, 21604},
  };
  world w("secret");
  for (const row& r : table) {
    w.ask({.method = "POST",
           .path = path,
           .content_type = r.type,
           .body = good,
           .authorization = r.login});
    BOOST_TEST(w.out.status == r.status, r.login << ' ' << r.type);
    if (r.code) BOOST_TEST(w.answer().at("code").as_int64() == r.code);
  }
  BOOST_TEST(w.ask({.method = "POST", .path = "/2010-04-01/Accounts.json"}).status == 404U);
  BOOST_TEST(w.ask({.method = "GET", .path = path}).status == 405U);
}

BOOST_AUTO_TEST_CASE(outcomes_have_codes_of_twilio) {
  struct row {
    const char* outcome;
    unsigned status;
    std::int64_t code;
  };
  const row table[] = {{"unregistered", 400, 21614},    {"identity", 400, 21610},
                       {"rate_limit", 429, 20429},      {"rate_limit_captcha", 429, 21611},
                       {"network_failure", 500, 20500}, {"internal_error", 500, 20500},
                       {"io_error", 503, 20503},        {"invalid_pre_key", 400, 21612},
                       {"unknown_host", 400, 21606},    {"account_unknown", 401, 20003}};
  for (const row& r : table) {
    world w;
    w.behave(outcome_only(r.outcome));
    w.send();
    BOOST_TEST(w.out.status == r.status, r.outcome);
    BOOST_TEST(w.answer().at("code").as_int64() == r.code, r.outcome);
    BOOST_TEST(!w.answer().at("message").as_string().empty());
    BOOST_TEST(w.at.counts.accepted() == 0U);
  }
  check_exchanges<world>([](world& w) { w.send(); });
}

BOOST_AUTO_TEST_CASE(a_rule_gives_status_and_code_in_general_or_to_one_recipient) {
  world w;
  w.behave(R"({"outcomes":{"reply":1},"reply":{"status":400,"code":21408},)"
           R"("by_recipient":{"+14155552672":{"status":500,"code":20500,"accepted":true}}})");
  w.send();
  BOOST_TEST(w.answer().at("code").as_int64() == 21408);
  w.send("To=%2B14155552672&From=%2B14155550100&Body=hello");
  BOOST_TEST(w.out.status == 500U);
  BOOST_TEST(w.at.counts.accepted_of("+14155552672", "hello") == 1U);
  BOOST_TEST(w.at.counts.accepted() == 1U);
}

std::string statuses(const world& w) {
  std::string list;
  for (std::size_t i = 0; i < w.out.errands.size(); ++i)
    list += std::string(form::parse(w.report(i).body)->get("MessageStatus")) + ' ';
  return list;
}

BOOST_AUTO_TEST_CASE(callbacks_follow_the_receipts) {
  struct row {
    const char *receipts, *statuses;
    bool first;
  };
  const row table[] = {
      {R"({"kind":"none"})", "", false},
      {R"({"kind":"delivered"})", "sent delivered ", false},
      {R"({"kind":"undelivered"})", "sent undelivered ", false},
      {R"({"kind":"failed"})", "failed ", false},
      {R"({"kind":"read"})", "sent delivered read ", false},
      {R"({"kind":"delivered","probability":0})", "sent ", false},
      {R"({"kind":"delivered","order":"reversed"})", "delivered sent ", false},
      {R"({"kind":"delivered","order":"before_answer"})", "sent delivered ", true},
      {R"({"kind":"delivered","by_recipient":{"+14155552671":"failed"}})", "failed ", false},
  };
  for (const row& r : table) {
    world w;
    w.behave(R"({"receipts":)" + std::string(r.receipts) + '}');
    w.send(good + "&StatusCallback=http://127.0.0.1:1/cb");
    BOOST_TEST(statuses(w) == r.statuses, r.receipts);
    BOOST_TEST(w.out.errands_first == r.first, r.receipts);
    w.send();
    BOOST_TEST(w.out.errands.empty());
  }
}

BOOST_AUTO_TEST_CASE(callbacks_are_signed_forms) {
  world w("secret");
  w.behave(R"({"receipts":{"kind":"undelivered","error_code":30005,"delay_ms":7}})");
  const std::string login = basic(account, "secret");
  const std::string body = good + "&StatusCallback=" + percent_encode("http://127.0.0.1:1/cb?d=7");
  w.ask({.method = "POST",
         .path = path,
         .content_type = form_type,
         .body = body,
         .authorization = login});
  const std::string sid = json::parse(w.out.body).at("sid").as_string().c_str();
  BOOST_REQUIRE_EQUAL(w.out.errands.size(), 2U);
  BOOST_TEST(w.out.errands[1].pause.count() == 7000);
  const callback& last = w.report(1);
  BOOST_TEST(last.url == "http://127.0.0.1:1/cb?d=7");
  BOOST_TEST(last.method == "POST");
  BOOST_TEST(last.attempts == 1U);
  const auto fields = form::parse(last.body);
  BOOST_TEST(fields->get("MessageSid") == sid);
  BOOST_TEST(fields->get("SmsSid") == sid);
  BOOST_TEST(fields->get("SmsStatus") == "undelivered");
  BOOST_TEST(fields->get("To") == "+14155552671");
  BOOST_TEST(fields->get("AccountSid") == account);
  BOOST_TEST(fields->get("ErrorCode") == "30005");
  BOOST_TEST(last.headers.at(0).first == "X-Twilio-Signature");
  BOOST_TEST(last.headers.at(0).second == twilio_signature("secret", last.url, *fields));
  BOOST_TEST(!form::parse(w.report(0).body)->find("ErrorCode"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::provider_sim
