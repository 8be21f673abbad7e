#include "tools/provider-sim/smtp_dialogue.hpp"

#include "tools/provider-sim/base64.hpp"
#include "tools/provider-sim/behaviour_json.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::provider_sim {
namespace {

const std::string mail = "Subject: s\r\n\r\nhello\r\n";

struct session_of {
  provider at;
  smtp_dialogue smtp;

  explicit session_of(std::string_view behaviour_text = "{}", const std::string& login = "",
                      bool offers_tls = false)
      : smtp(at, login, offers_tls) {
    behaviour_settings settings;
    BOOST_REQUIRE_EQUAL(read_behaviour(behaviour_text, settings), "");
    at.rules = behaviour(settings);
  }

  smtp_step say(std::string_view line) { return smtp.command(line); }
  unsigned code(std::string_view line) {
    return static_cast<unsigned>(std::atoi(say(line).reply.c_str()));
  }
  // Goes on until something is refused or the message is there; returns the last step.
  smtp_step deliver(std::string_view to = "<a@example.org>") {
    smtp_step step = smtp.greet();
    for (const std::string& line :
         {std::string("EHLO me"), std::string("MAIL FROM:<s@example.org>"),
          "RCPT TO:" + std::string(to), std::string("DATA")}) {
      if (!step.reply.starts_with('2') || step.next != smtp_next::command) return step;
      step = say(line);
    }
    return step.next == smtp_next::data ? smtp.message(mail, {}) : step;
  }
};

BOOST_AUTO_TEST_SUITE(smtp_dialogue_test)

BOOST_AUTO_TEST_CASE(a_session_goes_its_way) {
  session_of s;
  BOOST_TEST(s.smtp.greet().reply == "220 provider-sim ESMTP\r\n");
  BOOST_TEST(s.say("EHLO me").reply ==
             "250-provider-sim\r\n250-SIZE 10485760\r\n250-8BITMIME\r\n250-AUTH PLAIN LOGIN\r\n"
             "250 ENHANCEDSTATUSCODES\r\n");
  BOOST_TEST(s.say("mail from:<s@example.org> SIZE=5 BODY=8BITMIME").reply ==
             "250 2.1.0 Sender ok\r\n");
  BOOST_TEST(s.say("RCPT TO:<a@example.org>").reply == "250 2.1.5 Recipient ok\r\n");
  BOOST_TEST(s.say("RCPT TO: <b@example.org>").reply == "250 2.1.5 Recipient ok\r\n");
  BOOST_TEST((s.say("DATA").next == smtp_next::data));
  BOOST_TEST(s.smtp.message(mail, {}).reply == "250 2.0.0 Ok: queued as 1\r\n");
  BOOST_TEST(s.at.counts.accepted_of("a@example.org", "hello") == 1U);
  BOOST_TEST(s.at.counts.accepted_of("b@example.org", "hello") == 1U);
  BOOST_TEST(s.code("NOOP") == 250U);
  BOOST_TEST((s.say("QUIT").next == smtp_next::close));
}

BOOST_AUTO_TEST_CASE(what_is_out_of_order_or_misspelt_is_refused) {
  const std::pair<const char*, unsigned> table[] = {{"MAIL FROM:<a@b>", 503},
                                                    {"AUTH PLAIN", 503},
                                                    {"EHLO", 501},
                                                    {"HELO me", 250},
                                                    {"EHLO me", 250},
                                                    {"RCPT TO:<a@b>", 503},
                                                    {"DATA", 503},
                                                    {"MAIL FROM:a@b", 501},
                                                    {"MAIL TO:<a@b>", 501},
                                                    {"MAIL FROM:<a@b> X=1", 555},
                                                    {"MAIL FROM:<>", 250},
                                                    {"MAIL FROM:<a@b>", 503},
                                                    {"DATA", 554},
                                                    {"RCPT TO:<nowhere>", 501},
                                                    {"RCPT TO:<a@b", 501},
                                                    {"RCPT TO:<a@b>", 250},
                                                    {"DATA now", 501},
                                                    {"RSET", 250},
                                                    {"DATA", 503},
                                                    {"STARTTLS", 502},
                                                    {"VRFY a", 252},
                                                    {"EXPN a", 500},
                                                    {"", 500}};
  session_of s;
  for (const auto& [line, code] : table)
    BOOST_TEST(s.code(line) == code, line);
}

BOOST_AUTO_TEST_CASE(credentials_are_checked_if_there_are_any) {
  session_of s("{}", "user:secret");
  s.say("EHLO me");
  BOOST_TEST(s.code("MAIL FROM:<a@b>") == 530U);
  BOOST_TEST(s.code("AUTH CRAM-MD5") == 504U);
  const std::string good = to_base64(std::string("\0user\0secret", 12));
  const std::string bad = to_base64(std::string("\0user\0wrong", 11));
  BOOST_TEST(s.code("AUTH PLAIN " + bad) == 535U);
  BOOST_TEST(s.code("AUTH PLAIN !") == 501U);
  BOOST_TEST(s.code("AUTH PLAIN " + to_base64("user")) == 501U);
  BOOST_TEST((s.say("AUTH PLAIN").next == smtp_next::credentials));
  BOOST_TEST(s.smtp.credentials("*").reply.starts_with("501 "));
  BOOST_TEST(s.say("AUTH LOGIN").reply == "334 VXNlcm5hbWU6\r\n");
  BOOST_TEST(s.smtp.credentials(to_base64("user")).reply == "334 UGFzc3dvcmQ6\r\n");
  BOOST_TEST(s.smtp.credentials(to_base64("secret")).reply.starts_with("235 2.7.0"));
  BOOST_TEST(s.code("AUTH PLAIN " + good) == 503U);
  BOOST_TEST(s.code("MAIL FROM:<a@b>") == 250U);
  session_of any;
  any.say("EHLO me");
  BOOST_TEST(any.code("AUTH PLAIN " + bad) == 235U);
}

BOOST_AUTO_TEST_CASE(tls_begins_the_session_anew) {
  session_of s("{}", "", true);
  BOOST_TEST(s.say("EHLO me").reply.find("250-STARTTLS\r\n") != std::string::npos);
  BOOST_TEST((s.say("STARTTLS").next == smtp_next::start_tls));
  s.smtp.on_tls();
  BOOST_TEST(s.code("MAIL FROM:<a@b>") == 503U);
  BOOST_TEST(s.say("EHLO me").reply.find("STARTTLS") == std::string::npos);
  BOOST_TEST(s.code("STARTTLS") == 503U);
}

BOOST_AUTO_TEST_CASE(every_outcome_shows_at_its_stage) {
  struct row {
    const char *outcome, *reply;
    smtp_next next;
    unsigned accepted;
  };
  const row table[] = {
      {"unregistered", "550 5.1.1 No such user here\r\n", smtp_next::command, 0},
      {"identity", "550 5.7.1 Relaying denied\r\n", smtp_next::command, 0},
      {"rate_limit", "450 4.7.1 Greylisted, try again later\r\n", smtp_next::command, 0},
      {"rate_limit_captcha", "421 4.7.0 Too many messages, closing\r\n", smtp_next::close, 0},
      {"invalid_pre_key", "452 4.2.2 Mailbox full\r\n", smtp_next::command, 0},
      {"unknown_host", "550 5.1.2 Bad destination system\r\n", smtp_next::command, 0},
      {"account_unknown", "530 5.7.0 Authentication required\r\n", smtp_next::command, 0},
      {"io_error", "451 4.3.0 Local error in processing\r\n", smtp_next::command, 0},
      {"http_404", "554 5.5.1 No valid recipients\r\n", smtp_next::command, 0},
      {"drop", "", smtp_next::reset, 0},
      {"drop_in_body", "354 End data with <CR><LF>.<CR><LF>\r\n", smtp_next::drop_in_body, 0},
      {"network_failure", "451 4.4.2 Bad connection\r\n", smtp_next::command, 0},
      {"internal_error", "451 4.3.0 Local error in processing\r\n", smtp_next::command, 0},
      {"http_500", "554 5.3.0 Transaction failed\r\n", smtp_next::command, 0},
      {"garbage", "<html>Bad gateway</html>\r\n", smtp_next::close, 0},
      {"accept_then_garbage", "<html>Bad gateway</html>\r\n", smtp_next::close, 1},
      {"accept_then_cut", "25", smtp_next::close, 1},
      {"accept_then_drop", "", smtp_next::reset, 1},
      {"never_answer", "", smtp_next::hold, 0},
      {"accept_never_answer", "", smtp_next::hold, 1},
  };
  for (const row& r : table) {
    session_of s(R"({"outcomes":{")" + std::string(r.outcome) + R"(":1}})");
    const smtp_step last = s.deliver();
    BOOST_TEST(last.reply == r.reply, r.outcome);
    BOOST_TEST((last.next == r.next), r.outcome);
    BOOST_TEST(s.at.counts.accepted() == r.accepted, r.outcome);
    BOOST_TEST(s.at.counts.of(*outcome_named(r.outcome)) == 1U, r.outcome);
  }
}

BOOST_AUTO_TEST_CASE(a_stage_can_be_made_to_refuse) {
  struct row {
    const char *stage, *rule, *reply;
    smtp_next next;
    unsigned accepted;
  };
  const row table[] = {
      {"greeting", R"({"status":554,"enhanced":"5.7.1","message":"Go away"})",
       "554 5.7.1 Go away\r\n", smtp_next::command, 0},
      {"greeting", R"({"status":421,"enhanced":"4.3.2"})", "421 4.3.2 Try again later\r\n",
       smtp_next::close, 0},
      {"greeting", R"({"then":"never_answer"})", "", smtp_next::hold, 0},
      {"greeting", R"({"status":554,"then":"stall"})", "554 Re", smtp_next::hold, 0},
      {"ehlo", R"({"status":502})", "502 Refused\r\n", smtp_next::command, 0},
      {"mail", R"({"status":553,"enhanced":"5.7.1"})", "553 5.7.1 Refused\r\n", smtp_next::command,
       0},
      {"rcpt", R"({"status":450,"enhanced":"4.2.1","then":"close"})",
       "450 4.2.1 Try again later\r\n", smtp_next::close, 0},
      {"data", R"({"then":"drop"})", "", smtp_next::reset, 0},
      {"dot", R"({"status":550,"enhanced":"5.7.1"})", "550 5.7.1 Refused\r\n", smtp_next::command,
       0},
      {"dot", R"({"status":251,"message":"Will forward"})", "251 Will forward\r\n",
       smtp_next::command, 1},
      {"dot", R"({"then":"drop","accepted":true})", "", smtp_next::reset, 1},
      {"dot", R"({"status":451,"accepted":true})", "451 Try again later\r\n", smtp_next::command,
       1},
  };
  for (const row& r : table) {
    session_of s(R"({"stages":{")" + std::string(r.stage) + "\":" + r.rule + "}}");
    const smtp_step last = s.deliver();
    BOOST_TEST(last.reply == r.reply, r.stage << ' ' << r.rule);
    BOOST_TEST((last.next == r.next), r.stage << ' ' << r.rule);
    BOOST_TEST(s.at.counts.accepted() == r.accepted, r.stage << ' ' << r.rule);
  }
  session_of s(R"({"stages":{"auth":{"status":454,"enhanced":"4.7.0"}}})");
  s.say("EHLO me");
  BOOST_TEST(s.code("AUTH PLAIN " + to_base64(std::string("\0u\0p", 4))) == 454U);
}

BOOST_AUTO_TEST_CASE(a_session_can_have_a_limit_of_messages) {
  for (const char* stage : {"mail", "data"}) {
    const std::string rules =
        R"({"stages":{")" + std::string(stage) +
        R"(":{"status":452,"enhanced":"4.4.5","message":"Enough","after":2}}})";
    session_of s(rules);
    for (int i = 0; i < 2; ++i)
      BOOST_TEST(s.deliver().reply.starts_with("250 2.0.0 Ok"));
    BOOST_TEST(s.deliver().reply == "452 4.4.5 Enough\r\n", stage);
    BOOST_TEST(s.at.counts.accepted() == 2U);
    // The next session of the same provider counts from nothing.
    smtp_dialogue other(s.at, "", false);
    other.command("EHLO me");
    BOOST_TEST(other.command("MAIL FROM:<s@example.org>").reply.starts_with("250"));
  }
}

BOOST_AUTO_TEST_CASE(one_recipient_can_have_a_reply_of_its_own_at_any_later_stage) {
  session_of s(
      R"({"by_recipient":{"a@example.org":[{"status":551},{"status":452,"stage":"data"},)"
      R"({"status":554,"enhanced":"5.6.0","stage":"dot"},{"status":250,"stage":"dot","accepted":true}]}})");
  BOOST_TEST(s.deliver().reply == "551 Refused\r\n");
  s.say("RSET");
  BOOST_TEST(s.deliver().reply == "452 Try again later\r\n");
  BOOST_TEST(s.deliver().reply == "554 5.6.0 Refused\r\n");
  BOOST_TEST(s.at.counts.accepted() == 0U);
  BOOST_TEST(s.deliver().reply == "250 Ok\r\n");
  BOOST_TEST(s.at.counts.accepted() == 1U);
  BOOST_TEST(s.deliver("<b@example.org>").reply == "250 2.0.0 Ok: queued as 3\r\n");
}

BOOST_AUTO_TEST_CASE(a_message_that_is_too_big_is_refused) {
  session_of s;
  s.say("EHLO me");
  s.say("MAIL FROM:<a@b>");
  s.say("RCPT TO:<a@b>");
  s.say("DATA");
  BOOST_TEST(s.smtp.message(std::string(smtp_dialogue::max_message + 1, 'x'), {}).reply ==
             "552 5.3.4 Message too big\r\n");
  BOOST_TEST(s.at.counts.accepted() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::provider_sim
