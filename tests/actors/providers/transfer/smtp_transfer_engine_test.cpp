#include "tests/actors/providers/smtp_fixture.hpp"

#include <boost/test/unit_test.hpp>

/// Witness: RFC 5321, by a peer that is scripted from it; Postfix 3.7 is the real one in
/// tests/peers/mail.py.
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using tests::drop;
using tests::silence;
using tests::smtp_behaviour;
using tests::smtp_peer;

BOOST_FIXTURE_TEST_SUITE(smtp_transfer, smtp_fixture)

// ---- the exchange ------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_message_arrives_as_it_was_given) {
  const smtp_peer peer;
  const auto request = mail_to(peer.url());
  const auto result = perform(request);
  BOOST_TEST(summary(result) == "250 complete");
  BOOST_TEST(result.replies.back().text == "2.0.0 Ok: queued as 4W7abc");
  const std::vector<std::string> commands{"EHLO client.example.org",
                                          "MAIL FROM:<postrider@example.org>",
                                          "RCPT TO:<ann@example.com>", "DATA"};
  BOOST_TEST(peer.heard() == commands, boost::test_tools::per_element());
  BOOST_TEST_REQUIRE(peer.messages().size() == 1U);
  BOOST_TEST(peer.messages()[0] == request.body);
}

BOOST_AUTO_TEST_CASE(a_long_message_with_dots_everywhere_arrives_as_it_was_given) {
  const smtp_peer peer;
  auto request = mail_to(peer.url());
  request.timeout = 60s;
  for (int line = 0; line < 20'000; ++line)
    request.body += std::string(static_cast<std::size_t>(line % 5), '.') + "x\r\n" +
                    std::string(static_cast<std::size_t>(line % 3), '.') + "\r\n";
  BOOST_TEST(ending_of(request) == "250 complete");
  BOOST_TEST_REQUIRE(peer.messages().size() == 1U);
  BOOST_TEST((peer.messages()[0] == request.body));
}

BOOST_AUTO_TEST_CASE(the_lines_of_a_reply_are_joined) {
  smtp_behaviour behaviour;
  behaviour.ehlo = "250-mx.test\r\n250-SIZE 1000\r\n250 HELP";
  behaviour.rcpt = "550-5.1.1 no such\r\n550-5.1.1 user\r\n550 5.1.1 gr\xc3\xbc";
  const smtp_peer peer(behaviour);
  const auto result = perform(mail_to(peer.url()));
  BOOST_TEST(shown(result.replies) == "the greeting 220, EHLO 250, MAIL FROM 250, RCPT TO 550");
  BOOST_TEST(result.replies[1].text == "mx.test SIZE 1000 HELP");
  BOOST_TEST(result.replies[3].text == "5.1.1 no such 5.1.1 user 5.1.1 gr??");
}

BOOST_AUTO_TEST_CASE(a_refused_command_is_answered_without_waiting_for_the_answer_to_quit) {
  smtp_behaviour behaviour;
  behaviour.rcpt = "550 5.1.1 who?";
  behaviour.quit = silence;
  const smtp_peer peer(behaviour);
  const auto result = perform(mail_to(peer.url()));
  BOOST_TEST(summary(result) == "550 complete");
  BOOST_CHECK(result.duration < 5s);
  BOOST_TEST(peer.wait_until_heard("QUIT"));
}

// ---- connections -------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(messages_one_after_the_other_share_a_connection) {
  const smtp_peer peer;
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(ending_of(mail_to(peer.url())) == "250 complete");
  BOOST_TEST(peer.connections() == 1);
  const auto second = perform(mail_to(peer.url()));
  BOOST_TEST(shown(second.replies) == "MAIL FROM 250, RCPT TO 250, DATA 354, the message 250");
}

BOOST_AUTO_TEST_CASE(a_connection_whose_message_was_refused_serves_the_next) {
  smtp_behaviour behaviour;
  behaviour.message = "554 5.7.1 spam";
  const smtp_peer peer(behaviour);
  for (int i = 0; i < 2; ++i)
    BOOST_TEST(ending_of(mail_to(peer.url())) == "554 complete");
  BOOST_TEST(peer.connections() == 1);
}

BOOST_AUTO_TEST_CASE(a_kept_connection_that_the_server_gave_up_is_replaced_at_once) {
  for (const auto& later :
       {std::string("421 4.3.2 closing"), std::string(drop), std::string(tests::reset)}) {
    BOOST_TEST_CONTEXT(later) {
      smtp_behaviour first;
      first.later_mail = later;
      const smtp_peer peer({first, smtp_behaviour{}});
      BOOST_TEST(ending_of(mail_to(peer.url())) == "250 complete");
      const auto second = perform(mail_to(peer.url()));
      BOOST_TEST(summary(second) == "250 complete");
      BOOST_TEST(
          shown(second.replies) ==
          "the greeting 220, EHLO 250, MAIL FROM 250, RCPT TO 250, DATA 354, the message 250");
      BOOST_TEST(peer.connections() == 2);
      BOOST_TEST(peer.messages().size() == 2U);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_connection_that_was_closed_while_idle_is_replaced) {
  smtp_behaviour behaviour;
  behaviour.messages_per_connection = 1;
  const smtp_peer peer(behaviour);
  for (int i = 1; i < 4; ++i) {
    BOOST_TEST(ending_of(mail_to(peer.url())) == "250 complete");
    BOOST_TEST(peer.wait_for_closed(i));
  }
  BOOST_TEST(peer.messages().size() == 3U);
}

BOOST_AUTO_TEST_CASE(it_is_replaced_once_and_the_second_answer_counts) {
  smtp_behaviour first;
  first.later_mail = "421 4.3.2 closing";
  smtp_behaviour second;
  second.mail = "421 4.3.2 closing";
  const smtp_peer peer({first, second});
  BOOST_TEST(ending_of(mail_to(peer.url())) == "250 complete");
  BOOST_TEST(ending_of(mail_to(peer.url())) == "421 complete");
  BOOST_TEST(peer.connections() == 2);
}

/// Witnesses: Stalwart (452 4.4.5 to DATA), OpenSMTPD 7.8.0p1 (452 4.5.3 to MAIL), Exim 4.99 (421
/// to MAIL) limit the messages of a session.
BOOST_AUTO_TEST_CASE(a_limit_of_a_kept_connection_costs_no_attempt) {
  const struct {
    std::string smtp_behaviour::*at;
    const char* reply;
  } rows[]{
      {&smtp_behaviour::later_mail, "452 4.5.3 Too many recipients: Too many messages sent"},
      {&smtp_behaviour::later_mail, "421 too many messages in this connection"},
      {&smtp_behaviour::later_mail, "450 4.7.1 slowly"},
      {&smtp_behaviour::later_data, "452 4.4.5 Maximum number of messages per session exceeded."},
      {&smtp_behaviour::later_data, "421 4.3.2 closing"}};
  for (const auto& [at, reply] : rows) {
    BOOST_TEST_CONTEXT(reply) {
      smtp_behaviour limited;
      limited.*at = reply;
      const smtp_peer peer(limited);
      for (int i = 1; i <= 3; ++i) {
        BOOST_TEST(ending_of(mail_to(peer.url())) == "250 complete");
        BOOST_TEST(peer.connections() == i);
      }
      BOOST_TEST(peer.messages().size() == 3U);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_same_from_a_new_connection_counts) {
  for (const auto at : {&smtp_behaviour::mail, &smtp_behaviour::data}) {
    smtp_behaviour limited;
    limited.*at = "452 4.4.5 not now";
    const smtp_peer peer({smtp_behaviour{.later_mail = "452 4.4.5 not now"}, limited});
    BOOST_TEST(ending_of(mail_to(peer.url())) == "250 complete");
    BOOST_TEST(ending_of(mail_to(peer.url())) == "452 complete");
    BOOST_TEST(peer.connections() == 2);
    BOOST_TEST(ending_of(mail_to(peer.url())) == "452 complete");
    BOOST_TEST(peer.connections() == 3);
  }
}

BOOST_AUTO_TEST_CASE(other_refusals_on_a_kept_connection_are_not_tried_again) {
  const struct {
    std::string smtp_behaviour::*at;
    const char* reply;
    const char* expected;
  } rows[]{{&smtp_behaviour::later_mail, "550 5.7.1 no", "550 complete"},
           {&smtp_behaviour::later_data, "554 5.7.1 no", "554 complete"},
           {&smtp_behaviour::later_rcpt, "450 4.2.1 busy", "450 complete"}};
  for (const auto& [at, reply, expected] : rows) {
    smtp_behaviour first;
    first.*at = reply;
    const smtp_peer peer({first, smtp_behaviour{}});
    BOOST_TEST(ending_of(mail_to(peer.url())) == "250 complete");
    BOOST_TEST(ending_of(mail_to(peer.url())) == expected);
    BOOST_TEST(peer.connections() == 1);
  }
}

BOOST_AUTO_TEST_CASE(another_login_or_name_never_takes_over_a_connection) {
  smtp_behaviour behaviour;
  behaviour.ehlo = "250-mx.test\r\n250 AUTH PLAIN";
  const smtp_peer peer(behaviour);
  auto request = mail_to(peer.url());
  BOOST_TEST(ending_of(request) == "250 complete");
  request.mail->helo = "other.example.org";
  BOOST_TEST(ending_of(request) == "250 complete");
  request.mail->username = "ann";
  request.mail->password = "secret";
  BOOST_TEST(ending_of(request) == "250 complete");
  BOOST_TEST(peer.connections() == 3);
}

BOOST_AUTO_TEST_CASE(an_idle_connection_is_ended_with_quit) {
  engine = make_smtp_transfer_engine({0s});
  const smtp_peer peer;
  BOOST_TEST(ending_of(mail_to(peer.url())) == "250 complete");
  BOOST_TEST(peer.wait_until_heard("QUIT"));
  BOOST_TEST(peer.wait_for_closed(1));
  BOOST_TEST(ending_of(mail_to(peer.url())) == "250 complete");
  BOOST_TEST(peer.connections() == 2);
}

BOOST_AUTO_TEST_CASE(a_group_has_no_more_connections_than_it_may) {
  const smtp_peer peer;
  for (int i = 0; i < 40; ++i) {
    auto request = mail_to(peer.url());
    request.max_connections = 3;
    engine->perform(request, answers.take(i));
  }
  BOOST_TEST_REQUIRE(answers.wait_for(40));
  for (int i = 0; i < 40; ++i)
    BOOST_TEST(answers.to(i) == std::vector<std::string>{"250 complete"},
               boost::test_tools::per_element());
  BOOST_TEST(peer.connections() <= 3);
  BOOST_TEST(peer.messages().size() == 40U);
}

BOOST_AUTO_TEST_CASE(a_group_that_hangs_does_not_delay_another) {
  smtp_behaviour hanging;
  hanging.message = silence;
  const smtp_peer hangs(hanging);
  const smtp_peer works;
  for (int i = 0; i < 5; ++i) {
    auto request = mail_to(hangs.url(), "hangs");
    request.max_connections = 2;
    request.timeout = 60s;
    engine->perform(request, answers.take(i));
  }
  BOOST_TEST(hangs.wait_for_messages(2));
  for (int i = 0; i < 5; ++i)
    BOOST_TEST(ending_of(mail_to(works.url(), "works")) == "250 complete");
  BOOST_TEST(answers.count() == 5U);
}

BOOST_AUTO_TEST_CASE(what_gets_no_connection_in_time_is_answered_in_time) {
  smtp_behaviour hanging;
  hanging.message = silence;
  const smtp_peer peer(hanging);
  auto slow = mail_to(peer.url());
  slow.timeout = 60s;
  engine->perform(slow, answers.take(1));
  BOOST_TEST_REQUIRE(peer.wait_for_messages(1));
  auto quick = mail_to(peer.url());
  quick.timeout = 100ms;
  engine->perform(quick, answers.take(2));
  BOOST_TEST_REQUIRE(answers.wait_for(1));
  BOOST_TEST(answers.to(2) == std::vector<std::string>{"timeout before it started"},
             boost::test_tools::per_element());
}

// ---- shutdown ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(shutting_down_answers_everything_with_the_truth_of_its_stage) {
  const struct {
    std::string smtp_behaviour::*silent;
    const char* last_heard;
    const char* expected;
  } rows[]{
      {&smtp_behaviour::ehlo, "EHLO client.example.org", "shutdown while logging in"},
      {&smtp_behaviour::rcpt, "RCPT TO:<ann@example.com>", "shutdown while sending the request"},
      {&smtp_behaviour::message, nullptr, "shutdown after the request was sent"},
  };
  int number = 0;
  for (const auto& [silent, last_heard, expected] : rows) {
    BOOST_TEST_CONTEXT(expected) {
      smtp_behaviour behaviour;
      behaviour.*silent = silence;
      const smtp_peer peer(behaviour);
      engine = make_smtp_transfer_engine();
      auto request = mail_to(peer.url());
      request.timeout = 60s;
      engine->perform(request, answers.take(number));
      engine->perform(request, answers.take(number + 1));
      BOOST_TEST_REQUIRE(
          (last_heard ? peer.wait_until_heard(last_heard) : peer.wait_for_messages(1)));
      const auto begun = std::chrono::steady_clock::now();
      engine.reset();
      BOOST_CHECK(std::chrono::steady_clock::now() - begun < 10s);
      BOOST_TEST(answers.to(number) == std::vector<std::string>{expected},
                 boost::test_tools::per_element());
      BOOST_TEST(answers.to(number + 1) == std::vector<std::string>{"shutdown before it started"},
                 boost::test_tools::per_element());
      number += 2;
    }
  }
}

BOOST_AUTO_TEST_CASE(shutting_down_does_not_wait_for_a_server_that_does_not_answer_quit) {
  smtp_behaviour behaviour;
  behaviour.quit = silence;
  const smtp_peer peer(behaviour);
  BOOST_TEST(ending_of(mail_to(peer.url())) == "250 complete");
  const auto begun = std::chrono::steady_clock::now();
  engine.reset();
  BOOST_CHECK(std::chrono::steady_clock::now() - begun < 10s);
}

BOOST_AUTO_TEST_CASE(an_engine_that_did_nothing_ends) {
  for (int i = 0; i < 20; ++i)
    engine = make_smtp_transfer_engine();
  BOOST_TEST(answers.count() == 0U);
}

BOOST_AUTO_TEST_CASE(there_are_no_streams_by_smtp) {
  const smtp_peer peer;
  bool data = false;
  engine->listen(
      mail_to(peer.url()), [&](std::string) { data = true; }, answers.take(1));
  BOOST_TEST_REQUIRE(answers.wait_for(1));
  BOOST_TEST(answers.to(1) == std::vector<std::string>{"bad request before it started"},
             boost::test_tools::per_element());
  BOOST_TEST(!data);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
