#include "tests/actors/providers/smtp_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>
#include <poll.h>

/// Witness: RFC 2920, by peers that are scripted from it.
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using tests::smtp_behaviour;
using tests::smtp_peer;
using tests::transfer_peer;
using connection = transfer_peer::connection;

std::string read_line(connection& client) {
  std::string line;
  while (!line.ends_with("\r\n")) {
    const auto byte = client.read_bytes(1);
    if (byte.empty()) return {};
    line += byte;
  }
  return line.substr(0, line.size() - 2);
}

/// Everything up to the line with a dot; empty when the client left before.
std::string read_message(connection& client) {
  std::string message;
  for (;;) {
    const auto line = read_line(client);
    if (line.empty() && message.empty()) return {};
    if (line == ".") return message;
    message += line + "\r\n";
  }
}

void greet(connection& client, std::string_view extensions) {
  client.send("220 mx.test\r\n");
  read_line(client);
  client.send("250-mx.test\r\n250 " + std::string(extensions) + "\r\n");
}

std::string url_of(const transfer_peer& peer) {
  return "smtp://127.0.0.1:" + std::to_string(peer.port());
}

/// Reads the whole envelope before it answers any of it: a client that waits gets no answer.
std::string read_envelope(connection& client) {
  auto envelope = read_line(client);
  for (int i = 0; i < 2; ++i)
    envelope += '\n' + read_line(client);
  return envelope;
}

BOOST_FIXTURE_TEST_SUITE(smtp_pipelining, smtp_fixture)

BOOST_AUTO_TEST_CASE(the_envelope_goes_out_together_and_the_message_after_354) {
  std::string first, second;
  const transfer_peer peer([&](connection& client) {
    greet(client, "PIPELINING");
    for (auto* envelope : {&first, &second}) {
      *envelope = read_envelope(client);
      client.send("250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go on\r\n");
      if (read_message(client).empty()) return;
      client.send("250 2.0.0 queued\r\n");
    }
    client.hold();
  });
  for (int i = 0; i < 2; ++i) {
    const auto result = perform(mail_to(url_of(peer)));
    BOOST_TEST(summary(result) == "250 complete");
    BOOST_TEST(shown(result.replies) ==
               (i == 0 ? "the greeting 220, EHLO 250, " : std::string()) +
                   "MAIL FROM 250, RCPT TO 250, DATA 354, the message 250");
  }
  BOOST_TEST(peer.connections() == 1);
  const std::string envelope = "MAIL FROM:<postrider@example.org>\nRCPT TO:<ann@example.com>\nDATA";
  BOOST_TEST(first == envelope);
  BOOST_TEST(second == envelope);
}

BOOST_AUTO_TEST_CASE(without_the_extension_each_command_waits_for_its_reply) {
  std::atomic<int> early{0};
  const transfer_peer peer([&](connection& client) {
    greet(client, "HELP");
    for (const auto* reply : {"250 ok\r\n", "250 ok\r\n", "354 go on\r\n"}) {
      read_line(client);
      // Time for a client that does not wait.
      pollfd more{client.socket(), POLLIN, 0};
      early += ::poll(&more, 1, 50);
      client.send(reply);
    }
    read_message(client);
    client.send("250 queued\r\n");
  });
  BOOST_TEST(ending_of(mail_to(url_of(peer))) == "250 complete");
  BOOST_TEST(early == 0);
}

BOOST_AUTO_TEST_CASE(the_first_refusal_is_the_answer_and_those_that_follow_are_not_read) {
  const struct {
    const char* replies;
    const char* summary;
    const char* shown;
  } rows[]{{"450 4.7.1 later\r\n503 5.5.1 no\r\n503 5.5.1 no\r\n", "450 complete",
            "the greeting 220, EHLO 250, MAIL FROM 450"},
           {"250 ok\r\n550 5.1.1 who?\r\n554 5.5.1 no valid recipients\r\n", "550 complete",
            "the greeting 220, EHLO 250, MAIL FROM 250, RCPT TO 550"},
           {"250 ok\r\n250 ok\r\n452 4.3.1 full\r\n", "452 complete",
            "the greeting 220, EHLO 250, MAIL FROM 250, RCPT TO 250, DATA 452"}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.summary) {
      const transfer_peer peer([&](connection& client) {
        greet(client, "PIPELINING");
        read_envelope(client);
        client.send(row.replies);
        client.hold();
      });
      const auto result = perform(mail_to(url_of(peer)));
      BOOST_TEST(summary(result) == row.summary);
      BOOST_TEST(shown(result.replies) == row.shown);
      // Their connection is not used again: replies of it may be on the way.
      BOOST_TEST(peer.wait_for_closed(1));
    }
  }
}

BOOST_AUTO_TEST_CASE(no_message_follows_a_recipient_that_was_refused_even_if_data_is_granted) {
  std::string rest = "not read";
  const transfer_peer peer([&](connection& client) {
    greet(client, "PIPELINING");
    read_envelope(client);
    client.send("250 ok\r\n550 5.1.1 who?\r\n354 go on\r\n");
    rest = client.read_bytes(1'000'000);
  });
  BOOST_TEST(ending_of(mail_to(url_of(peer))) == "550 complete");
  BOOST_TEST_REQUIRE(peer.wait_for_closed(1));
  // Neither the message nor a dot, which would send an empty one.
  BOOST_TEST(rest == "");
}

BOOST_AUTO_TEST_CASE(replies_that_come_in_pieces_are_told_apart) {
  const transfer_peer peer([&](connection& client) {
    greet(client, "PIPELINING");
    read_envelope(client);
    for (const char c : std::string("250-2.1.0 o\r\n250 k\r\n251 forwards\r\n354 go on\r\n")) {
      client.send({&c, 1});
      client.wait_until_acknowledged();
    }
    read_message(client);
    client.send("250 queued\r\n");
  });
  const auto result = perform(mail_to(url_of(peer)));
  BOOST_TEST(shown(result.replies) ==
             "the greeting 220, EHLO 250, MAIL FROM 250, RCPT TO 251, DATA 354, the message 250");
  BOOST_TEST(result.replies[2].text == "2.1.0 o k");
}

BOOST_AUTO_TEST_CASE(a_connection_that_ends_before_354_was_no_message) {
  for (const auto* replies : {"", "250 ok\r\n", "250 ok\r\n250 ok\r\n", "250 ok\r\n250 ok\r\n35"}) {
    BOOST_TEST_CONTEXT(replies) {
      const transfer_peer peer([&](connection& client) {
        greet(client, "PIPELINING");
        read_envelope(client);
        client.send(replies);
      });
      BOOST_TEST(ending_of(mail_to(url_of(peer))) == "disconnected while sending the request");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_kept_connection_that_the_server_gave_up_is_replaced) {
  for (const auto* later : {"421 4.3.2 closing", "452 4.5.3 too many", "(drop)", "(reset)"}) {
    BOOST_TEST_CONTEXT(later) {
      smtp_behaviour first;
      first.ehlo = "250-mx.test\r\n250 PIPELINING";
      first.later_mail = later;
      const smtp_peer peer({first, smtp_behaviour{.ehlo = first.ehlo}});
      for (int i = 0; i < 2; ++i)
        BOOST_TEST(ending_of(mail_to(peer.url())) == "250 complete");
      BOOST_TEST(peer.connections() == 2);
      BOOST_TEST(peer.messages().size() == 2u);
    }
  }
}

BOOST_AUTO_TEST_CASE(many_connections_of_one_group_share_the_thread) {
  constexpr int count = 100;
  std::atomic<int> together{0};
  const transfer_peer peer([&](connection& client) {
    greet(client, "PIPELINING");
    read_envelope(client);
    client.send("250 ok\r\n250 ok\r\n354 go on\r\n");
    read_message(client);
    // None is answered before all are in flight.
    ++together;
    for (int waited = 0; together < count && waited < 6'000; ++waited)
      ::poll(nullptr, 0, 10);
    client.send("250 queued\r\n");
    client.hold();
  });
  for (int i = 0; i < count; ++i) {
    auto request = mail_to(url_of(peer));
    request.max_connections = count;
    request.timeout = 60s;
    engine->perform(request, answers.take(i));
  }
  BOOST_TEST_REQUIRE(answers.wait_for(count));
  for (int i = 0; i < count; ++i)
    BOOST_TEST(answers.to(i).front() == "250 complete");
  BOOST_TEST(peer.connections() == count);
}

BOOST_AUTO_TEST_CASE(a_caller_whose_answer_throws_harms_no_other) {
  const smtp_peer peer;
  for (int i = 0; i < 3; ++i)
    engine->perform(mail_to(peer.url()),
                    [](const transfer_result&) { throw std::runtime_error("the caller's own"); });
  BOOST_TEST(ending_of(mail_to(peer.url())) == "250 complete");
  BOOST_TEST(peer.messages().size() == 4u);
  // Those that never get a connection have their answers at other places.
  const transfer_peer silent([](connection& client) { client.hold(); });
  auto late = mail_to(url_of(silent), "silent");
  late.timeout = 100ms;
  auto refused = mail_to(peer.url());
  refused.mail->to = "a b";
  for (const auto& request : {late, late, refused})
    engine->perform(request,
                    [](const transfer_result&) { throw std::runtime_error("the caller's own"); });
  BOOST_CHECK(perform(late).error == transfer_error::timeout);
  BOOST_TEST(ending_of(mail_to(peer.url())) == "250 complete");
}

BOOST_AUTO_TEST_CASE(a_message_that_an_answer_begins_while_the_engine_ends_is_answered_too) {
  std::promise<void> connected;
  const transfer_peer silent([&](connection& client) {
    connected.set_value();
    client.hold();
  });
  auto* ending = engine.get();
  ending->perform(mail_to(url_of(silent)), [&](const transfer_result&) {
    ending->perform(mail_to(url_of(silent)), answers.take(1));
  });
  connected.get_future().wait();
  engine.reset();
  BOOST_TEST(answers.to(1) == std::vector<std::string>{"shutdown before it started"},
             boost::test_tools::per_element());
}

/// Microsoft's and Google's access tokens do not fit into a command.
BOOST_AUTO_TEST_CASE(a_long_login_waits_for_the_challenge) {
  std::vector<std::string> heard;
  const transfer_peer peer([&](connection& client) {
    greet(client, "AUTH XOAUTH2");
    heard.push_back(read_line(client));
    client.send("334 \r\n");
    heard.push_back(read_line(client));
    client.send("235 2.7.0 welcome\r\n");
    for (const auto* reply : {"250 ok\r\n", "250 ok\r\n", "354 go on\r\n"}) {
      read_line(client);
      client.send(reply);
    }
    read_message(client);
    client.send("250 queued\r\n");
  });
  auto request = mail_to(url_of(peer));
  request.mail->username = "ann";
  request.mail->password = std::string(2'000, 'x');
  request.mail->mechanism = "XOAUTH2";
  BOOST_TEST(ending_of(request) == "250 complete");
  BOOST_TEST_REQUIRE(heard.size() == 2u);
  BOOST_TEST(heard[0] == "AUTH XOAUTH2");
  BOOST_TEST(heard[1].starts_with("dXNlcj1hbm4BYXV0aD1CZWFyZXIg"));
}

BOOST_AUTO_TEST_CASE(what_came_before_tls_is_not_taken_for_what_comes_under_it) {
  const transfer_peer peer([&](connection& client) {
    greet(client, "STARTTLS");
    read_line(client);
    client.send("220 go ahead\r\n250 injected\r\n");
    client.hold();
  });
  auto request = mail_to(url_of(peer));
  request.mail->starttls = starttls_policy::required;
  const auto result = perform(request);
  BOOST_CHECK(result.error == transfer_error::tls);
  BOOST_CHECK(result.stage <= transfer_stage::logging_in);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
