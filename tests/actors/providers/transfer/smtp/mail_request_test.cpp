#include "actors/providers/transfer/smtp/mail_request.hpp"

#include "actors/providers/transfer/smtp/login.hpp"

#include <boost/test/unit_test.hpp>

/// Witness: RFC 5321 (4.1.1.1, 4.5.2), RFC 4954 and IDNA 2008 (RFC 5891).
namespace postrider::actors::smtp {
namespace {

extensions after(std::initializer_list<std::string_view> lines) {
  extensions server;
  for (const auto line : lines)
    server.take(line);
  return server;
}

BOOST_AUTO_TEST_SUITE(mail_texts)

BOOST_AUTO_TEST_CASE(dots_at_the_beginning_of_lines_are_doubled_and_a_dot_ends_the_message) {
  const struct {
    std::string_view message, wire;
  } rows[]{
      {"a\r\n", "a\r\n.\r\n"},          {"a", "a\r\n.\r\n"},
      {".\r\n", "..\r\n.\r\n"},         {"..a\r\n.b.\r\nc.\r\n", "...a\r\n..b.\r\nc.\r\n.\r\n"},
      {"\r\n.\r\n", "\r\n..\r\n.\r\n"}, {".", "..\r\n.\r\n"}};
  for (const auto& row : rows)
    BOOST_TEST(dotted(row.message) == row.wire);
}

BOOST_AUTO_TEST_CASE(domains_of_addresses_are_ascii) {
  mail_envelope mail;
  mail.from =
      "ann@b\xc3\xbc"
      "cher.example";
  mail.to = "bob@example.org";
  BOOST_TEST(mail_command(mail) == "MAIL FROM:<ann@xn--bcher-kva.example>");
  BOOST_TEST(rcpt_command(mail) == "RCPT TO:<bob@example.org>");
  mail.from = "";
  BOOST_TEST(mail_command(mail) == "MAIL FROM:<>");
  BOOST_TEST(!ehlo_name(mail).empty());
  mail.helo = "me.example";
  BOOST_TEST(ehlo_name(mail) == "me.example");
}

BOOST_AUTO_TEST_CASE(extensions_are_known_in_every_form_and_others_are_passed_over) {
  const auto server = after({"250-mx.test greets\r\n", "250-pipelining\r\n", "250-STARTTLS\r\n",
                             "250-AUTH=LOGIN\r\n", "250-AUTH plain XOAUTH2\r\n", "250 HELP\r\n"});
  BOOST_TEST(server.pipelining);
  BOOST_TEST(server.starttls);
  BOOST_TEST(server.auth);
  BOOST_TEST(server.mechanisms == (std::vector<std::string>{"LOGIN", "PLAIN", "XOAUTH2"}),
             boost::test_tools::per_element());
  const auto other = after({"250-XPIPELINING\r\n", "250-STARTTLSX\r\n", "250\r\n", "502 AUTH\r\n",
                            "250-AUTHX PLAIN\r\n"});
  BOOST_TEST(!other.pipelining);
  BOOST_TEST(!other.starttls);
  BOOST_TEST(!other.auth);
}

BOOST_AUTO_TEST_CASE(a_login_is_chosen_by_the_envelope_or_for_a_password) {
  mail_envelope mail;
  mail.username = "ann";
  mail.password = "sesame";
  const auto all = after({"250 AUTH XOAUTH2 NTLM LOGIN PLAIN"});
  BOOST_TEST(choose_login(mail, all)->command == "AUTH PLAIN AGFubgBzZXNhbWU=");
  BOOST_TEST(choose_login(mail, after({"250 AUTH NTLM LOGIN"}))->answers ==
                 std::vector<std::string>{"c2VzYW1l"},
             boost::test_tools::per_element());
  BOOST_TEST(!choose_login(mail, after({"250 AUTH NTLM XOAUTH2"})).has_value());
  mail.mechanism = "XOAUTH2";
  BOOST_TEST(choose_login(mail, all)->command ==
             "AUTH XOAUTH2 dXNlcj1hbm4BYXV0aD1CZWFyZXIgc2VzYW1lAQE=");
  BOOST_TEST(!choose_login(mail, after({"250 AUTH PLAIN"})).has_value());
}

/// Witness: RFC 5321 (4.5.3.1.4), to which RFC 4954 (4) refers.
BOOST_AUTO_TEST_CASE(no_command_of_a_login_is_longer_than_a_line_may_be) {
  mail_envelope mail;
  for (const auto* mechanism : {"PLAIN", "LOGIN", "XOAUTH2"}) {
    mail.mechanism = mechanism;
    bool seen_short = false, seen_long = false;
    for (std::size_t size = 330; size < 400; ++size) {
      mail.password.assign(size, 'x');
      mail.username.assign(mail.mechanism == "LOGIN" ? size : 3, 'x');
      const auto way = choose_login(mail, after({"250 AUTH " + std::string(mechanism)})).value();
      BOOST_TEST(way.command.size() + 2 <= 512u);
      const bool bare = way.command == "AUTH " + std::string(mechanism);
      (bare ? seen_long : seen_short) = true;
      BOOST_TEST(way.answers.size() == (bare ? 1u : 0u) + (mail.mechanism == "LOGIN" ? 1u : 0u));
    }
    BOOST_TEST(seen_short);
    BOOST_TEST(seen_long);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors::smtp
