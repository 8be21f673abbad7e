#include "tools/provider-sim/signal_receipts.hpp"

#include "tests/tools/protocol_world.hpp"
#include "tools/provider-sim/signal_rpc.hpp"

#include <boost/json.hpp>

/// Witness: as in tests/actors/providers/signal/signal_receipts_test.cpp.
namespace postrider::provider_sim {
namespace {

namespace json = boost::json;

struct world : protocol_world<signal_rpc> {
  explicit world(std::vector<std::string> accounts = {})
      : protocol_world<signal_rpc>(std::move(accounts)) {}

  json::value send(const std::string& recipients) {
    const std::string body =
        R"({"jsonrpc":"2.0","id":1,"method":"send","params":{"account":"+14155550100","recipient":)" +
        recipients + R"(,"message":"hello"}})";
    ask({.method = "POST",
         .path = "/api/v1/rpc",
         .content_type = "application/json",
         .body = body});
    return out.body.empty() ? json::value() : json::parse(out.body);
  }
  const stream_event& event(std::size_t which) const {
    return std::get<stream_event>(out.errands.at(which).what);
  }
};

struct listener : event_sink {
  std::string heard;
  bool is_over = false;
  void push(std::string_view event) override { heard += event; }
  void end() override { is_over = true; }
};

BOOST_AUTO_TEST_SUITE(signal_receipts_test)

BOOST_AUTO_TEST_CASE(a_receipt_has_the_timestamp_of_the_send) {
  world w;
  w.behave(R"({"receipts":{"kind":"delivered","delay_ms":5}})");
  const json::value sent = w.send(R"("+14155552671")");
  BOOST_REQUIRE_EQUAL(w.out.errands.size(), 1U);
  BOOST_TEST(w.out.errands[0].pause.count() == 5000);
  BOOST_TEST(w.event(0).account == "+14155550100");
  const json::value event = json::parse(w.event(0).data);
  BOOST_TEST(event.at("account").as_string() == "+14155550100");
  const json::value& envelope = event.at("envelope");
  const json::value& recipient = sent.at("result").at("results").at(0).at("recipientAddress");
  BOOST_TEST(envelope.at("source").as_string() == "+14155552671");
  BOOST_TEST(envelope.at("sourceNumber").as_string() == "+14155552671");
  BOOST_TEST(envelope.at("sourceUuid") == recipient.at("uuid"));
  const json::value& receipt = envelope.at("receiptMessage");
  BOOST_TEST(receipt.at("isDelivery").as_bool());
  BOOST_TEST(!receipt.at("isRead").as_bool());
  BOOST_TEST(!receipt.at("isViewed").as_bool());
  BOOST_TEST(receipt.at("timestamps").at(0) == sent.at("result").at("timestamp"));
}

// d: delivered, r: read
std::string kinds(const world& w) {
  std::string list;
  for (std::size_t i = 0; i < w.out.errands.size(); ++i) {
    const json::value event = json::parse(w.event(i).data);
    list += event.at("envelope").at("receiptMessage").at("isRead").as_bool() ? 'r' : 'd';
  }
  return list;
}

BOOST_AUTO_TEST_CASE(receipts_are_as_the_behaviour_says) {
  struct row {
    const char *behaviour, *kinds;
    bool first;
  };
  const row table[] = {
      {R"({})", "", false},
      {R"({"receipts":{"kind":"delivered"}})", "d", false},
      {R"({"receipts":{"kind":"read"}})", "dr", false},
      {R"({"receipts":{"kind":"read","order":"reversed"}})", "rd", false},
      {R"({"receipts":{"kind":"read","order":"before_answer"}})", "dr", true},
      {R"({"receipts":{"kind":"read","probability":0}})", "d", false},
      {R"({"receipts":{"kind":"delivered","probability":0}})", "", false},
      {R"({"receipts":{"kind":"undelivered"}})", "", false},
      {R"({"receipts":{"by_recipient":{"+14155552671":"delivered"}}})", "d", false},
      {R"({"receipts":{"kind":"read","by_recipient":{"+14155552671":"none"}}})", "", false},
      {R"({"receipts":{"kind":"delivered"},"outcomes":{"accept_never_answer":1}})", "d", false},
      {R"({"receipts":{"kind":"delivered"},"outcomes":{"unregistered":1}})", "", false},
      {R"({"receipts":{"kind":"delivered"},"outcomes":{"drop":1}})", "", false},
  };
  for (const row& r : table) {
    world w;
    w.behave(r.behaviour);
    w.send(R"("+14155552671")");
    BOOST_TEST(kinds(w) == r.kinds, r.behaviour);
    BOOST_TEST(w.out.errands_first == r.first, r.behaviour);
  }
}

BOOST_AUTO_TEST_CASE(only_who_listens_to_the_account_hears_of_it) {
  event_hub hub;
  const auto all = std::make_shared<listener>(), one = std::make_shared<listener>();
  hub.add(all, "");
  hub.add(one, "+1");
  BOOST_TEST(hub.listeners() == 2U);
  BOOST_TEST(hub.publish("+1", "{1}") == 2U);
  BOOST_TEST(hub.publish("+2", "{2}") == 1U);
  BOOST_TEST(one->heard == "event:receive\ndata:{1}\n\n");
  BOOST_TEST(all->heard == "event:receive\ndata:{1}\n\nevent:receive\ndata:{2}\n\n");
  hub.end_all();
  BOOST_TEST((one->is_over && all->is_over));
  BOOST_TEST(hub.publish("+1", "{3}") == 0U);
}

BOOST_AUTO_TEST_CASE(a_stream_is_opened_for_accounts_that_exist) {
  struct row {
    const char *method, *query;
    unsigned status;
    wire_action action;
  };
  const row table[] = {{"GET", "", 200, wire_action::stream},
                       {"GET", "account=%2B1", 200, wire_action::stream},
                       {"GET", "account=%2B2", 400, wire_action::answer},
                       {"GET", "account=%zz", 400, wire_action::answer},
                       {"POST", "", 405, wire_action::answer}};
  world w({"+1"});
  for (const row& r : table) {
    w.ask({.method = r.method, .path = "/api/v1/events", .query = r.query});
    BOOST_TEST(w.out.status == r.status, r.query);
    BOOST_TEST((w.out.action == r.action), r.query);
  }
  w.ask({.method = "GET", .path = "/api/v1/events", .query = "account=%2B1"});
  BOOST_TEST(w.out.stream_account == "+1");
  BOOST_TEST((w.out.stream_from == &w.at.events));
}

BOOST_AUTO_TEST_CASE(a_rule_is_a_json_rpc_error_or_a_status) {
  world w;
  w.behave(
      R"({"by_recipient":{"+14155552671":[{"status":200,"code":-5,"message":"slow down"},{"status":503},{"then":"drop"}]}})");
  BOOST_TEST(w.send(R"("+14155552671")").at("error").at("code").as_int64() == -5);
  w.send(R"("+14155552671")");
  BOOST_TEST(w.out.status == 503U);
  BOOST_TEST(w.out.body == "");
  w.send(R"("+14155552671")");
  BOOST_TEST((w.out.action == wire_action::reset));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::provider_sim
