#include "actors/providers/transfer/transfer_engines.hpp"
#include "tests/actors/providers/smtp_fixture.hpp"
#include "tests/support/test_certificate.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

/// Witness: RFC 3207, RFC 4954 and RFC 4616, by OpenSSL's server; aiosmtpd logs us in over STARTTLS
/// in tests/peers/mail.py.
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using tests::smtp_behaviour;
using tests::smtp_peer;
using tests::test_certificate;

struct smtp_tls_fixture : smtp_fixture {
  test_certificate certificate;

  smtp_behaviour with_starttls() const {
    smtp_behaviour behaviour;
    behaviour.ehlo = "250-mx.test\r\n250-AUTH PLAIN LOGIN XOAUTH2\r\n250 STARTTLS";
    behaviour.tls = certificate.server();
    return behaviour;
  }
  transfer_request secure_mail_to(const smtp_peer& peer) const {
    auto request = mail_to(peer.url());
    request.mail->starttls = starttls_policy::required;
    request.ca_file = certificate.file();
    return request;
  }
};

bool was_sent_a_message(const smtp_peer& peer) {
  const auto heard = peer.heard();
  return std::any_of(heard.begin(), heard.end(),
                     [](const auto& line) { return line.starts_with("MAIL"); });
}

BOOST_FIXTURE_TEST_SUITE(smtp_tls, smtp_tls_fixture)

// ---- TLS ---------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(with_starttls_the_message_goes_by_tls) {
  const smtp_peer peer(with_starttls());
  const auto result = perform(secure_mail_to(peer));
  BOOST_TEST(summary(result) == "250 complete");
  BOOST_TEST(shown(result.replies) ==
             "the greeting 220, EHLO 250, STARTTLS 220, EHLO 250, MAIL FROM 250, RCPT TO 250, DATA "
             "354, the message 250");
  BOOST_TEST(peer.messages().size() == 1U);
}

BOOST_AUTO_TEST_CASE(smtps_begins_with_tls) {
  auto behaviour = with_starttls();
  behaviour.tls_first = true;
  const smtp_peer peer(behaviour);
  auto request = secure_mail_to(peer);
  request.url = peer.smtps_url();
  for (int i = 0; i < 2; ++i)
    BOOST_TEST(ending_of(request) == "250 complete");
  BOOST_TEST(peer.connections() == 1);
  request.ca_file = "";
  BOOST_TEST(ending_of(request) == "tls in the TLS handshake");
}

BOOST_AUTO_TEST_CASE(a_certificate_that_nobody_vouches_for_ends_it_before_the_message) {
  const smtp_peer peer(with_starttls());
  auto request = secure_mail_to(peer);
  request.ca_file = "";
  BOOST_TEST(ending_of(request) == "tls in the TLS handshake");
  request.ca_file = "/nonexistent/ca.pem";
  BOOST_TEST(ending_of(request) == "tls in the TLS handshake");
  request.ca_file = certificate.file();
  // The certificate is for 127.0.0.1 only.
  request.url = "smtp://localhost" + peer.url().substr(peer.url().rfind(':'));
  BOOST_TEST(ending_of(request) == "tls in the TLS handshake");
  BOOST_TEST(!was_sent_a_message(peer));
}

/// nginx from 1.21.4 on and Exim refuse a client that names a protocol other than theirs (RFC 7301,
/// 3.2).
BOOST_AUTO_TEST_CASE(a_server_that_refuses_other_protocols_is_offered_none) {
  SSL_CTX_set_alpn_select_cb(
      certificate.server(),
      [](SSL*, const unsigned char**, unsigned char*, const unsigned char*, unsigned, void*) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
      },
      nullptr);
  const smtp_peer later(with_starttls());
  BOOST_TEST(ending_of(secure_mail_to(later)) == "250 complete");
  auto behaviour = with_starttls();
  behaviour.tls_first = true;
  const smtp_peer first(behaviour);
  auto request = secure_mail_to(first);
  request.url = first.smtps_url();
  BOOST_TEST(ending_of(request) == "250 complete");
}

BOOST_AUTO_TEST_CASE(where_starttls_is_required_nothing_is_sent_without_it) {
  auto behaviour = with_starttls();
  behaviour.starttls = "454 4.7.0 not now";
  const smtp_peer refuses(behaviour);
  const auto refused = perform(secure_mail_to(refuses));
  BOOST_TEST(summary(refused) == "tls while logging in");
  BOOST_TEST(shown(refused.replies) == "the greeting 220, EHLO 250, STARTTLS 454");
  behaviour.ehlo = "250 mx.test";
  const smtp_peer lacks(behaviour);
  const auto lacking = perform(secure_mail_to(lacks));
  BOOST_TEST(summary(lacking) == "tls while logging in");
  BOOST_TEST(shown(lacking.replies) == "the greeting 220, EHLO 250");
  BOOST_TEST(!was_sent_a_message(refuses));
  BOOST_TEST(!was_sent_a_message(lacks));
}

BOOST_AUTO_TEST_CASE(where_starttls_is_optional_the_message_goes_either_way) {
  const smtp_peer offers(with_starttls());
  auto request = secure_mail_to(offers);
  request.mail->starttls = starttls_policy::optional;
  BOOST_TEST(ending_of(request) == "250 complete");
  const auto heard = offers.heard();
  BOOST_TEST(std::count(heard.begin(), heard.end(), "STARTTLS") == 1);
  const smtp_peer lacks;
  request.url = lacks.url();
  BOOST_TEST(ending_of(request) == "250 complete");
}

BOOST_AUTO_TEST_CASE(where_starttls_is_never_wanted_it_is_not_asked_for) {
  const smtp_peer peer(with_starttls());
  auto request = secure_mail_to(peer);
  request.mail->starttls = starttls_policy::never;
  BOOST_TEST(ending_of(request) == "250 complete");
  BOOST_TEST(peer.heard()[1].starts_with("MAIL"));
}

BOOST_AUTO_TEST_CASE(a_handshake_that_breaks_off_is_a_lost_connection) {
  auto behaviour = with_starttls();
  behaviour.starttls = "220-\r\n220 and now nonsense\r\nnonsense";
  const smtp_peer peer(behaviour);
  const auto result = perform(secure_mail_to(peer));
  BOOST_CHECK(result.error != transfer_error::none);
  BOOST_CHECK(result.stage <= transfer_stage::logging_in);
  BOOST_TEST(!was_sent_a_message(peer));
}

// ---- login -------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(each_mechanism_logs_in_and_no_reply_holds_what_was_sent) {
  const struct {
    const char* mechanism;
    const char* sent;
    const char* replies;
  } rows[]{{"", "AUTH PLAIN AGFubgBzZXNhbWU=", "AUTH 235"},
           {"PLAIN", "AUTH PLAIN AGFubgBzZXNhbWU=", "AUTH 235"},
           {"LOGIN", "AUTH LOGIN YW5u", "AUTH 334, AUTH 235"},
           {"XOAUTH2", "AUTH XOAUTH2 dXNlcj1hbm4BYXV0aD1CZWFyZXIgc2VzYW1lAQE=", "AUTH 235"}};
  for (const auto& [mechanism, sent, replies] : rows) {
    BOOST_TEST_CONTEXT(mechanism) {
      auto behaviour = with_starttls();
      if (*mechanism == '\0') behaviour.ehlo = "250-mx.test\r\n250-AUTH PLAIN\r\n250 STARTTLS";
      const smtp_peer peer(behaviour);
      auto request = secure_mail_to(peer);
      request.mail->username = "ann";
      request.mail->password = "sesame";
      request.mail->mechanism = mechanism;
      const auto result = perform(request);
      BOOST_TEST(summary(result) == "250 complete");
      BOOST_TEST(peer.wait_until_heard(sent));
      BOOST_TEST(shown(result.replies) ==
                 "the greeting 220, EHLO 250, STARTTLS 220, EHLO 250, " + std::string(replies) +
                     ", MAIL FROM 250, RCPT TO 250, DATA 354, the message 250");
    }
  }
}

/// A password serves PLAIN and LOGIN only, whatever else a server prefers; Exchange offers GSSAPI
/// and NTLM first.
BOOST_AUTO_TEST_CASE(of_many_mechanisms_one_for_passwords_is_taken) {
  const struct {
    const char* offered;
    const char* sent;
  } rows[]{{"GSSAPI NTLM LOGIN", "AUTH LOGIN YW5uQGV4YW1wbGUub3Jn"},
           {"CRAM-MD5 DIGEST-MD5 SCRAM-SHA-256 NTLM LOGIN PLAIN",
            "AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZXNhbWU="},
           {"EXTERNAL OAUTHBEARER XOAUTH2 LOGIN", "AUTH LOGIN YW5uQGV4YW1wbGUub3Jn"},
           {"GSSAPI NTLM CRAM-MD5", nullptr}};
  for (const auto& [offered, sent] : rows) {
    BOOST_TEST_CONTEXT(offered) {
      auto behaviour = with_starttls();
      behaviour.ehlo = "250-mx.test\r\n250-AUTH " + std::string(offered) + "\r\n250 STARTTLS";
      const smtp_peer peer(behaviour);
      auto request = secure_mail_to(peer);
      request.mail->username = "ann@example.org";
      request.mail->password = "sesame";
      BOOST_TEST(ending_of(request) == (sent ? "250 complete" : "login while logging in"));
      if (sent) BOOST_TEST(peer.wait_until_heard(sent));
      BOOST_TEST(was_sent_a_message(peer) == (sent != nullptr));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_login_that_is_refused_is_told_with_its_reply) {
  for (const int code : {535, 454, 421}) {
    auto behaviour = with_starttls();
    behaviour.auth = std::to_string(code) + " 5.7.8 no";
    const smtp_peer peer(behaviour);
    auto request = secure_mail_to(peer);
    request.mail->username = "ann";
    request.mail->password = "sesame";
    const auto result = perform(request);
    BOOST_TEST(summary(result) == "login while logging in");
    BOOST_TEST(result.status == code);
    BOOST_CHECK(result.replies.back().command == smtp_command::auth);
    BOOST_TEST(result.error_text.find("sesame") == std::string::npos);
    BOOST_TEST(!was_sent_a_message(peer));
  }
}

BOOST_AUTO_TEST_CASE(without_a_common_way_to_log_in_nothing_is_sent) {
  auto behaviour = with_starttls();
  behaviour.ehlo = "250-mx.test\r\n250-AUTH LOGIN\r\n250 STARTTLS";
  const smtp_peer peer(behaviour);
  auto request = secure_mail_to(peer);
  request.mail->username = "ann";
  request.mail->password = "sesame";
  request.mail->mechanism = "PLAIN";
  BOOST_TEST(ending_of(request) == "login while logging in");
  BOOST_TEST(!was_sent_a_message(peer));
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_lost_in_the_login_is_no_refusal) {
  auto behaviour = with_starttls();
  behaviour.auth = tests::drop;
  const smtp_peer peer(behaviour);
  auto request = secure_mail_to(peer);
  request.mail->username = "ann";
  request.mail->password = "sesame";
  BOOST_TEST(ending_of(request) == "disconnected while logging in");
}

// ---- both engines ------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(one_engine_takes_mail_and_http) {
  engine = make_transfer_engine();
  const smtp_peer mail;
  const auto answer = [](tests::transfer_peer::connection& client) {
    client.read_request();
    client.send(tests::http_reply(200, "{}"));
  };
  const tests::transfer_peer web(answer);
  // Another one: the connection to the first may end when the stream begins on it.
  const tests::transfer_peer events(answer);
  BOOST_TEST(ending_of(mail_to(mail.url())) == "250 complete");
  BOOST_TEST(ending_of(post_to(web.url())) == "200 complete");
  auto stream = post_to(events.url());
  stream.method = "GET";
  std::string data;
  engine->listen(
      stream, [&](std::string piece) { data += piece; }, answers.take(7));
  BOOST_TEST_REQUIRE(answers.wait_for(3));
  BOOST_TEST(summary(answers.first_to(7)) == "200 complete");
  BOOST_TEST(data == "{}");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
