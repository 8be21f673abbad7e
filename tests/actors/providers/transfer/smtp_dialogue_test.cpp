#include "actors/providers/transfer/smtp_dialogue.hpp"

#include "tests/actors/providers/smtp_fixture.hpp"

#include <boost/test/unit_test.hpp>

/// Witness: RFC 5321 (4.2 and the sessions of appendix D).
namespace postrider::actors {
namespace {

/// "C: line" was sent, "S: line" came, "." is the end of the message.
smtp_dialogue after(std::initializer_list<std::string_view> lines) {
  smtp_dialogue dialogue;
  for (const auto line : lines) {
    if (line == ".") dialogue.end_of_message();
    else if (line.starts_with("C: ")) dialogue.sent(line.substr(3));
    else dialogue.received(line.substr(3));
  }
  return dialogue;
}

BOOST_AUTO_TEST_SUITE(smtp_dialogue_)

BOOST_AUTO_TEST_CASE(each_stage_is_told_from_the_lines) {
  smtp_dialogue dialogue;
  BOOST_CHECK(dialogue.stage() == transfer_stage::connecting);
  dialogue.received("220 mx\r\n");
  BOOST_CHECK(dialogue.stage() == transfer_stage::logging_in);
  dialogue.sent("STARTTLS\r\n");
  dialogue.received("220 go\r\n");
  BOOST_CHECK(dialogue.stage() == transfer_stage::tls_handshake);
  dialogue.sent("EHLO me\r\n");
  BOOST_CHECK(dialogue.stage() == transfer_stage::logging_in);
  dialogue.received("250 mx\r\n");
  dialogue.sent("MAIL FROM:<a@x>\r\n");
  BOOST_CHECK(dialogue.stage() == transfer_stage::request_partly_written);
  dialogue.received("250 ok\r\n");
  dialogue.sent("RCPT TO:<b@x>\r\n");
  dialogue.received("250 ok\r\n");
  dialogue.sent("DATA\r\n");
  dialogue.received("354 go\r\n");
  BOOST_CHECK(dialogue.stage() == transfer_stage::request_partly_written);
  BOOST_TEST(!dialogue.is_answered());
  dialogue.end_of_message();
  BOOST_CHECK(dialogue.stage() == transfer_stage::request_written);
  dialogue.received("250-ok\r\n");
  BOOST_CHECK(dialogue.stage() == transfer_stage::reply_started);
  dialogue.received("250 queued\r\n");
  BOOST_TEST(dialogue.is_answered());
  BOOST_TEST(dialogue.last()->text == "ok queued");
}

BOOST_AUTO_TEST_CASE(what_a_login_sends_is_never_taken_for_a_command) {
  // "QUIT" and "MAIL" are base64 too.
  const auto dialogue =
      after({"S: 220 mx", "C: EHLO me", "S: 250 mx", "C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6",
             "C: QUIT", "S: 334 UGFzc3dvcmQ6", "C: MAIL", "S: 535 5.7.8 no"});
  BOOST_TEST(shown(dialogue.replies()) ==
             "the greeting 220, EHLO 250, AUTH 334, AUTH 334, AUTH 535");
  BOOST_TEST(!dialogue.is_quit());
  BOOST_CHECK(dialogue.stage() == transfer_stage::logging_in);
}

BOOST_AUTO_TEST_CASE(a_line_that_is_no_reply_is_not_taken_for_one) {
  for (const auto line : {"S: ", "S: ok\r\n", "S: 25 ok\r\n", "S: 2500 ok\r\n", "S: 250=ok\r\n"})
    BOOST_TEST(after({line}).replies().empty());
  BOOST_TEST(after({"S: 250\r\n"}).last()->code == 250);
  BOOST_TEST(after({"S: 250 \r\n"}).last()->text == "");
}

BOOST_AUTO_TEST_CASE(what_comes_after_quit_is_not_kept) {
  const auto dialogue = after({"S: 220 mx", "C: EHLO me", "S: 550 no", "C: QUIT", "S: 221 bye"});
  BOOST_TEST(shown(dialogue.replies()) == "the greeting 220, EHLO 550");
  BOOST_TEST(dialogue.is_answered());
}

BOOST_AUTO_TEST_CASE(memory_is_bounded_whatever_a_server_says) {
  smtp_dialogue dialogue;
  for (int i = 0; i < 100; ++i) {
    for (int line = 0; line < 50; ++line)
      dialogue.received("250-" + std::string(400, 'x'));
    dialogue.received("250 the end");
  }
  BOOST_TEST(dialogue.replies().size() == 32U);
  for (const auto& reply : dialogue.replies())
    BOOST_TEST(reply.text.size() <= 1'100U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
