#include "actors/providers/sms/sms.hpp"
#include "base/percent.hpp"
#include "tests/actors/providers/driver_fixture.hpp"

#include <boost/test/unit_test.hpp>

/// Witness: gw/smsbox.c (pruiz/kannel@cdbcfc1), the strings of smsbox in Debian's kannel 1.4.5-12,
/// and that program itself, which tests/peers/kannel.py runs.
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;

struct kannel_fixture {
  std::unique_ptr<driver> kannel =
      std::move(*sms_driver_type().make(settings_with({{"api", "kannel"},
                                                       {"url", "http://127.0.0.1:13013/"},
                                                       {"username", "mds"},
                                                       {"password", "s3&cret"},
                                                       {"from", "12345"},
                                                       {"ca_file", "/etc/ca.pem"}})));

  transfer_request composed(const std::string& text, const std::string& receipt_url = "") const {
    persistence::message message;
    message.text = text;
    return kannel->compose({"+14155552671", &message, "7f3c/0", receipt_url, {}});
  }
  /// The request's query, decoded once as Kannel does.
  static form_fields query_of(const transfer_request& request) {
    return form_decoded(request.url.substr(request.url.find('?') + 1)).value();
  }
  static std::string value_of(const form_fields& fields, std::string_view name) {
    std::string found = "(none)";
    for (const auto& [key, value] : fields)
      if (key == name) found = value;
    return found;
  }
  receipt_reading reported(form_fields query, std::string_view method = "GET") const {
    return kannel->read_receipt(
        {std::string(method), "https://x/receipts/sms/t", std::move(query), {}, ""});
  }
};

BOOST_FIXTURE_TEST_SUITE(sms_kannel, kannel_fixture)

// ---- requests ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_delivery_becomes_one_get_for_one_receiver) {
  const auto request = composed("hello, you & me");
  BOOST_TEST(request.method == "GET");
  BOOST_TEST(request.body.empty());
  BOOST_TEST(request.group == "provider-a");
  BOOST_TEST(request.ca_file == "/etc/ca.pem");
  BOOST_CHECK(request.connect_timeout == 3s);
  BOOST_CHECK(request.timeout == 17s);
  // A raw + would be a space, and split the receiver.
  BOOST_TEST(request.url ==
             "http://127.0.0.1:13013/cgi-bin/sendsms?username=mds&password=s3%26cret&from=12345&"
             "to=%2B14155552671&coding=0&charset=UTF-8&text=hello%2C%20you%20%26%20me");
}

BOOST_AUTO_TEST_CASE(the_coding_is_that_of_the_text) {
  for (const auto* text : {"hello", "5 €", "[~]", "grüß Gott\nan alle"}) {
    const auto query = query_of(composed(text));
    BOOST_TEST(value_of(query, "coding") == "0");
    BOOST_TEST(value_of(query, "charset") == "UTF-8");
    BOOST_TEST(value_of(query, "text") == text);
  }
  for (const auto* text : {"привет", "🐴", "façade", "`"}) {
    const auto query = query_of(composed(text));
    BOOST_TEST(value_of(query, "coding") == "2");
    BOOST_TEST(value_of(query, "charset") == "UTF-8");
    BOOST_TEST(value_of(query, "text") == text);
  }
}

BOOST_AUTO_TEST_CASE(reports_are_asked_for_where_they_can_be_taken) {
  const auto query = query_of(composed("hello", "https://mail.example/receipts/sms/t0ken"));
  BOOST_TEST(value_of(query, "dlr-mask") == "31");
  // Kannel fills its escapes into what it has decoded.
  BOOST_TEST(value_of(query, "dlr-url") ==
             "https://mail.example/receipts/sms/t0ken?type=%d&answer=%A&smsc=%i&id=%F");
  const auto none = query_of(composed("hello"));
  BOOST_TEST(value_of(none, "dlr-mask") == "(none)");
  BOOST_TEST(value_of(none, "dlr-url") == "(none)");
}

BOOST_AUTO_TEST_CASE(the_escapes_reach_kannel_encoded_once) {
  const auto url = composed("hello", "https://mail.example/receipts/sms/t").url;
  BOOST_TEST(
      url.ends_with("&dlr-mask=31&dlr-url=https%3A%2F%2Fmail.example%2Freceipts%2Fsms%2Ft"
                    "%3Ftype%3D%25d%26answer%3D%25A%26smsc%3D%25i%26id%3D%25F"));
}

BOOST_AUTO_TEST_CASE(the_receipt_urls_own_percent_signs_and_query_survive) {
  const auto query = query_of(composed("hello", "https://x/a%20b?k=%41"));
  BOOST_TEST(value_of(query, "dlr-url") ==
             "https://x/a%%20b?k=%%41&type=%d&answer=%A&smsc=%i&id=%F");
}

// ---- replies -----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(each_reply_has_its_outcome) {
  const struct {
    int status;
    std::string_view body, outcome;
    bool recipient_only = false;
  } rows[]{
      {202, "0: Accepted for delivery", "accepted"},
      {202, "3: Queued for later delivery", "accepted"},
      {202, "Sent.", "accepted"},
      {202, "Sent. Message splits: 2", "accepted"},
      {202, "Sent. Denied receivers are: +14155552671", "recipient_rejected"},
      {202, "", "unknown"},
      {202, "7: something new", "unknown"},
      {200, "0: Accepted for delivery", "unknown"},
      {400, "Missing receiver number, rejected", "recipient_rejected"},
      {400, "Empty receiver number not allowed, rejected", "recipient_rejected"},
      {400, "Number(s) has/have been denied by white- and/or black-lists.", "recipient_rejected"},
      {400, "Sender missing and no global set, rejected", "misconfigured"},
      {400, "DLR-Mask field misformed, rejected", "misconfigured"},
      {400, "DLR-URL field misformed, rejected", "misconfigured"},
      {400, "Coding field misformed, rejected", "message_rejected"},
      {400, "Charset or body misformed, rejected", "message_rejected"},
      {400, "Priority field misformed, rejected", "unavailable", true},
      {400, "", "unavailable", true},
      {403, "Authorization failed for sendsms", "misconfigured"},
      {403, "Not routable. Do not try again.", "recipient_rejected"},
      {403, "", "unavailable", true},
      {404, "Unknown request.", "misconfigured"},
      {404, "<html>", "unavailable", true},
      {301, "", "unavailable"},
      {405, "", "unavailable", true},
      {429, "", "throttled"},
      {500, "Sending failed.", "unavailable"},
      {500, "Internal Server Error", "unknown"},
      {502, "", "unknown"},
      {503, "Temporal failure, try again later.", "throttled"},
      {503, "", "unknown"},
      {504, "", "unknown"},
      {0, "", "unknown"}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT("HTTP " << row.status << " " << row.body) {
      const auto out = outcome_of(*kannel, replied(row.status, std::string(row.body)));
      BOOST_TEST(to_string(out.kind) == row.outcome);
      BOOST_TEST(out.detail.empty() == (row.outcome == "accepted"));
      BOOST_TEST(out.provider_ref == "");
      BOOST_TEST(out.recipient_only == row.recipient_only);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_full_queue_pauses_as_long_as_it_says_if_it_does) {
  for (const auto* body : {"Temporal failure, try again later.", "<html>"}) {
    const auto out = outcome_of(*kannel, replied(503, body, {{"retry-after", "7"}}));
    BOOST_TEST(to_string(out.kind) == "throttled");
    BOOST_CHECK(out.retry_after == 7s);
  }
  BOOST_CHECK(outcome_of(*kannel, replied(503, "Temporal failure")).retry_after == std::nullopt);
}

BOOST_AUTO_TEST_CASE(an_exchange_that_broke_off_is_judged_by_how_far_it_got) {
  for (const auto& row : stages_of_whole_requests)
    BOOST_TEST(kind_of(*kannel, broken_off(transfer_error::timeout, row.stage)) == row.outcome);
}

BOOST_AUTO_TEST_CASE(a_body_that_is_cut_off_matters_where_a_text_decides) {
  const struct {
    int status;
    std::string_view outcome;
  } rows[]{{202, "unknown"},     {400, "unavailable"}, {403, "unavailable"},
           {404, "unavailable"}, {500, "unknown"},     {503, "unknown"}};
  for (const auto& row : rows) {
    auto result = broken_off(transfer_error::timeout, transfer_stage::reply_head_complete);
    result.status = row.status;
    BOOST_TEST(kind_of(*kannel, result) == row.outcome, row.status);
  }
}

BOOST_AUTO_TEST_CASE(the_password_is_not_repeated) {
  const auto out = outcome_of(*kannel, replied(400, "bad request: password=s3&cret&x"));
  BOOST_TEST(out.detail.starts_with("Kannel answered HTTP 400: bad request: password=***&x"));
}

BOOST_AUTO_TEST_CASE(a_page_that_repeats_the_url_does_not_bring_the_text) {
  persistence::message message;
  message.text = "Dinner & wine?";
  const delivery_content content{"+14155552671", &message, "7f3c/0", "", {}};
  const auto url = kannel->compose(content).url;
  const auto target = url.substr(url.find("/cgi-bin"));
  const auto said = [&](const std::string& page) {
    return kannel->classify(content, replied(404, page)).detail;
  };
  for (const auto& page : std::initializer_list<std::string>{
           "<p>The URL " + target + " was not found.",
           "text=" + percent_encoded(message.text) + "&x", "text=Dinner+%26+wine%3F",
           "said: Dinner & wine?", target}) {
    const auto detail = said(page);
    for (const auto* hidden : {"Dinner", "wine", "4155552671"})
      BOOST_TEST(detail.find(hidden) == std::string::npos, detail);
  }
  BOOST_TEST(said("<p>" + target + " was not found.").find("*** was not found") !=
             std::string::npos);
}

// ---- receipts ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(each_type_of_report_is_a_receipt) {
  using persistence::receipt;
  const struct {
    std::string_view type, answer;
    persistence::receipt kind;
    std::string_view detail;
  } rows[]{{"1", "", receipt::delivered, ""},
           {"1", "id:00000001 sub:001 stat:DELIVRD err:000 text:x", receipt::delivered, ""},
           {"2", "id:1 stat:UNDELIV err:001", receipt::undelivered, "id:1 stat:UNDELIV err:001"},
           {"4", "", receipt::accepted, ""},
           {"8", "ACK/", receipt::accepted, ""},
           {"16", "NACK/0x0000000b/Invalid Destination Address", receipt::undelivered,
            "NACK/0x0000000b/Invalid Destination Address"},
           {"16", "NACK/Retries Exceeded", receipt::undelivered, "NACK/Retries Exceeded"},
           {"32", "", receipt::accepted, ""}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT("type " << row.type) {
      const auto reading = reported(
          {{"type", std::string(row.type)}, {"answer", std::string(row.answer)}, {"smsc", "FAKE"}});
      BOOST_TEST_REQUIRE(reading.has_value());
      BOOST_TEST_REQUIRE(reading->size() == 1u);
      BOOST_TEST((reading->front().kind == row.kind));
      BOOST_TEST(reading->front().detail == row.detail);
      BOOST_TEST(reading->front().provider_refs.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_a_report_is_refused) {
  for (const auto* type : {"", "0", "3", "31", "64", "-1", "1 ", "01", "%d", "delivered"}) {
    const auto reading = reported({{"type", type}});
    BOOST_TEST_REQUIRE(reading.has_error());
    BOOST_TEST(reading.error().status == 400);
    BOOST_TEST(!reading.error().detail.empty());
  }
  BOOST_TEST(reported({}).has_error());
  BOOST_TEST(reported({{"type", "1"}}, "POST").has_error());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
