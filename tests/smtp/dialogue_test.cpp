#include "smtp/dialogue.hpp"

#include "tests/smtp/dialogue_fixture.hpp"

using namespace postrider;

namespace {

const std::string hello = "EHLO client.example\r\n|";
const std::string envelope = hello + "MAIL FROM:<a@b.example>\r\nRCPT TO:<alerts@x>\r\n";

std::string times(int count, const std::string& text) {
  std::string all;
  for (int i = 0; i < count; ++i)
    all += text;
  return all;
}

struct row {
  const char* what;
  std::string says;
  std::string hears;
};

void expect(const std::vector<row>& rows) {
  for (const auto& [what, says, hears] : rows)
    BOOST_TEST_CONTEXT(what) {
      test::dialogue_fixture whole, bytes;
      BOOST_TEST(whole.say(says) == hears);
      // RFC 2920: a client may send commands in any pieces, but not ahead of an answer that it has
      // to wait for. A byte at a time nothing is ahead.
      if (hears.find("554") == hears.npos) {
        BOOST_TEST(bytes.say(says, 1) == hears);
        BOOST_TEST(bytes.mails.size() == whole.mails.size());
      }
    }
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(dialogue, test::dialogue_fixture)

BOOST_AUTO_TEST_CASE(a_mail_is_received_with_its_envelope) {
  BOOST_TEST(say("EHLO client.example\r\n") == "250");
  BOOST_TEST(say("MAIL FROM:<cron@host.example> SIZE=100 BODY=8BITMIME\r\n"
                 "RCPT TO:<alerts@anything>\r\nRCPT TO:<user+7@anything>\r\n") == "250 250 250");
  BOOST_TEST(say("DATA\r\n") == "354");
  BOOST_TEST(say("Subject: x\r\n\r\n..dot\r\n.\r\n") == "store 250");
  BOOST_REQUIRE(mails.size() == 1u);
  const auto& mail = mails.front();
  BOOST_TEST(mail.sender == "cron@host.example");
  BOOST_TEST(mail.content == "Subject: x\r\n\r\n.dot\r\n");
  BOOST_TEST(mail.helo == "client.example");
  BOOST_REQUIRE(mail.to.size() == 2u);
  BOOST_TEST(mail.to[0].source->settings.name == "alerts");
  BOOST_TEST(mail.to[1].source->settings.to.front() == "user:7");
  BOOST_TEST(say("QUIT\r\n") == "221 close");
  BOOST_TEST(budget.held() == 0u);
}

BOOST_AUTO_TEST_CASE(the_greeting_and_the_extensions) {
  std::string out;
  begin().greet(out);
  BOOST_TEST(out == "220 mx.example.org ESMTP Postrider\r\n");
  say(hello);
  BOOST_TEST(text ==
             "250-mx.example.org\r\n250-PIPELINING\r\n250-SIZE 8388608\r\n250-8BITMIME\r\n"
             "250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n250-AUTH PLAIN LOGIN\r\n250 HELP\r\n");
}

BOOST_AUTO_TEST_CASE(commands_come_in_their_order) {
  expect({
      {"MAIL before EHLO", "MAIL FROM:<a@b>\r\n", "503"},
      {"HELO is enough", "HELO x\r\n|MAIL FROM:<a@b>\r\n", "250 250"},
      {"no parameters behind HELO", "HELO x\r\n|MAIL FROM:<a@b> SIZE=1\r\n", "250 555"},
      {"RCPT before MAIL", hello + "RCPT TO:<alerts@x>\r\n", "250 503"},
      {"DATA before MAIL", hello + "DATA\r\n", "250 503"},
      {"DATA without a good recipient", hello + "MAIL FROM:<a@b>\r\nRCPT TO:<nobody@x>\r\nDATA\r\n",
       "250 250 550 554"},
      {"MAIL twice", envelope + "MAIL FROM:<c@d>\r\n", "250 250 250 503"},
      {"RSET", envelope + "RSET\r\nRCPT TO:<alerts@x>\r\n", "250 250 250 250 503"},
      {"EHLO leaves the mail", envelope + hello + "RCPT TO:<alerts@x>\r\n", "250 250 250 250 503"},
      {"commands that change nothing", envelope + "NOOP\r\nVRFY alerts\r\nHELP\r\nDATA\r\n",
       "250 250 250 250 252 214 354"},
      {"small letters", "ehlo x\r\n|mail from:<a@b>\r\nrcpt to:<alerts@x>\r\n", "250 250 250"},
      {"no angle brackets", hello + "MAIL FROM:a@b SIZE=1\r\nRCPT TO:alerts\r\n", "250 250 250"},
      {"no angle brackets behind a blank", hello + "MAIL FROM: a@b\r\nRCPT TO: alerts@x\r\n",
       "250 250 250"},
      {"an empty sender", hello + "MAIL FROM:<>\r\n", "250 250"},
      {"AUTH inside of a mail", envelope + "AUTH PLAIN\r\n", "250 250 250 503"},
      {"QUIT and more", "QUIT\r\nNOOP\r\n", "221 close"},
  });
}

BOOST_AUTO_TEST_CASE(commands_that_are_none) {
  expect({
      {"unknown", "FOO\r\n", "500"},
      {"not offered", "BDAT 3 LAST\r\nEXPN all\r\n", "502 502"},
      {"an empty line", "\r\n", "500"},
      {"EHLO without a name", "EHLO\r\n", "501"},
      {"EHLO with two", "EHLO a b\r\n", "501"},
      {"an argument of DATA", envelope + "DATA now\r\n", "250 250 250 501"},
      {"an argument of RSET", envelope + "RSET now\r\nDATA\r\n", "250 250 250 501 354"},
      {"half of the angle brackets", hello + "MAIL FROM:a@b>\r\nMAIL FROM:<a@b\r\n", "250 501 501"},
      {"no address", hello + "MAIL FROM:\r\nMAIL FROM: \r\n", "250 501 501"},
      {"no colon", hello + "MAIL FROM <a@b>\r\n", "250 501"},
      {"text behind the address", hello + "MAIL FROM:<a@b>SIZE=1\r\n", "250 501"},
      {"an unknown parameter", hello + "MAIL FROM:<a@b> RET=FULL\r\n", "250 555"},
      {"a parameter twice", hello + "MAIL FROM:<a@b> SIZE=1 SIZE=2\r\n", "250 501"},
      {"DSN", hello + "MAIL FROM:<a@b>\r\nRCPT TO:<alerts@x> NOTIFY=NEVER\r\n", "250 250 555"},
      {"a bad size", hello + "MAIL FROM:<a@b> SIZE=-1\r\n", "250 501"},
      {"a size beyond 64 bits", hello + "MAIL FROM:<a@b> SIZE=99999999999999999999\r\n", "250 501"},
      {"too large by its own word", hello + "MAIL FROM:<a@b> SIZE=8388609\r\n", "250 552"},
      {"BINARYMIME", hello + "MAIL FROM:<a@b> BODY=BINARYMIME\r\n", "250 501"},
      {"UTF-8 without SMTPUTF8", hello + "MAIL FROM:<\xc3\xbc@b>\r\n", "250 550"},
      {"UTF-8 with it", hello + "MAIL FROM:<\xc3\xbc@b> SMTPUTF8\r\n", "250 250"},
      {"no UTF-8", hello + "MAIL FROM:<\xfc@b> SMTPUTF8\r\n", "250 501"},
      {"a control character", "NOOP \x01\r\n", "500"},
      {"NUL", std::string("NOOP \0\r\n", 8), "500"},
      {"a web page", "POST / HTTP/1.1\r\nHost: x\r\n\r\nEHLO x\r\n", "554 close"},
      {"STARTTLS without a certificate", hello + "STARTTLS\r\n", "250 502"},
  });
}

BOOST_AUTO_TEST_CASE(nothing_behind_a_wrong_line_end_is_obeyed) {
  expect({
      {"bare LF", "EHLO x\nMAIL FROM:<a@b>\r\n", "500 close"},
      {"bare CR", "EHLO x\rMAIL FROM:<a@b>\r\n", "500 close"},
      {"CR CR LF", "EHLO x\r\r\n", "500 close"},
      {"LF alone", "\n", "500 close"},
      {"a long line", "NOOP " + std::string(1'018, 'x') + "\r\n", "500 close"},
      {"the longest line", "NOOP " + std::string(1'017, 'x') + "\r\n", "250"},
      {"a line without an end", std::string(1'025, 'x'), "500 close"},
  });
}

BOOST_AUTO_TEST_CASE(bytes_ahead_of_an_answer_end_the_connection) {
  for (const std::string one : {"DATA\r\n", "EHLO again\r\n", "AUTH PLAIN\r\n", "STARTTLS\r\n"}) {
    dialogue_fixture fresh;
    fresh.client.can_start_tls = true;
    BOOST_TEST(fresh.say(envelope + one + "Subject: x\r\n") == "250 250 250 554 close", one);
  }
}

BOOST_AUTO_TEST_CASE(the_end_of_a_mail_is_a_dot_between_two_crlf) {
  const std::pair<std::string, std::string> rows[]{
      {".\r\n", "store 250"},
      {"x\r\n.\r\n", "store 250"},
      {"x\n.\r\nQUIT\r\n\r\n.\r\n", "554"},
      {"x\r.\r\nQUIT\r\n\r\n.\r\n", "554"},
      {"x\n.\nQUIT\r\n\r\n.\r\n", "554"},
      {"x\r\n.\nQUIT\r\n\r\n.\r\n", "554"},
      {"x\r\n.\rQUIT\r\n\r\n.\r\n", "554"},
      {"x\r\n.\r\r\nQUIT\r\n\r\n.\r\n", "554"},
      {"x\r\r\n.\r\n", "554"},
      {"x\r\n..\r\n.\r\n", "store 250"},
      {"x\r\n.y\r\n.\r\n", "store 250"},
      {std::string("x\0y\r\n.\r\n", 8), "554"},
      {std::string(64 * 1024, 'x') + "\r\n.\r\n", "store 250"},
      {std::string(64 * 1024 + 1, 'x') + "\r\n.\r\n", "554"},
      {"x\r\n.\r\nQUIT\r\n", "store 250 221 close"},
  };
  for (const auto& [content, hears] : rows)
    for (const std::size_t piece : {std::string::npos, std::size_t{1}, std::size_t{3}}) {
      dialogue_fixture fresh;
      fresh.say(envelope);
      fresh.say("DATA\r\n");
      BOOST_TEST(fresh.say(content, piece) == hears, content.substr(0, 40));
      BOOST_TEST(fresh.budget.held() == 0u);
    }
}

BOOST_AUTO_TEST_CASE(a_mail_has_a_largest_size_and_the_server_a_largest_sum) {
  settings.max_size = 10'000;
  budget.~memory_budget();
  new (&budget) smtp::memory_budget(50'000);
  const auto line = std::string(98, 'x') + "\r\n";
  say(envelope);
  say("DATA\r\n");
  BOOST_TEST(say(times(100, line) + ".\r\n") == "store 250");
  say("MAIL FROM:<a@b>\r\nRCPT TO:<alerts@x>\r\n");
  say("DATA\r\n");
  BOOST_TEST(say(times(101, line) + ".\r\n") == "552");
  // Others hold nearly everything.
  BOOST_REQUIRE(budget.take(49'000));
  say("MAIL FROM:<a@b>\r\nRCPT TO:<alerts@x>\r\n");
  say("DATA\r\n");
  BOOST_TEST(say(times(90, line) + ".\r\n") == "452");
  budget.give_back(49'000);
  BOOST_TEST(budget.held() == 0u);
  // The end of such a mail is not waited for.
  say("MAIL FROM:<a@b>\r\nRCPT TO:<alerts@x>\r\n");
  say("DATA\r\n");
  BOOST_TEST(say(times(2'000, line), 16'384) == "552 close");
}

BOOST_AUTO_TEST_CASE(recipients_are_a_hundred_at_most) {
  const auto all = times(100, "RCPT TO:<alerts@x>\r\n");
  say(hello + "MAIL FROM:<a@b>\r\n" + all);
  BOOST_TEST(say("RCPT TO:<alerts@x>\r\n") == "452");
  BOOST_TEST(say("DATA\r\n") == "354");
}

BOOST_AUTO_TEST_CASE(mistakes_and_idle_commands_have_an_end) {
  BOOST_TEST(say(times(30, "FOO\r\n")).ends_with("500 421 close"));
  dialogue_fixture other;
  BOOST_TEST(other.say(times(130, "NOOP\r\n")).ends_with("250 421 close"));
  BOOST_TEST(host.counted[smtp::refusal::protocol] == smtp::dialogue::max_mistakes);
}

BOOST_AUTO_TEST_CASE(a_server_that_stops_takes_the_mail_that_has_begun_and_no_other) {
  say(envelope);
  host.stops = "about to stop";
  say("DATA\r\n");
  BOOST_TEST(say("x\r\n.\r\n") == "store 250 421 close");
  dialogue_fixture other;
  other.host.stops = "about to stop";
  BOOST_TEST(other.say(envelope) == "250 421 close");
}

BOOST_AUTO_TEST_CASE(tls_begins_a_fresh_dialogue) {
  client.can_start_tls = true;
  client.private_way = client.trusted = false;
  know("pr_key", persistence::scope::ingest);
  BOOST_TEST(say(hello) == "250");
  BOOST_TEST(text.find("250-STARTTLS") != text.npos);
  BOOST_TEST(text.find("AUTH") == text.npos);
  BOOST_TEST(say("AUTH PLAIN AHgAcHJfa2V5\r\n") == "538");
  BOOST_TEST(say("MAIL FROM:<a@b>\r\n") == "530");
  BOOST_TEST(say("STARTTLS\r\n") == "220 tls");
  BOOST_TEST(say("MAIL FROM:<a@b>\r\n") == "503");
  text.clear();
  BOOST_TEST(say(hello) == "250");
  BOOST_TEST(text.find("STARTTLS") == text.npos);
  BOOST_TEST(say("STARTTLS\r\n") == "503");
  // AHgAcHJfa2V5: NUL, x, NUL, pr_key.
  BOOST_TEST(say("AUTH PLAIN AHgAcHJfa2V5\r\n") == "235");
  BOOST_TEST(say("MAIL FROM:<a@b>\r\nRCPT TO:<alerts@x>\r\n") == "250 250");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(logins, test::dialogue_fixture)

BOOST_AUTO_TEST_CASE(a_key_is_the_password) {
  client.trusted = false;
  know("pr_key", persistence::scope::ingest);
  know("pr_read", persistence::scope::read);
  const std::vector<row> rows{
      {"PLAIN at once", "AUTH PLAIN AHgAcHJfa2V5\r\n", "235"},
      {"PLAIN when asked", "AUTH PLAIN\r\n|AHgAcHJfa2V5\r\n", "334 235"},
      {"the key as the user name", "AUTH PLAIN AHByX2tleQA=\r\n", "235"},
      {"LOGIN", "AUTH LOGIN\r\n|eA==\r\n|cHJfa2V5\r\n", "334 334 235"},
      {"LOGIN with the name", "AUTH LOGIN eA==\r\n|cHJfa2V5\r\n", "334 235"},
      {"a wrong key", "AUTH PLAIN AHgAcHJfeA==\r\n", "535 wait"},
      {"no key", "AUTH PLAIN AAA=\r\n", "535 wait"},
      {"a key of another scope", "AUTH LOGIN eA==\r\n|cHJfcmVhZA==\r\n", "334 550"},
      {"no base64", "AUTH PLAIN !!\r\n", "501"},
      {"another form", "AUTH PLAIN eA==\r\n", "501"},
      {"cancelled", "AUTH LOGIN\r\n|*\r\n", "334 501"},
      {"another mechanism", "AUTH CRAM-MD5\r\n", "504"},
      {"twice", "AUTH PLAIN AHgAcHJfa2V5\r\n|AUTH PLAIN AHgAcHJfa2V5\r\n", "235 503"},
      {"a long line", "AUTH PLAIN " + std::string(12'280, 'A') + "\r\n", "500 close"},
  };
  for (const auto& [what, says, hears] : rows)
    BOOST_TEST_CONTEXT(what) {
      begin();
      say(hello);
      const auto heard = say(says);
      BOOST_TEST(heard == hears);
      const bool in = heard.ends_with("235") || heard.ends_with("503");
      if (!heard.ends_with("close")) BOOST_TEST(say("MAIL FROM:<a@b>\r\n") == (in ? "250" : "530"));
    }
}

BOOST_AUTO_TEST_CASE(a_key_is_looked_at_before_each_mail) {
  client.trusted = false;
  know("pr_key", persistence::scope::ingest);
  say(hello);
  say("AUTH PLAIN AHgAcHJfa2V5\r\n");
  host.rate = actors::request_budget{10, 0, std::chrono::seconds(7), false};
  BOOST_TEST(say("MAIL FROM:<a@b>\r\n") == "450");
  host.rate.reset();
  BOOST_TEST(say("MAIL FROM:<a@b>\r\nRSET\r\n") == "250 250");
  host.keys.clear();
  BOOST_TEST(say("MAIL FROM:<a@b>\r\n") == "530");
}

BOOST_AUTO_TEST_CASE(a_key_opens_its_sources_only) {
  client.trusted = false;
  know("pr_key", persistence::scope::ingest, {"alerts"});
  say(hello);
  say("AUTH PLAIN AHgAcHJfa2V5\r\n");
  say("MAIL FROM:<a@b>\r\n");
  BOOST_TEST(say("RCPT TO:<alerts@x>\r\nRCPT TO:<backups@x>\r\nRCPT TO:<user+7@x>\r\n") ==
             "250 550 550");
}

BOOST_AUTO_TEST_CASE(a_server_that_needs_no_key_takes_any) {
  client.any_key = true;
  auto test_key = std::make_shared<persistence::api_key>();
  test_key->scopes = persistence::scope_set({persistence::scope::ingest});
  test_key->test = true;
  host.keys["pr_test"] = test_key;
  say(hello);
  BOOST_TEST(say("AUTH PLAIN AHgAeA==\r\n") == "235");
  BOOST_TEST(say("MAIL FROM:<a@b>\r\nRCPT TO:<alerts@x>\r\n") == "250 250");
  begin();
  say(hello);
  say("AUTH LOGIN eA==\r\n");
  BOOST_TEST(say("cHJfdGVzdA==\r\n") == "235");
  say("MAIL FROM:<a@b>\r\nRCPT TO:<alerts@x>\r\n");
  say("DATA\r\n");
  say("x\r\n.\r\n");
  BOOST_REQUIRE(mails.size() == 1u);
  BOOST_TEST(mails.front().client->test);
}

BOOST_AUTO_TEST_SUITE_END()
