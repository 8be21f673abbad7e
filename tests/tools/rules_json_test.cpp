#include "tools/provider-sim/rules_json.hpp"

#include "tools/provider-sim/behaviour_json.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

namespace postrider::provider_sim {
namespace {

namespace json = boost::json;

behaviour_settings settings_of(std::string_view text) {
  behaviour_settings result;
  BOOST_REQUIRE_EQUAL(read_behaviour(text, result), "");
  return result;
}

BOOST_AUTO_TEST_SUITE(rules_json_test)

BOOST_AUTO_TEST_CASE(names_what_is_wrong_with_a_rule) {
  const std::pair<const char*, const char*> table[] = {
      {R"({"reply": 5})", "reply: must be an object such as {\"status\": 400, \"code\": 21610}"},
      {R"({"reply": {}})", "reply: needs a status"},
      {R"({"reply": {"status": 99}})", "reply: status must be a number from 200 to 599"},
      {R"({"reply": {"status": 400, "code": "x"}})", "reply: code must be a whole number"},
      {R"({"reply": {"status": 400, "cod": 1}})", "reply: unknown member: cod"},
      {R"({"reply": {"status": 400, "message": "a\r\nb"}})",
       "reply: message must be a text of one line"},
      {R"({"reply": {"status": 400, "then": "sleep"}})",
       "reply: then must be one of go_on, close, drop, never_answer, stall"},
      {R"({"outcomes": {"reply": 1}})",
       "the outcomes reply and accept_then_reply need the member reply"},
      {R"({"by_recipient": {"+1": "accept_then_reply"}})",
       "the outcomes reply and accept_then_reply need the member reply"},
      {R"({"by_recipient": {"+1": {"code": 1}}})", "by_recipient: needs a status"},
      {R"({"stages": {"quit": {"status": 500}}})",
       "stages: a stage must be one of greeting, ehlo, auth, mail, rcpt, data, dot"},
      {R"({"stages": {"mail": {}}})", "stages: mail: needs a status"},
      {R"({"stages": {"mail": {"status": 452, "after": -1}}})",
       "stages: mail: after must be a number of messages"},
      {R"({"receipts": {"kind": "lost"}})",
       "receipts: kind must be one of none, delivered, undelivered, failed, read"},
      {R"({"receipts": {"probability": 2}})", "receipts: probability must be a number from 0 to 1"},
      {R"({"receipts": {"delay_ms": [2, 1]}})",
       "receipts: delay_ms must be a number of milliseconds or [min, max]"},
      {R"({"receipts": {"when": 1}})", "receipts: unknown member: when"},
  };
  for (const auto& [text, faults] : table) {
    behaviour_settings ignored;
    BOOST_TEST(read_behaviour(text, ignored) == faults);
  }
}

BOOST_AUTO_TEST_CASE(gives_back_the_rules_that_were_set) {
  const char* text =
      R"({"by_recipient":{"+1":[{"status":400,"code":21610},"accept"]},)"
      R"("reply":{"status":503,"retry_after":"120","accepted":true},)"
      R"("stages":{"mail":{"status":451,"enhanced":"4.3.2","after":10},"dot":{"then":"drop"}},)"
      R"("receipts":{"kind":"read","probability":0.5,"delay_ms":[1,2],"order":"reversed",)"
      R"("error_code":30005,"by_recipient":{"+2":"failed"}}})";
  const json::object once = write_behaviour(settings_of(text));
  BOOST_TEST(once.at("by_recipient").at("+1").at(0).at("code").as_int64() == 21610);
  BOOST_TEST(once.at("reply").at("retry_after").as_string() == "120");
  BOOST_TEST(once.at("stages").at("dot").at("then").as_string() == "drop");
  BOOST_TEST(once.at("receipts").at("by_recipient").at("+2").as_string() == "failed");
  BOOST_TEST((write_behaviour(settings_of(json::serialize(once))) == once));
}

BOOST_AUTO_TEST_CASE(a_recipient_takes_turns_with_replies_of_its_own) {
  behaviour rules(settings_of(
      R"({"by_recipient":{"+1":[{"status":400,"code":21610},{"status":500,"accepted":true},"accept"]}})"));
  const decision first = rules.decide("+1");
  BOOST_TEST((first.what == outcome::reply));
  BOOST_TEST(first.rule->code == 21610);
  const decision second = rules.decide("+1");
  BOOST_TEST((second.what == outcome::accept_then_reply));
  BOOST_TEST(second.rule->status == 500U);
  BOOST_TEST((rules.next_turn("+1")->what == outcome::accept));
  BOOST_TEST((rules.decide("+1").what == outcome::accept));
  BOOST_TEST(!rules.next_turn("+2"));
}

BOOST_AUTO_TEST_CASE(receipts_have_draws_of_their_own) {
  const char* text =
      R"({"outcomes":{"accept":1,"drop":1},"receipts":{"kind":"delivered","probability":0.5,"delay_ms":[10,20]}})";
  behaviour with(settings_of(text)), without(settings_of(text));
  int complete = 0;
  for (int i = 0; i < 2000; ++i) {
    const receipt_plan plan = with.plan_receipts("+1");
    complete += plan.is_complete ? 1 : 0;
    BOOST_REQUIRE(plan.pause.count() >= 10'000 && plan.pause.count() <= 20'000);
    BOOST_REQUIRE((with.decide("+1").what == without.decide("+1").what));
  }
  BOOST_TEST(complete > 900);
  BOOST_TEST(complete < 1100);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::provider_sim
