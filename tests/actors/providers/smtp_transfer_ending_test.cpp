#include "tests/actors/providers/smtp_fixture.hpp"

#include <boost/test/unit_test.hpp>

/// Witness: RFC 5321 (4.1.1.4: no message without its dot; 4.5.3.2: time-outs), by a peer that is
/// scripted from it.
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using tests::drop;
using tests::reset;
using tests::silence;
using tests::smtp_behaviour;
using tests::smtp_peer;

/// How one message to such a server ends, and what the server said.
struct ending {
  std::string summary;
  std::string replies;
};

struct row {
  const char* what;
  std::function<void(smtp_behaviour&)> change;
  ending expected;
};

BOOST_FIXTURE_TEST_SUITE(smtp_transfer_ending, smtp_fixture)

// ---- every way in which a server ends an exchange ----------------------------------------------

BOOST_AUTO_TEST_CASE(each_end_of_an_exchange_is_told_with_its_stage_and_replies) {
  const std::string to_mail = "the greeting 220, EHLO 250, MAIL FROM 250";
  const std::string to_rcpt = to_mail + ", RCPT TO 250";
  const std::string to_data = to_rcpt + ", DATA 354";
  const row rows[]{
      {"250", [](auto&) {}, {"250 complete", to_data + ", the message 250"}},
      {"greeting 554",
       [](auto& s) { s.greeting = "554 5.7.1 no"; },
       {"554 complete", "the greeting 554"}},
      {"greeting 421",
       [](auto& s) { s.greeting = "421 4.3.2 later"; },
       {"421 complete", "the greeting 421"}},
      {"no greeting", [](auto& s) { s.greeting = drop; }, {"disconnected while connecting", ""}},
      {"EHLO and HELO refused",
       [](auto& s) { s.ehlo = "502 no", s.helo = "550 no"; },
       {"550 complete", "the greeting 220, EHLO 502, EHLO 550"}},
      {"EHLO refused, HELO not",
       [](auto& s) { s.ehlo = "502 no"; },
       {"250 complete",
        "the greeting 220, EHLO 502, EHLO 250, MAIL FROM 250, RCPT TO 250, DATA 354, the message "
        "250"}},
      {"EHLO refused, dropped at HELO",
       [](auto& s) { s.ehlo = "502 no", s.helo = drop; },
       {"disconnected while logging in", "the greeting 220, EHLO 502"}},
      {"dropped at EHLO",
       [](auto& s) { s.ehlo = drop; },
       {"disconnected while logging in", "the greeting 220"}},
      {"MAIL 450",
       [](auto& s) { s.mail = "450 4.7.1 later"; },
       {"450 complete", "the greeting 220, EHLO 250, MAIL FROM 450"}},
      {"MAIL 421 on a new connection",
       [](auto& s) { s.mail = "421 4.3.2 later"; },
       {"421 complete", "the greeting 220, EHLO 250, MAIL FROM 421"}},
      {"RCPT 550",
       [](auto& s) { s.rcpt = "550 5.1.1 who?"; },
       {"550 complete", to_mail + ", RCPT TO 550"}},
      {"RCPT 251",
       [](auto& s) { s.rcpt = "251 forwards"; },
       {"250 complete", to_mail + ", RCPT TO 251, DATA 354, the message 250"}},
      {"DATA 451",
       [](auto& s) { s.data = "451 4.3.0 later"; },
       {"451 complete", to_rcpt + ", DATA 451"}},
      {"DATA 250",
       [](auto& s) { s.data = "250 nonsense"; },
       {"disconnected while sending the request", to_rcpt + ", DATA 250"}},
      {"dropped at RCPT",
       [](auto& s) { s.rcpt = drop; },
       {"disconnected while sending the request", to_mail}},
      {"dropped before 354",
       [](auto& s) { s.data = drop; },
       {"disconnected while sending the request", to_rcpt}},
      {"reset before 354",
       [](auto& s) { s.data = reset; },
       {"disconnected while sending the request", to_rcpt}},
      {"4xx to the message",
       [](auto& s) { s.message = "451 4.7.1 later"; },
       {"451 complete", to_data + ", the message 451"}},
      {"5xx to the message",
       [](auto& s) { s.message = "554 5.7.1 spam"; },
       {"554 complete", to_data + ", the message 554"}},
      {"251 to the message",
       [](auto& s) { s.message = "251 2.0.0 taken"; },
       {"251 complete", to_data + ", the message 251"}},
      {"dropped after the dot",
       [](auto& s) { s.message = drop; },
       {"disconnected after the request was sent", to_data}},
      {"reset after the dot",
       [](auto& s) { s.message = reset; },
       {"disconnected after the request was sent", to_data}},
  };
  for (const auto& [what, change, expected] : rows) {
    BOOST_TEST_CONTEXT(what) {
      smtp_behaviour behaviour;
      change(behaviour);
      const smtp_peer peer(behaviour);
      const auto result = perform(mail_to(peer.url()));
      BOOST_TEST(summary(result) == expected.summary);
      BOOST_TEST(shown(result.replies) == expected.replies);
      BOOST_TEST(result.status == (result.replies.empty() ? 0 : result.replies.back().code));
    }
  }
}

BOOST_AUTO_TEST_CASE(silence_ends_with_the_timeout_and_the_stage_says_what_was_sent) {
  const struct {
    const char* what;
    std::string smtp_behaviour::*silent;
    const char* expected;
  } rows[]{
      {"greeting", &smtp_behaviour::greeting, "timeout while connecting"},
      {"EHLO", &smtp_behaviour::ehlo, "timeout while logging in"},
      {"MAIL", &smtp_behaviour::mail, "timeout while sending the request"},
      {"RCPT", &smtp_behaviour::rcpt, "timeout while sending the request"},
      {"DATA", &smtp_behaviour::data, "timeout while sending the request"},
      {"message", &smtp_behaviour::message, "timeout after the request was sent"},
  };
  for (const auto& [what, silent, expected] : rows) {
    BOOST_TEST_CONTEXT(what) {
      smtp_behaviour behaviour;
      behaviour.*silent = silence;
      const smtp_peer peer(behaviour);
      auto request = mail_to(peer.url());
      request.timeout = 1s;
      const auto result = perform(request);
      BOOST_TEST(summary(result) == expected);
      BOOST_CHECK(result.duration >= 990ms);
      BOOST_CHECK(result.duration < 10s);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_connection_that_owes_a_reply_is_never_used_again) {
  std::string smtp_behaviour::*const stages[]{&smtp_behaviour::mail, &smtp_behaviour::rcpt,
                                              &smtp_behaviour::data, &smtp_behaviour::message};
  for (const auto stage : stages) {
    smtp_behaviour silent;
    silent.*stage = silence;
    const smtp_peer peer({silent, {}});
    auto request = mail_to(peer.url());
    request.timeout = 1s;
    BOOST_CHECK(perform(request).error == transfer_error::timeout);
    request.timeout = 10s;
    BOOST_TEST(summary(perform(request)) == "250 complete");
    BOOST_TEST(peer.connections() == 2);
  }
}

BOOST_AUTO_TEST_CASE(a_connection_that_ends_within_the_message_was_no_message) {
  smtp_behaviour behaviour;
  behaviour.drop_after_bytes = 1'000;
  const smtp_peer peer(behaviour);
  auto request = mail_to(peer.url());
  // More than the buffers on the way can hold.
  for (int line = 0; line < 200'000; ++line)
    request.body += "a line of the message that is fifty bytes long....\r\n";
  const auto result = perform(request);
  BOOST_TEST(summary(result) == "disconnected while sending the request");
  BOOST_TEST(result.replies.back().code == 354);
  BOOST_TEST(peer.messages().empty());
}

BOOST_AUTO_TEST_CASE(a_reply_that_breaks_off_after_the_dot_says_nothing) {
  const tests::transfer_peer peer([](tests::transfer_peer::connection& client) {
    client.send("220 mx\r\n");
    for (const auto* reply : {"250 mx\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n"}) {
      while (client.read_bytes(1) != "\n") {
      }
      client.send(reply);
    }
    std::string message;
    while (!message.ends_with("\r\n.\r\n")) {
      const auto piece = client.read_bytes(1);
      if (piece.empty()) return;
      message += piece;
    }
    client.send("250-2.0.0 Ok\r\n");
  });
  const auto result = perform(mail_to("smtp://127.0.0.1:" + std::to_string(peer.port())));
  BOOST_TEST(summary(result) == "disconnected while reading the reply");
  BOOST_TEST(result.replies.back().code == 354);
}

BOOST_AUTO_TEST_CASE(a_server_that_talks_without_end_is_left) {
  smtp_behaviour behaviour;
  behaviour.ehlo = "250-mx.test";
  for (int line = 0; line < 20; ++line)
    behaviour.ehlo += "\r\n250-and another thing that nobody asked for";
  behaviour.ehlo += "\r\n250 done";
  const smtp_peer peer(behaviour);
  auto request = mail_to(peer.url());
  request.max_reply_bytes = 500;
  BOOST_TEST(ending_of(request) == "reply too long while logging in");
}

BOOST_AUTO_TEST_CASE(a_port_that_refuses_and_a_name_that_is_not_known_are_told) {
  auto request = mail_to("smtp://127.0.0.1:" + std::to_string(tests::refusing_port()));
  BOOST_TEST(ending_of(request) == "connect while connecting");
  // Some resolvers give up later than the transfer does.
  request.url = "smtp://nobody.invalid:25";
  request.connect_timeout = request.timeout = 2s;
  const auto ending = ending_of(request);
  BOOST_TEST((ending == "resolve while resolving the host name" ||
              ending == "timeout while resolving the host name"),
             ending);
}

BOOST_AUTO_TEST_CASE(connecting_has_a_timeout_of_its_own) {
  const tests::deaf_listener deaf;
  auto request = mail_to("smtp" + deaf.url().substr(4));
  request.connect_timeout = 100ms;
  const auto result = perform(request);
  BOOST_TEST(summary(result) == "timeout while connecting");
  BOOST_CHECK(result.duration < 10s);
}

BOOST_AUTO_TEST_CASE(a_server_may_take_longer_to_greet_than_to_connect) {
  const tests::transfer_peer peer([](tests::transfer_peer::connection& client) {
    // More than the connect timeout goes by here: it is the client's clock that counts.
    client.hold();
  });
  auto request = mail_to("smtp://127.0.0.1:" + std::to_string(peer.port()));
  request.connect_timeout = 500ms;
  request.timeout = 2500ms;
  const auto result = perform(request);
  BOOST_TEST(summary(result) == "timeout while connecting");
  BOOST_CHECK(result.duration >= 2400ms);
}

BOOST_AUTO_TEST_CASE(an_address_that_is_not_public_is_refused_where_that_is_asked_for) {
  const smtp_peer peer;
  auto request = mail_to(peer.url());
  request.public_addresses_only = true;
  BOOST_TEST(ending_of(request) == "address refused while connecting");
  BOOST_TEST(peer.connections() == 0);
}

// ---- what never reaches a server ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_could_be_taken_for_another_command_is_refused_before_the_wire) {
  const smtp_peer peer;
  const std::function<void(transfer_request&)> changes[]{
      [](auto& r) { r.mail->to = "b@x>\r\nRCPT TO:<evil@x"; },
      [](auto& r) { r.mail->to = "a b@x"; },
      [](auto& r) { r.mail->to = "<b@x"; },
      [](auto& r) { r.mail->to = "b@x\x7f"; },
      [](auto& r) { r.mail->to = ""; },
      [](auto& r) { r.mail->from = "a@x> SIZE=1"; },
      [](auto& r) { r.mail->from = "a\n@x"; },
      [](auto& r) { r.mail->helo = "a b"; },
      [](auto& r) { r.mail->helo = "a\r\nMAIL"; },
      [](auto& r) { r.mail->helo = "a%0d%0aMAIL"; },
      [](auto& r) { r.mail->helo = "a/b?c"; },
      [](auto& r) { r.mail->username = "u\r\n"; },
      [](auto& r) { r.mail->mechanism = "PLAIN\n"; },
      [](auto& r) { r.mail->password = std::string("a\0b", 3); },
      [](auto& r) { r.url += "\r\n"; },
      [](auto& r) { r.url = "http" + r.url.substr(4); },
      [](auto& r) { r.body = ""; },
      [](auto& r) { r.body = "a\nb\r\n"; },
      [](auto& r) { r.body = "a\rb\r\n"; },
      [](auto& r) { r.body = "a\r\n.\n"; },
      [](auto& r) { r.body = "a\r"; },
      [](auto& r) { r.mail.reset(); },
  };
  int number = 0;
  for (const auto& change : changes) {
    BOOST_TEST_CONTEXT("change " << number++) {
      auto request = mail_to(peer.url());
      change(request);
      const auto result = perform(request);
      BOOST_CHECK(result.error == transfer_error::bad_request);
      BOOST_CHECK(result.stage <= transfer_stage::resolving);
      BOOST_TEST(!result.error_text.empty());
    }
  }
  BOOST_TEST(peer.connections() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
