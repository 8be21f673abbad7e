#include "actors/providers/webhook/webhook.hpp"

#include "base/base64.hpp"
#include "base/signature.hpp"
#include "tests/actors/providers/driver_fixture.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

/// Witness: spec/standard-webhooks.md of standard-webhooks/standard-webhooks. Its own library
/// verifies our requests in tests/peers/judges.py.
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
namespace json = boost::json;

const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const std::string other_secret = "whsec_" + base64_encoded(std::string(64, 'k'));

std::unique_ptr<driver> made(const driver_keys& changes = {}) {
  driver_keys keys{{"secret", secret}};
  for (const auto& [key, value] : changes)
    keys[key] = value;
  return std::move(*webhook_driver_type().make(settings_with(keys)));
}

struct webhook_fixture {
  persistence::message message;

  webhook_fixture() {
    message.id = *persistence::parse_message_id("0193a5b0-1234-7abc-8def-0123456789ab");
    message.user = 42;
    message.text = "hello \"you\"";
    message.subject = "greetings";
    message.html = "<p>hello";
    message.metadata = R"({"order":17,"tags":["a"]})";
    message.created_at = persistence::time_point(1'763'869'200'123'456us);
  }
  transfer_request composed(
      const driver_keys& changes = {},
      persistence::time_point now = persistence::time_point(1'763'869'261'999'999us)) const {
    return made(changes)->compose(
        {"https://example.com/hook", &message, to_string(message.id) + "/3", "", now});
  }
  static std::string header(const transfer_request& request, const std::string& name) {
    for (const auto& line : request.headers)
      if (line.starts_with(name + ": ")) return line.substr(name.size() + 2);
    return "(none)";
  }
};

BOOST_FIXTURE_TEST_SUITE(webhook_driver, webhook_fixture)

// ---- requests ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_delivery_becomes_one_signed_post) {
  const auto request = composed();
  BOOST_TEST(request.method == "POST");
  BOOST_TEST(request.url == "https://example.com/hook");
  BOOST_TEST(request.group == "provider-a");
  BOOST_TEST(request.public_addresses_only);
  BOOST_TEST(request.max_reply_bytes == 64u * 1024u);
  BOOST_CHECK(request.connect_timeout == 3s);
  BOOST_CHECK(request.timeout == 17s);
  BOOST_TEST(header(request, "Content-Type") == "application/json");
  BOOST_TEST(header(request, "webhook-id") == "msg_0193a5b0-1234-7abc-8def-0123456789ab_3");
  BOOST_TEST(header(request, "webhook-timestamp") == "1763869261");
  BOOST_TEST(request.headers.size() == 4u);
  BOOST_TEST(json::parse(request.body) == json::parse(R"({
    "type": "message", "timestamp": "2025-11-23T03:40:00.123Z",
    "data": {"message_id": "0193a5b0-1234-7abc-8def-0123456789ab", "user_id": 42,
             "text": "hello \"you\"", "subject": "greetings", "html": "<p>hello",
             "metadata": {"order": 17, "tags": ["a"]}}})"));
}

BOOST_AUTO_TEST_CASE(metadata_is_an_object_whatever_the_message_has) {
  for (const auto* text : {"", "{}", "[]", "null", "17", "{"}) {
    message.metadata = text;
    BOOST_TEST(json::parse(composed().body).at("data").at("metadata") == json::object());
  }
}

/// npm standardwebhooks 1.1.1 and Python's hmac agree on it.
BOOST_AUTO_TEST_CASE(signatures_are_those_of_standard_webhooks) {
  const auto key = *base64_decoded(secret.substr(6));
  BOOST_TEST(base64_encoded(hmac_sha256(
                 key, "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}")) ==
             "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  const auto request = composed();
  const auto text = header(request, "webhook-id") + "." + header(request, "webhook-timestamp") +
                    "." + request.body;
  BOOST_TEST(header(request, "webhook-signature") ==
             "v1," + base64_encoded(hmac_sha256(key, text)));
}

BOOST_AUTO_TEST_CASE(while_a_secret_is_replaced_both_sign) {
  const auto old_one = header(composed(), "webhook-signature");
  const auto new_one = header(composed({{"secret", other_secret}}), "webhook-signature");
  BOOST_TEST(old_one != new_one);
  for (const auto& both : {other_secret + " " + secret, " " + other_secret + "  " + secret + " "})
    BOOST_TEST(header(composed({{"secret", both}}), "webhook-signature") ==
               new_one + " " + old_one);
}

BOOST_AUTO_TEST_CASE(every_attempt_has_the_same_id_and_body_and_a_signature_of_its_own) {
  const auto first = composed();
  const auto again = composed({}, persistence::time_point(1'763'870'000s));
  BOOST_TEST(header(first, "webhook-id") == header(again, "webhook-id"));
  BOOST_TEST(first.body == again.body);
  BOOST_TEST(header(again, "webhook-timestamp") == "1763870000");
  BOOST_TEST(header(first, "webhook-signature") != header(again, "webhook-signature"));
}

BOOST_AUTO_TEST_CASE(an_id_has_nothing_that_separates_the_signed_parts) {
  const auto request = made()->compose({"https://x/", &message, "a.b/c.d", "", {}});
  BOOST_TEST(header(request, "webhook-id") == "msg_a_b_c_d");
}

// ---- addresses ---------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(urls_are_reached_by_https_unless_private_ones_are_allowed) {
  const struct {
    std::string url, by_default, allowed;
  } rows[]{{"https://example.com/hook?a=1", "https://example.com/hook?a=1",
            "https://example.com/hook?a=1"},
           {"HTTPS://Example.com", "https://example.com/", "https://example.com/"},
           {"http://127.0.0.1:8080/hook", "(none)", "http://127.0.0.1:8080/hook"},
           {"ftp://example.com/", "(none)", "(none)"},
           {"https://user:word@example.com/", "(none)", "(none)"},
           {"https://example.com/a b", "(none)", "(none)"},
           {"https://example.com/a\r\nX: y", "(none)", "(none)"},
           {"", "(none)", "(none)"}};
  for (const auto& row : rows) {
    const persistence::recipient recipient{"+14155552671", "bob@example.com", row.url};
    BOOST_TEST(made()->address_for(recipient).value_or("(none)") == row.by_default);
    BOOST_TEST(made({{"allow_private", "true"}})->address_for(recipient).value_or("(none)") ==
               row.allowed);
  }
}

BOOST_AUTO_TEST_CASE(private_addresses_are_refused_unless_allowed) {
  BOOST_TEST(composed().public_addresses_only);
  BOOST_TEST(composed({{"allow_private", "false"}}).public_addresses_only);
  BOOST_TEST(!composed({{"allow_private", "true"}}).public_addresses_only);
  BOOST_TEST(composed({{"ca_file", "/etc/ca.pem"}}).ca_file == "/etc/ca.pem");
}

// ---- settings ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(wrong_settings_say_which_key_is_wrong) {
  const struct {
    std::string key, value;
  } rows[]{{"secret", ""},
           {"secret", " "},
           {"secret", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
           {"secret", "whsec_"},
           {"secret", "whsec_not base64"},
           {"secret", "whsec_" + base64_encoded(std::string(23, 'k'))},
           {"secret", "whsec_" + base64_encoded(std::string(65, 'k'))},
           {"secret", secret + " other"},
           {"secret", secret + "\t" + other_secret},
           {"secret", "whsk_" + secret.substr(6)},
           {"allow_private", "yes"}};
  for (const auto& row : rows) {
    driver_keys keys{{"secret", secret}};
    keys[row.key] = row.value;
    const auto result = webhook_driver_type().make(settings_with(keys));
    BOOST_TEST_REQUIRE(result.has_error(), row.key << " = " << row.value);
    BOOST_TEST(result.error().starts_with(row.key + ": "));
    BOOST_TEST(result.error().find("MfKQ") == std::string::npos);
  }
  BOOST_TEST(webhook_driver_type().make(settings_with({})).has_error());
}

BOOST_AUTO_TEST_CASE(its_type_is_registered) {
  const auto* type = find_driver_type("webhook");
  BOOST_TEST_REQUIRE(type);
  BOOST_CHECK(type->default_timeout == 30s);
  BOOST_TEST(type->keys.front().name == "secret");
  BOOST_TEST((type->keys.front().kind == key_kind::secret));
  BOOST_TEST(type->keys.front().required);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
