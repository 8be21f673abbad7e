#include "actors/providers/signal/signal.hpp"
#include "tests/actors/providers/driver_fixture.hpp"

#include <boost/test/unit_test.hpp>

/// Witness: AsamK/signal-cli v0.14.6, src/main/java/org/asamk/signal/json: JsonReceiptMessage.java,
/// JsonMessageEnvelope.java, JsonReceiveMessageHandler.java; signal-cli-rest-api 0.100,
/// src/client/jsonrpc2.go (postMessageToWebhook).
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using persistence::receipt;

std::unique_ptr<driver> made(const std::string& api) {
  return std::move(*signal_driver_type().make(settings_with(
      {{"api", api}, {"url", "http://127.0.0.1:8090/"}, {"account", "+14155550100"}})));
}

std::string event(
    const std::string& receipt_message,
    const std::string& source = R"("sourceNumber":"+14155552671","sourceUuid":"9a4c",)",
    const std::string& account = "+14155550100") {
  return R"({"account":")" + account + R"(","envelope":{"source":"+14155552671",)" + source +
         R"("sourceName":"Bob","sourceDevice":1,"timestamp":1763869201000,)"
         R"("serverReceivedTimestamp":1763869201050,"serverDeliveredTimestamp":1763869201060,)" +
         receipt_message + "}}";
}

std::string receipt_message(bool delivery, bool read, bool viewed,
                            const std::string& timestamps = "1763869200123") {
  const auto word = [](bool value) { return value ? "true" : "false"; };
  return std::string(R"("receiptMessage":{"when":1763869201000,"isDelivery":)") + word(delivery) +
         R"(,"isRead":)" + word(read) + R"(,"isViewed":)" + word(viewed) + R"(,"timestamps":[)" +
         timestamps + "]}";
}

struct signal_receipt_fixture {
  std::unique_ptr<driver> rpc = made("json-rpc");
  std::unique_ptr<driver> rest = made("rest");

  receipt_reading posted(std::string_view body, std::string_view method = "POST") const {
    return rest->read_receipt(
        {std::string(method), "https://x/receipts/signal/t", {}, {}, std::string(body)});
  }
  /// Both servers pass on the same events.
  std::vector<receipt_report> reports_of(const std::string& text) const {
    auto reports = rpc->read_event(text);
    const auto reading = posted(text);
    BOOST_TEST_REQUIRE(reading.has_value());
    BOOST_TEST_REQUIRE(reading->size() == reports.size());
    for (std::size_t i = 0; i < reports.size(); ++i)
      BOOST_TEST(reports[i].provider_refs == (*reading)[i].provider_refs,
                 boost::test_tools::per_element());
    return reports;
  }
};

BOOST_FIXTURE_TEST_SUITE(signal_receipts, signal_receipt_fixture)

BOOST_AUTO_TEST_CASE(the_daemons_events_are_listened_to) {
  const auto stream = rpc->event_stream();
  BOOST_TEST_REQUIRE(stream.has_value());
  BOOST_TEST(stream->method == "GET");
  BOOST_TEST(stream->url == "http://127.0.0.1:8090/api/v1/events?account=%2B14155550100");
  BOOST_TEST(stream->headers == std::vector<std::string>{"Accept: text/event-stream"},
             boost::test_tools::per_element());
  BOOST_TEST(stream->group == "provider-a");
  BOOST_CHECK(stream->connect_timeout == 3s);
  // Three of its keep-alive lines, which come every 15 s.
  BOOST_CHECK(stream->timeout == 45s);
  BOOST_TEST(!rest->event_stream().has_value());
}

BOOST_AUTO_TEST_CASE(a_receipt_names_the_message_by_its_time_and_recipient) {
  const auto reports = reports_of(event(receipt_message(true, false, false)));
  BOOST_TEST_REQUIRE(reports.size() == 1u);
  const auto& report = reports.front();
  BOOST_TEST((report.kind == receipt::delivered));
  BOOST_TEST(report.provider_refs == std::vector<std::string>{"1763869200123/9a4c"},
             boost::test_tools::per_element());
  BOOST_TEST(report.recipient_refs == std::vector<std::string>{"1763869200123"},
             boost::test_tools::per_element());
  BOOST_TEST(report.address == "+14155552671");
  BOOST_TEST_REQUIRE(report.sent_at.has_value());
  BOOST_TEST(report.sent_at->time_since_epoch().count() == 1763869200123000);
  BOOST_TEST(report.detail == "");
}

BOOST_AUTO_TEST_CASE(each_kind_of_receipt_is_told_apart) {
  const struct {
    bool delivery, read, viewed;
    receipt kind;
  } rows[]{{true, false, false, receipt::delivered},
           {false, true, false, receipt::read},
           {false, false, true, receipt::read},
           {true, true, false, receipt::read},
           {false, false, false, receipt::none}};
  for (const auto& row : rows) {
    const auto reports = reports_of(event(receipt_message(row.delivery, row.read, row.viewed)));
    BOOST_TEST(reports.size() == (row.kind == receipt::none ? 0u : 1u));
    for (const auto& report : reports)
      BOOST_TEST((report.kind == row.kind));
  }
}

BOOST_AUTO_TEST_CASE(each_timestamp_is_a_receipt_of_its_own) {
  const auto reports = reports_of(
      event(receipt_message(true, false, false,
                            "1763869200123,1763869200999,0,-5,\"1763869200124\",null,1.5,"
                            "9223372036854775807,253402300799999")));
  BOOST_TEST_REQUIRE(reports.size() == 3u);
  BOOST_TEST(reports[0].recipient_refs.at(0) == "1763869200123");
  BOOST_TEST(reports[1].recipient_refs.at(0) == "1763869200999");
  BOOST_TEST(reports[2].recipient_refs.at(0) == "253402300799999");
  std::string many = "1";
  for (int i = 2; i <= 1'000; ++i)
    many += "," + std::to_string(i);
  BOOST_TEST(reports_of(event(receipt_message(true, false, false, many))).size() == 100u);
}

BOOST_AUTO_TEST_CASE(the_recipients_number_or_uuid_may_be_missing) {
  const auto message = receipt_message(true, false, false);
  const auto hidden = reports_of(event(message, R"("sourceNumber":null,"sourceUuid":"9a4c",)"));
  BOOST_TEST(hidden.at(0).address == "");
  BOOST_TEST(hidden.at(0).provider_refs.size() == 1u);
  const auto old =
      reports_of(event(message, R"("sourceNumber":"+14155552671","sourceUuid":null,)"));
  BOOST_TEST(old.at(0).address == "+14155552671");
  BOOST_TEST(old.at(0).provider_refs.empty());
  BOOST_TEST(old.at(0).recipient_refs == std::vector<std::string>{"1763869200123"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_notification_around_an_event_is_taken_off) {
  const auto inner = event(receipt_message(false, true, false));
  for (const auto& text :
       {R"({"jsonrpc":"2.0","method":"receive","params":)" + inner + "}",
        R"({"jsonrpc":"2.0","method":"receive","params":{"subscription":0,"result":)" + inner +
            "}}"})
    BOOST_TEST(reports_of(text).size() == 1u);
}

BOOST_AUTO_TEST_CASE(other_events_and_other_accounts_say_nothing) {
  for (const auto& text :
       {event(R"("dataMessage":{"timestamp":1763869201000,"message":"hello"})"),
        event(R"("typingMessage":{"action":"STARTED","timestamp":1763869201000})"),
        event(R"("receiptMessage":null)"), event(R"("receiptMessage":{"isDelivery":true})"),
        event(R"("receiptMessage":{"isDelivery":"true","timestamps":[1]})"),
        event(receipt_message(true, false, false), "", "+14155550199"),
        std::string(R"({"account":"+14155550100","exception":{"type":"x"}})"), std::string("{}"),
        std::string(R"({"params":[]})")})
    BOOST_TEST(reports_of(text).empty(), text);
}

BOOST_AUTO_TEST_CASE(what_is_not_an_event_is_refused_or_read_over) {
  for (const auto* text : {"", "[]", "null", "17", "{", "receive", "\"x\""}) {
    BOOST_TEST(rpc->read_event(text).empty());
    const auto reading = posted(text);
    BOOST_TEST_REQUIRE(reading.has_error());
    BOOST_TEST(reading.error().status == 400);
  }
  BOOST_TEST(posted(event(receipt_message(true, false, false)), "GET").has_error());
}

BOOST_AUTO_TEST_CASE(the_daemon_posts_nothing) {
  const auto reading = rpc->read_receipt({"POST", "https://x/", {}, {}, "{}"});
  BOOST_TEST_REQUIRE(reading.has_error());
  BOOST_TEST(reading.error().status == 404);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
