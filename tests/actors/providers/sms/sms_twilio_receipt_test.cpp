#include "actors/providers/sms/sms.hpp"
#include "base/base64.hpp"
#include "base/percent.hpp"
#include "base/signature.hpp"
#include "tests/actors/providers/driver_fixture.hpp"

#include <boost/test/unit_test.hpp>

/// Witness: twilio/twilio-oai, spec/json/twilio_api_v2010.json (message_enum_status), and
/// twilio/twilio-node, src/webhooks/webhooks.ts, for the signature.
namespace postrider::actors {
namespace {

const std::string callback_url = "https://x.example/receipts/sms/t0ken";
const std::string sid = "SM00112233445566778899aabbccddeeff";

struct receipt_fixture {
  std::unique_ptr<driver> twilio = std::move(
      *sms_driver_type().make(settings_with({{"api", "twilio"},
                                             {"account_sid", "AC0123456789abcdef0123456789abcdef"},
                                             {"auth_token", "12345"},
                                             {"from", "+14155550100"}})));

  receipt_reading posted(const std::string& url, const std::string& body,
                         const std::string& signature, std::string_view method = "POST") const {
    return twilio->read_receipt(
        {std::string(method), url, {}, {{"x-twilio-signature", signature}}, body});
  }
  /// Signed as Twilio does; the fields must be sorted by name.
  receipt_reading callback(const form_fields& fields) const {
    std::string text = callback_url;
    for (const auto& [name, value] : fields)
      text.append(name).append(value);
    return posted(callback_url, form_encoded(fields), base64_encoded(hmac_sha1("12345", text)));
  }
};

BOOST_FIXTURE_TEST_SUITE(sms_twilio_receipts, receipt_fixture)

/// The URL and parameters of twilio-node's own tests, which are no status callback.
const std::string known_url = "https://mycompany.com/myapp.php?foo=1&bar=2";
const std::string known_body =
    "To=%2B18005551212&CallSid=CA1234567890ABCDE&From=%2B14158675309&Digits=1234&"
    "Caller=%2B14158675309";
const std::string known_signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";

BOOST_AUTO_TEST_CASE(the_known_signature_is_right) {
  // It is past the signature's check when it is refused for what it lacks.
  const auto reading = posted(known_url, known_body, known_signature);
  BOOST_TEST_REQUIRE(reading.has_error());
  BOOST_TEST(reading.error().status == 400);
}

BOOST_AUTO_TEST_CASE(the_port_may_be_written_or_not) {
  for (const auto* url : {"https://mycompany.com:443/myapp.php?foo=1&bar=2",
                          "https://mycompany.com:8443/myapp.php?foo=1&bar=2",
                          "https://mycompany.com/myapp.php?foo=1&bar=2"})
    BOOST_TEST(posted(url, known_body, known_signature).error().status == 400, url);
  for (const auto* url :
       {"https://mycompany.org/myapp.php?foo=1&bar=2", "http://mycompany.com/myapp.php",
        "https://mycompany.com/myapp.php?foo=1", "https://mycompany.com/myapp.php?bar=2&foo=1"})
    BOOST_TEST(posted(url, known_body, known_signature).error().status == 403, url);
}

BOOST_AUTO_TEST_CASE(another_signature_is_refused_with_403) {
  auto other = known_signature;
  other[0] = 'r';
  for (const auto& signature : {std::string(), std::string("="), other, known_signature + "=",
                                known_signature.substr(1), std::string(28, 'A')}) {
    const auto reading = posted(known_url, known_body, signature);
    BOOST_TEST_REQUIRE(reading.has_error());
    BOOST_TEST(reading.error().status == 403);
    BOOST_TEST(reading.error().detail.find("12345") == std::string::npos);
  }
  BOOST_TEST(posted(known_url, known_body + "&x=1", known_signature).error().status == 403);
  const auto unsigned_call = twilio->read_receipt({"POST", known_url, {}, {}, known_body});
  BOOST_TEST(unsigned_call.error().status == 403);
}

BOOST_AUTO_TEST_CASE(a_repeated_parameter_counts_with_each_value_once_and_in_order) {
  const struct {
    std::string text;
    int status;
  } rows[]{{"a1a2bx", 400}, {"a2a1bx", 403}, {"a2a1a2bx", 403}, {"a12bx", 403}, {"a2bx", 403}};
  for (const auto& row : rows) {
    const auto signature = base64_encoded(hmac_sha1("12345", callback_url + row.text));
    BOOST_TEST(posted(callback_url, "b=x&a=2&a=1&a=2", signature).error().status == row.status,
               row.text);
  }
}

BOOST_AUTO_TEST_CASE(each_status_is_a_receipt) {
  using persistence::receipt;
  const struct {
    std::string_view status;
    receipt kind;
  } rows[]{{"accepted", receipt::accepted},  {"scheduled", receipt::accepted},
           {"queued", receipt::accepted},    {"sending", receipt::accepted},
           {"sent", receipt::accepted},      {"delivered", receipt::delivered},
           {"read", receipt::read},          {"undelivered", receipt::undelivered},
           {"failed", receipt::undelivered}, {"canceled", receipt::undelivered}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.status) {
      const auto reading = callback({{"AccountSid", "AC1"},
                                     {"MessageSid", sid},
                                     {"MessageStatus", std::string(row.status)},
                                     {"SomethingNew", "x"}});
      BOOST_TEST_REQUIRE(reading.has_value());
      BOOST_TEST_REQUIRE(reading->size() == 1u);
      const auto& report = reading->front();
      BOOST_TEST((report.kind == row.kind));
      BOOST_TEST(report.provider_refs == std::vector{sid}, boost::test_tools::per_element());
      BOOST_TEST(report.detail.empty() == (row.kind != receipt::undelivered));
    }
  }
}

BOOST_AUTO_TEST_CASE(why_it_was_not_delivered_is_said) {
  const auto with_code =
      callback({{"ErrorCode", "30003"}, {"MessageSid", sid}, {"MessageStatus", "undelivered"}});
  BOOST_TEST(with_code->front().detail == "Twilio: undelivered, error 30003");
  const auto with_text = callback({{"ErrorCode", "30005"},
                                   {"ErrorMessage", "Unknown handset"},
                                   {"MessageSid", sid},
                                   {"MessageStatus", "failed"}});
  BOOST_TEST(with_text->front().detail == "Twilio: failed, error 30005: Unknown handset");
}

/// Signed by twilio-node 6.2.0.
BOOST_AUTO_TEST_CASE(a_callback_as_twilio_signs_it_is_taken) {
  const auto reading = posted(
      callback_url,
      "MessageSid=SM00112233445566778899aabbccddeeff&SmsSid=SM00112233445566778899aabbccddeeff&"
      "SmsStatus=undelivered&MessageStatus=undelivered&To=%2B14155552671&From=%2B14155550100&"
      "AccountSid=AC0123456789abcdef0123456789abcdef&ApiVersion=2010-04-01&ErrorCode=30003&"
      "ErrorMessage=Unreachable+%26+off%3A+%C3%A9t%C3%A9",
      "ITxQK4RQcmWcPsT3A8wAnIg+gIY=");
  BOOST_TEST_REQUIRE(reading.has_value());
  BOOST_TEST_REQUIRE(reading->size() == 1u);
  BOOST_TEST((reading->front().kind == persistence::receipt::undelivered));
  BOOST_TEST(reading->front().detail ==
             "Twilio: undelivered, error 30003: Unreachable & off: \xc3\xa9t\xc3\xa9");
}

BOOST_AUTO_TEST_CASE(a_status_that_says_nothing_of_it_is_no_receipt) {
  for (const auto* status : {"receiving", "received", "partially_delivered", "something_new"}) {
    const auto reading = callback({{"MessageSid", sid}, {"MessageStatus", status}});
    BOOST_TEST_REQUIRE(reading.has_value());
    BOOST_TEST(reading->empty());
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_a_status_callback_is_refused) {
  const form_fields rows[]{{{"MessageStatus", "delivered"}},
                           {{"MessageSid", sid}},
                           {{"MessageSid", ""}, {"MessageStatus", "delivered"}},
                           {{"MessageSid", "SM1"}, {"MessageStatus", "delivered"}},
                           {{"MessageSid", sid}, {"MessageStatus", ""}},
                           {}};
  for (const auto& fields : rows) {
    const auto reading = callback(fields);
    BOOST_TEST_REQUIRE(reading.has_error());
    BOOST_TEST(reading.error().status == 400);
  }
  BOOST_TEST(posted(known_url, "a=%", known_signature).error().status == 400);
  BOOST_TEST(posted(known_url, known_body, known_signature, "GET").error().status == 400);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
