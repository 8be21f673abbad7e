#include "actors/providers/signal/signal_texts.hpp"

#include "actors/providers/signal/signal.hpp"
#include "tests/actors/providers/driver_fixture.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

/// Witness: the texts below are those of AsamK/signal-cli v0.14.6 (App.java, SendCommand.java,
/// CommandUtil.java, SendMessageResultUtils.java, SignalAccountFiles.java,
/// SignalJsonRpcCommandHandler.java) with the exceptions of Turasa/libsignal-service-java
/// v2.15.3_unofficial_145, as signal-cli-rest-api 0.100 (cli.go, jsonrpc2.go, client.go) passes
/// them on. docs/internals/providers-evidence.md names the place of each.
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

std::unique_ptr<driver> made(const std::string& api) {
  return std::move(*signal_driver_type().make(
      settings_with({{"api", api}, {"url", "http://127.0.0.1:1"}, {"account", "+14155550100"}})));
}

const std::string captcha =
    "CAPTCHA proof required for sending to \"+15551234567\", available options \"CAPTCHA\" with "
    "challenge token \"2fd3c1a0-7b61-4f0e-9d55-0c1e9b7f4a11\", or wait \"86400\" seconds.\n"
    "To get the captcha token, go to https://signalcaptchas.org/challenge/generate.html";

/// The output of the process when the server runs signal-cli for each message (cli.go).
std::string printed(const std::string& line, const std::string& end = "Failed to send message") {
  return "Failed to send (some) messages:\n+15551234567: " + line + "\n1763869200123\n" + end +
         "\n";
}

std::string unexpected(const std::string& exception) {
  return "Failed to send message: " + exception + " (UnexpectedErrorException)";
}

struct text_row {
  std::string text;
  std::string_view outcome;
  bool recipient_only = false;
  std::chrono::seconds wait{0};
};

const text_row rows[]{
    {"Unregistered user \"+15551234567\"", "recipient_rejected"},
    {printed("Unregistered user \"+15551234567\""), "recipient_rejected"},
    {"Failed to send message due to untrusted identities", "recipient_rejected"},
    {printed("Untrusted Identity for \"+15551234567\"",
             "Failed to send message due to untrusted identities"),
     "recipient_rejected"},
    {"Failed to send message due to rate limiting", "throttled", true},
    {printed("Rate limit failure for \"+15551234567\"",
             "Failed to send message due to rate limiting"),
     "throttled", true},
    {printed("Rate limit failure for \"+15551234567\", retry after 37 seconds",
             "Failed to send message due to rate limiting"),
     "throttled", true, 37s},
    {captcha, "throttled", true, 24h},
    {printed(captcha, "Failed to send message due to rate limiting"), "throttled", true, 24h},
    {"CAPTCHA proof required for sending to \"+1555\", or wait \"-1\" seconds.", "throttled", true},
    {unexpected("[413] Rate limit exceeded: 413 (RateLimitException)"), "throttled", true},
    {unexpected("[429] Rate Limited (RateLimitException)"), "throttled", true},
    {"StatusCode: 413", "throttled", true},
    {"User +14155550100 is not registered.", "misconfigured"},
    {"Specified account does not exist", "misconfigured"},
    {"Method requires valid account parameter", "misconfigured"},
    {"Number not registered with JSON-RPC", "misconfigured"},
    {"Invalid account (phone number), make sure you include the country code.", "misconfigured"},
    {unexpected("[401] Authorization failed! (AuthorizationFailedException)"), "misconfigured"},
    {"[403] Authorization failed!", "misconfigured"},
    {"Error while checking account +14155550100: [401] Authorization failed!", "misconfigured"},
    {"Error while checking account +14155550100: [429] Rate Limited", "throttled"},
    {"Error while checking account +14155550100: chat.signal.org", "unavailable"},
    {unexpected("StatusCode: 499 (DeprecatedVersionException)"), "misconfigured"},
    {"StatusCode: 508 (DeprecatedVersionException)", "misconfigured"},
    {"Error loading state file for user +14155550100: signal-cli version is too old for the "
     "Signal-Server, please update. (IOException)",
     "misconfigured"},
    {"The user +15551234567 is not registered.", "recipient_rejected"},
    {"Invalid phone number '+1': too short", "recipient_rejected"},
    {"Sending empty message is not allowed, either a message, attachment or sticker must be given.",
     "message_rejected"},
    {unexpected("No prekeys available (IOException), maybe one of the devices of the recipient "
                "wasn't online for a while."),
     "unavailable", true},
    {unexpected("chat.signal.org (UnknownHostException)"), "unavailable"},
    {unexpected("timeout (SocketTimeoutException)"), "unavailable"},
    {unexpected("StatusCode: 508 (ServerRejectedException)"), "unavailable"},
    {printed("Network failure for \"+15551234567\""), "unknown"},
    {"Failed to send message", "unknown", true},
};

BOOST_AUTO_TEST_SUITE(signal_texts)

BOOST_AUTO_TEST_CASE(both_servers_texts_have_one_table) {
  const auto daemon = made("json-rpc");
  const auto rest = made("rest");
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.text) {
      const json::object error{{"code", -32603}, {"message", row.text}, {"data", nullptr}};
      const auto by_daemon = outcome_of(
          *daemon, replied(200, json::serialize(json::object{
                                    {"jsonrpc", "2.0"}, {"error", error}, {"id", "7f3c/0"}})));
      const auto by_rest =
          outcome_of(*rest, replied(400, json::serialize(json::object{{"error", row.text}})));
      for (const auto* out : {&by_daemon, &by_rest}) {
        BOOST_TEST(to_string(out->kind) == row.outcome);
        BOOST_TEST(out->recipient_only == row.recipient_only);
        BOOST_TEST(out->retry_after.has_value() == (row.wait > 0s));
        BOOST_CHECK(out->retry_after.value_or(0s) == row.wait);
        BOOST_TEST(!out->detail.empty());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_token_of_a_captcha_is_kept) {
  BOOST_TEST(classify_signal_text(captcha)->challenge == "2fd3c1a0-7b61-4f0e-9d55-0c1e9b7f4a11");
  // Its end is not always known.
  BOOST_CHECK(classify_signal_text("CAPTCHA proof required for sending to \"+1\" with challenge "
                                   "token \"2fd3\", or wait \"-1\" seconds.")
                  ->retry_after == 1h);
  for (const auto* text : {"CAPTCHA proof required for sending to \"+1\"",
                           "CAPTCHA proof required for sending to \"+1\", challenge token \"2fd3",
                           "CAPTCHA proof required for sending to \"+1\", challenge token 2fd3",
                           "Unregistered user \"+1\", challenge token \"2fd3\""})
    BOOST_TEST(classify_signal_text(text)->challenge == "", text);
}

BOOST_AUTO_TEST_CASE(a_text_that_no_row_knows_is_left_to_the_server_it_came_from) {
  for (const auto* text : {"", "An internal server error has occurred.", "The user is registered.",
                           "No value present (NoSuchElementException)", "failed to send message"})
    BOOST_TEST(!classify_signal_text(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(seconds_are_read_where_they_are_named) {
  const struct {
    std::string_view text;
    std::chrono::seconds seconds;
  } seconds[]{{"wait \"5\" seconds", 5s},
              {"wait \"86400\" seconds", 24h},
              {"wait \"86401\"", 24h},
              {"wait \"9223372036854775807\"", 24h},
              {"wait \"92233720368547758070\"", 0s},
              {"wait \"0\"", 0s},
              {"wait \"-1\"", 0s},
              {"wait \"", 0s},
              {"wait \"soon\"", 0s},
              {"wait 5", 0s},
              {"", 0s}};
  for (const auto& row : seconds)
    BOOST_CHECK_MESSAGE(seconds_after(row.text, "wait \"").value_or(0s) == row.seconds, row.text);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
