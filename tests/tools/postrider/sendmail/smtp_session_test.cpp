#include "tools/postrider/sendmail/smtp_session.hpp"

#include "tests/tools/postrider/sendmail/mail_peer.hpp"

namespace postrider::cli::tests {
namespace {

using verdict = recipient_result::verdict;

const outgoing_mail mail{"ann@a", {"b@x", "c@x"}, "S: s\r\n\r\nhello\r\n.\r\n..dots\r\n"};
constexpr auto hello = "220 here\r\n250 hello\r\n";

/// "taken 250 ok, later 450 full".
std::string shown(const std::vector<recipient_result>& results) {
  std::string text;
  for (const auto& one : results) {
    text += text.empty() ? "" : ", ";
    text += one.is == verdict::taken     ? "taken "
            : one.is == verdict::refused ? "refused "
                                         : "later ";
    text += one.reason;
  }
  return text;
}

struct exchange_result {
  std::string results, heard;
  bool usable;
};

exchange_result send(const std::string& replies, const outgoing_mail& sent = mail,
                     const std::string& greeting = hello, bool silent = false) {
  mail_peer peer(greeting + replies);
  if (!silent) peer.fall_silent();
  auto session = smtp_session::begin(peer.connection(), short_limits);
  BOOST_TEST_REQUIRE(session.has_value());
  const auto results = session->send(sent);
  return {shown(results), peer.heard(), session->is_usable()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(smtp_sessions)

BOOST_AUTO_TEST_CASE(a_mail_goes_over_the_wire_as_rfc_5321_has_it) {
  const auto done = send("250 ok\r\n250 ok\r\n250 ok\r\n354 go on\r\n250 2.0.0 stored\r\n");
  BOOST_TEST(done.results == "taken 250 2.0.0 stored, taken 250 2.0.0 stored");
  BOOST_TEST(done.usable);
  BOOST_TEST(done.heard ==
             "EHLO localhost\r\nMAIL FROM:<ann@a>\r\nRCPT TO:<b@x>\r\nRCPT TO:<c@x>\r\nDATA\r\n"
             "S: s\r\n\r\nhello\r\n..\r\n...dots\r\n.\r\n");
}

BOOST_AUTO_TEST_CASE(extensions_are_used_where_the_server_has_them) {
  const outgoing_mail other{"", {"j\xc3\xb6rg@x"}, "S: \xc3\xa4\r\n\r\n"};
  const auto all = "220 here\r\n250-hello\r\n250-SIZE 1000\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n";
  const auto done = send("250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n", other, all);
  BOOST_TEST(done.heard.find("MAIL FROM:<> SIZE=9 BODY=8BITMIME SMTPUTF8\r\n") !=
             std::string::npos);
  const auto none = send("", other);
  BOOST_TEST(none.results == "refused the server takes no address with letters beyond ASCII");
  BOOST_TEST(none.heard == "EHLO localhost\r\n");
}

BOOST_AUTO_TEST_CASE(each_reply_has_its_verdict) {
  struct {
    const char *replies, *expected;
    bool usable;
  } const rows[]{
      {"250 a\r\n250 b\r\n250 c\r\n354 d\r\n451 later\r\n", "later 451 later, later 451 later",
       true},
      {"250 a\r\n250 b\r\n250 c\r\n354 d\r\n554 no\r\n", "refused 554 no, refused 554 no", true},
      {"250 a\r\n250 b\r\n550 who\r\n354 d\r\n250 ok\r\n", "taken 250 ok, refused 550 who", true},
      {"250 a\r\n450 full\r\n250 c\r\n354 d\r\n250 ok\r\n", "later 450 full, taken 250 ok", true},
      {"250 a\r\n450 full\r\n550 who\r\n250 reset\r\n", "later 450 full, refused 550 who", true},
      {"250 a\r\n250 b\r\n250 c\r\n452 full\r\n250 reset\r\n", "later 452 full, later 452 full",
       true},
      {"552 large\r\n250 reset\r\n", "refused 552 large, refused 552 large", true},
      {"451 db\r\n250 reset\r\n", "later 451 db, later 451 db", true},
      {"421 bye\r\n", "later 421 bye, later 421 bye", false},
      {"250 a\r\n421 bye\r\n", "later 421 bye, later the server closed the connection", false},
      {"250 a\r\n250 b\r\n250 c\r\n354 d\r\n421 bye\r\n", "later 421 bye, later 421 bye", false},
      {"250 a\r\n250 b\r\n250 c\r\n354 d\r\n",
       "later the server closed the connection, later the server closed the connection", false},
      {"250 a\r\n250 b\r\n250 c\r\n",
       "later the server closed the connection, later the server closed the connection", false},
      {"", "later the server closed the connection, later the server closed the connection", false},
      {"HTTP/1.1 400\r\n",
       "later the server does not speak SMTP, later the server does not speak SMTP", false},
      {"250-a\r\n250-b\r\n250 c\r\n250 b\r\n250 c\r\n354 d\r\n250-one\r\n250 two\r\n",
       "taken 250-one two, taken 250-one two", true},
      // A reply of another kind is no success.
      {"250 a\r\n250 b\r\n250 c\r\n354 d\r\n354 what\r\n", "later 354 what, later 354 what", true},
      {"250 a\r\n250 b\r\n250 c\r\n250 what\r\n250 reset\r\n", "later 250 what, later 250 what",
       true},
  };
  for (const auto& row : rows) {
    const auto done = send(row.replies);
    BOOST_TEST(done.results == row.expected, row.replies << " is " << done.results);
    BOOST_TEST(done.usable == row.usable, row.replies);
  }
}

BOOST_AUTO_TEST_CASE(a_server_that_hangs_is_away) {
  BOOST_TEST(send("250 a\r\n", mail, hello, true).results ==
             "later the server did not answer within 0.2 s, later the server closed the "
             "connection");
  mail_peer peer("");
  const auto none = smtp_session::begin(peer.connection(), short_limits);
  BOOST_TEST_REQUIRE(none.has_error());
  BOOST_TEST(none.error().sentence() ==
             "the server does not serve: the server did not answer within 0.2 s");
}

BOOST_AUTO_TEST_CASE(a_server_that_does_not_serve_is_away) {
  struct {
    const char *says, *expected;
  } const rows[]{
      {"554 no service\r\n", "the server does not serve: 554 no service"},
      {"220 here\r\n500 what\r\n", "the server refuses EHLO: 500 what"},
      {"220", "the server does not serve: the server closed the connection"},
  };
  for (const auto& row : rows) {
    mail_peer peer(row.says);
    peer.fall_silent();
    const auto session = smtp_session::begin(peer.connection(), short_limits);
    BOOST_TEST_REQUIRE(session.has_error());
    BOOST_TEST(session.error().sentence() == row.expected);
  }
}

BOOST_AUTO_TEST_CASE(what_a_server_says_is_bounded_and_printable) {
  mail_peer endless(std::string(5'000, '2'));
  BOOST_TEST(smtp_session::begin(endless.connection(), short_limits).error().sentence() ==
             "the server does not serve: the server sent a line that is too long");
  std::string lines;
  for (int i = 0; i < 200; ++i)
    lines += "220-x\r\n";
  mail_peer many(lines);
  BOOST_TEST(smtp_session::begin(many.connection(), short_limits).error().sentence() ==
             "the server does not serve: the server does not speak SMTP");
  BOOST_TEST(send("451 a\x1b[2J\xff\r\n250 reset\r\n").results ==
             "later 451 a?[2J?, later 451 a?[2J?");
}

BOOST_AUTO_TEST_CASE(a_socket_that_is_not_there_is_said_with_its_path) {
  const auto none = smtp_session::open("/nowhere/mail.sock", short_limits);
  BOOST_TEST_REQUIRE(none.has_error());
  BOOST_TEST(none.error().sentence() ==
             "the server does not answer at /nowhere/mail.sock: No such file or directory");
  BOOST_TEST(smtp_session::open(std::string(200, 'x'), short_limits).has_error());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
