#include "actors/providers/email/email_reply.hpp"
#include "actors/providers/signal/signal.hpp"
#include "actors/providers/sms/sms.hpp"
#include "actors/providers/transfer/transport_outcome.hpp"
#include "tests/actors/providers/driver_fixture.hpp"

#include <boost/test/unit_test.hpp>

/// Which refusals are about the credentials: their first probe waits longest.
namespace postrider::actors {
namespace {

struct credentials_row {
  int status;
  std::string body;
  bool credentials;
};

void expect(const driver& provider, const std::vector<credentials_row>& rows) {
  for (const auto& row : rows) {
    const auto out = outcome_of(provider, replied(row.status, row.body));
    BOOST_TEST(out.credentials == row.credentials, row.status << " " << row.body);
    if (row.credentials) BOOST_TEST(to_string(out.kind) == "misconfigured", row.body);
  }
}

std::string twilio_error(int code) {
  return R"({"code":)" + std::to_string(code) + R"(,"message":"no"})";
}

std::string signal_error(const std::string& text) {
  return R"({"jsonrpc":"2.0","error":{"code":-3,"message":")" + text + R"("},"id":"7f3c/0"})";
}

BOOST_AUTO_TEST_SUITE(refused_credentials)

BOOST_AUTO_TEST_CASE(of_twilio) {
  const auto twilio = std::move(
      *sms_driver_type().make(settings_with({{"api", "twilio"},
                                             {"account_sid", "AC0123456789abcdef0123456789ABCDEF"},
                                             {"auth_token", "t0ken"},
                                             {"from", "+14155550100"}})));
  expect(*twilio, {{401, twilio_error(20003), true},
                   {401, "", true},
                   {403, twilio_error(20403), true},
                   {403, "<html>", false},
                   {400, twilio_error(21212), false},
                   {401, twilio_error(20429), false},
                   {404, "", false},
                   {201, "{}", false}});
}

BOOST_AUTO_TEST_CASE(of_kannel) {
  const auto kannel =
      std::move(*sms_driver_type().make(settings_with({{"api", "kannel"},
                                                       {"url", "http://127.0.0.1:1"},
                                                       {"username", "tester"},
                                                       {"password", "s3cret"},
                                                       {"from", "12345"}})));
  expect(*kannel, {{403, "Authorization failed for sendsms", true},
                   {403, "Not routable. Do not try again.", false},
                   {403, "", false},
                   {404, "Unknown request.", false},
                   {202, "0: Accepted for delivery", false}});
}

BOOST_AUTO_TEST_CASE(of_signal_cli) {
  const auto daemon = std::move(*signal_driver_type().make(
      settings_with({{"url", "http://127.0.0.1:1"}, {"account", "+14155550100"}})));
  expect(*daemon, {{200, signal_error("[401] Authorization failed!"), true},
                   {200, signal_error("x (AuthorizationFailedException)"), true},
                   {200, signal_error("User +14155550100 is not registered."), false},
                   {401, "", false},
                   {403, "", false}});
}

BOOST_AUTO_TEST_CASE(of_a_mail_server) {
  const auto with_reply = [](transfer_error error, smtp_command command, int code) {
    transfer_result result;
    result.error = error;
    result.stage =
        error == transfer_error::none ? transfer_stage::reply_complete : transfer_stage::logging_in;
    result.replies = {{command, code, "no"}};
    return classify_mail(result);
  };
  const struct {
    transfer_error error;
    smtp_command command;
    int code;
    bool credentials;
  } rows[]{{transfer_error::login, smtp_command::auth, 535, true},
           {transfer_error::login, smtp_command::auth, 534, true},
           {transfer_error::login, smtp_command::auth, 504, true},
           {transfer_error::login, smtp_command::ehlo, 250, true},
           {transfer_error::login, smtp_command::auth, 454, false},
           {transfer_error::tls, smtp_command::ehlo, 250, false},
           {transfer_error::none, smtp_command::mail, 530, true},
           {transfer_error::none, smtp_command::rcpt, 530, true},
           {transfer_error::none, smtp_command::rcpt, 503, false},
           {transfer_error::none, smtp_command::rcpt, 550, false}};
  for (const auto& row : rows)
    BOOST_TEST(with_reply(row.error, row.command, row.code).credentials == row.credentials,
               to_string(row.command) << " " << row.code);
}

BOOST_AUTO_TEST_CASE(a_status_counts_once_the_head_is_complete) {
  for (const int status : {401, 403})
    BOOST_TEST(refuses_credentials(replied(status)));
  for (const int status : {0, 200, 400, 402, 404, 407, 429, 500})
    BOOST_TEST(!refuses_credentials(replied(status)), status);
  auto broken = replied(401);
  broken.stage = transfer_stage::reply_started;
  BOOST_TEST(!refuses_credentials(broken));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
