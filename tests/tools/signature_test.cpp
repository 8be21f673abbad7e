#include "tools/provider-sim/signature.hpp"

#include "tools/provider-sim/base64.hpp"
#include "tools/provider-sim/loopback_url.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::provider_sim {
namespace {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(signature_test)

BOOST_AUTO_TEST_CASE(base64_is_that_of_rfc_4648) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    BOOST_TEST(to_base64(bytes) == text);
    BOOST_TEST(from_base64(text).value() == bytes);
  }
  for (const char* wrong : {"Zg", "Zg=", "Z===", "Zm9v\n", "Zm 9", "Zm9_"})
    BOOST_TEST(!from_base64(wrong), wrong);
  BOOST_TEST(read_basic("basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")->second == "open sesame");
  for (const char* wrong : {"", "Basic", "Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Basic Zg=="})
    BOOST_TEST(!read_basic(wrong), wrong);
}

BOOST_AUTO_TEST_CASE(a_form_is_read_strictly) {
  const auto given = form::parse("To=%2B1415&Body=a+b%26c&Empty=&Alone&To=2");
  BOOST_REQUIRE(given.has_value());
  BOOST_TEST(given->get("To") == "+1415");
  BOOST_TEST(given->get("Body") == "a b&c");
  BOOST_TEST((given->find("Empty") && given->find("Alone") && !given->find("Nothing")));
  BOOST_TEST(form::parse(given->text())->text() == given->text());
  for (const char* wrong : {"a=%", "a=%4", "a=%zz", "%f=1", "a=%ff", "a=%c0%af", "a=%ed%a0%80"})
    BOOST_TEST(!form::parse(wrong), wrong);
}

// Made with Twilio's own client (its validateRequest); the documentation has a like one.
BOOST_AUTO_TEST_CASE(signs_callbacks_as_twilio_does) {
  form parameters;
  parameters.add("To", "+18005551212");
  parameters.add("From", "+14158675309");
  parameters.add("Digits", "1234");
  parameters.add("Caller", "+14158675309");
  parameters.add("CallSid", "CA1234567890ABCDE");
  BOOST_TEST(twilio_signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", parameters) ==
             "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
}

// Made with npm's standardwebhooks 1.1.1.
BOOST_AUTO_TEST_CASE(checks_webhooks_as_the_specification_says) {
  const std::string key = webhook_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  const std::string id = "msg_p5jXN8AQM9LWM0D4loKWxJek", at = "1614265330";
  const std::string body = R"({"test": 2432232314})";
  const std::string mac = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
  const std::chrono::system_clock::time_point sent(1614265330s);
  BOOST_TEST("v1," + webhook_mac(key, id, at, body) == mac);
  struct row {
    std::string id, at, signatures, body;
    std::chrono::seconds later;
    const char* fault;
  };
  const row table[] = {
      {id, at, mac, body, 0s, ""},
      {id, at, "v1,AAAA " + mac, body, 300s, ""},
      {id, at, mac, body, -300s, ""},
      {id, at, mac, body, 301s, "Message timestamp too old"},
      {id, at, mac, body, -301s, "Message timestamp too new"},
      {id, at, mac, body + ' ', 0s, "No matching signature found"},
      {id + 'x', at, mac, body, 0s, "No matching signature found"},
      {id, at, mac.substr(3), body, 0s, "No matching signature found"},
      {id, "x", mac, body, 0s, "Invalid Signature Headers"},
      {"", at, mac, body, 0s, "Missing required headers"},
      {id, at, "", body, 0s, "Missing required headers"},
  };
  for (const row& r : table)
    BOOST_TEST(webhook_fault(key, r.id, r.at, r.signatures, r.body, sent + r.later) == r.fault);
  for (const char* wrong : {"", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_???"})
    BOOST_TEST(webhook_key(wrong) == "", wrong);
}

BOOST_AUTO_TEST_CASE(callbacks_go_to_this_machine_only) {
  const auto url = parse_loopback_url("http://localhost:8080/a/b?c=%20d#rc=2");
  BOOST_REQUIRE(url.has_value());
  BOOST_TEST(url->endpoint.port() == 8080);
  BOOST_TEST(url->host == "localhost:8080");
  BOOST_TEST(url->target == "/a/b?c=%20d");
  BOOST_TEST(parse_loopback_url("http://[::1]:81")->target == "/");
  BOOST_TEST(parse_loopback_url("http://127.0.0.2/?x")->target == "/?x");
  for (const char* wrong :
       {"http://192.0.2.1/", "http://example.org/", "https://127.0.0.1/", "http://0.0.0.0/",
        "http://169.254.169.254/", "http://user@127.0.0.1/", "http://127.0.0.1:0/",
        "http://127.0.0.1.example.org/", "http://2130706433/", "http://0x7f.1/", "127.0.0.1/",
        "http://[::ffff:192.0.2.1]/", "http://127.0.0.1:99999/", "http://127.0.0.1:/",
        "http://127.0.0.1/a b", "http://[::1", "http://", "#http://", ""})
    BOOST_TEST(!parse_loopback_url(wrong), wrong);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::provider_sim
