#include "actors/api/event_json.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

/// An event that a case may change before it is written.
struct changeable {
  persistence::found_event found;
  std::string provider;
};

changeable some_event() {
  changeable e;
  e.found.place = {{3, 1'245'184}, 2};
  e.found.at = persistence::time_point(std::chrono::microseconds(1'763'869'200'123'456));
  e.found.event.type = persistence::event_type::attempt_failed;
  e.found.event.transaction = 4711;
  e.found.event.message = *persistence::parse_message_id("01a22803-702b-7000-8a65-87eb37ec0c3e");
  e.found.event.user = 7;
  e.found.event.recipient_no = 1;
  e.found.event.attempts = 2;
  e.found.event.error = persistence::error_code::throttled;
  e.found.event.recipient = "+15551234567";
  e.found.event.detail = "429 \"slow\"\n";
  e.found.subject = std::make_shared<const persistence::event_subject>(
      persistence::event_subject{R"({"order":"42"})", true, "order-42"});
  e.provider = "signal-main";
  return e;
}

std::string json_of(const changeable& e) {
  std::string out;
  append_event_json(out, {std::make_shared<const persistence::found_event>(e.found), e.provider});
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(event_json)

BOOST_AUTO_TEST_CASE(an_event_of_a_message) {
  BOOST_TEST(json_of(some_event()) ==
             R"({"id":"evt_3_1245184_2","type":"attempt.failed",)"
             R"("timestamp":"2025-11-23T03:40:00.123Z","data":{)"
             R"("message_id":"01a22803-702b-7000-8a65-87eb37ec0c3e","transaction_id":4711,)"
             R"("user_id":7,"recipient_no":1,"recipient":"+15551234567",)"
             R"("provider":"signal-main","attempts":2,"error_code":"throttled",)"
             R"("detail":"429 \"slow\"\n","possible_duplicate":false,"settled_by_hand":false,)"
             R"("test":true,"reference":"order-42","metadata":{"order":"42"}}})");
}

BOOST_AUTO_TEST_CASE(an_event_whose_message_is_gone) {
  auto e = some_event();
  e.found.subject.reset();
  e.found.event.error = persistence::error_code::none;
  e.found.event.detail.clear();
  e.provider.clear();
  const auto data = boost::json::parse(json_of(e)).at("data").as_object();
  for (const auto* name : {"reference", "metadata", "error_code", "detail", "provider"})
    BOOST_TEST(data.at(name).is_null());
  BOOST_TEST(data.at("test") == false);
}

BOOST_AUTO_TEST_CASE(an_event_of_a_provider) {
  auto e = some_event();
  e.found.node = 9;
  e.found.event = {};
  e.found.event.type = persistence::event_type::provider_down;
  e.found.event.detail = "5 failures";
  const auto data = boost::json::parse(json_of(e)).at("data");
  BOOST_TEST(
      (data == boost::json::parse(R"({"provider":"signal-main","detail":"5 failures","node":9})")));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::actors
