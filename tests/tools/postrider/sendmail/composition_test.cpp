#include "tools/postrider/sendmail/composition.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::cli::tests {
namespace {

const mail_origin origin{"ann", "Ann Bee", "host.example", "17.ab",
                         std::chrono::sys_seconds(std::chrono::seconds(1'763'869'200))};
constexpr auto own_id = "Message-ID: <17.ab@host.example>\r\n";
constexpr auto own_date = "Date: Sun, 23 Nov 2025 03:40:00 +0000\r\n";
constexpr auto own_from = "From: Ann Bee <ann@host.example>\r\n";

sendmail_arguments to(std::vector<std::string> recipients, bool from_header = false) {
  sendmail_arguments given;
  given.recipients = std::move(recipients);
  given.header_recipients = from_header;
  return given;
}

std::string recipients_in(const std::string& input, std::vector<std::string> named = {}) {
  const auto mail = compose(to(std::move(named), true), input, origin);
  if (!mail) return "! " + mail.error().sentence();
  std::string shown;
  for (const auto& one : mail->recipients)
    shown += (shown.empty() ? "" : " ") + one;
  return shown;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(compositions)

BOOST_AUTO_TEST_CASE(missing_fields_are_added_and_others_kept) {
  const std::string all = std::string(own_id) + own_date + own_from;
  struct {
    std::string input, expected;
  } const rows[]{
      {"hello\n", all + "\r\nhello\r\n"},
      {"Subject: s\n\nhello\n", "Subject: s\r\n" + all + "\r\nhello\r\n"},
      {"", all + "\r\n"},
      {"Message-Id: <x@y>\nDATE: then\nfrom: a@b\n\nhello\n",
       "Message-Id: <x@y>\r\nDATE: then\r\nfrom: a@b\r\n\r\nhello\r\n"},
      {"Message-ID:\nDate: \nFrom:\n\nx\n", all + "\r\nx\r\n"},
      {"Return-Path: <r@b>\nTo: a@b,\n c@d\nBcc: e@f,\n g@h\nSubject: s\n\nx\n",
       "To: a@b,\r\n c@d\r\nSubject: s\r\n" + all + "\r\nx\r\n"},
  };
  for (const auto& row : rows) {
    const auto mail = compose(to({"root"}), row.input, origin);
    BOOST_TEST_REQUIRE(mail.has_value(), row.input);
    BOOST_TEST(mail->text == row.expected);
    BOOST_TEST(mail->sender == "ann@host.example");
    BOOST_TEST(mail->recipients == std::vector<std::string>{"root@host.example"},
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(recipients_of_the_header_are_those_of_to_cc_and_bcc) {
  struct {
    std::string input, expected;
  } const rows[]{
      {"To: a@b\nCc: C <c@d>\nBcc: e@f\n\n", "a@b c@d e@f"},
      {"to: a@b,\n\tg: c@d,\n e@f;\nX-To: no@example.org\n\n", "a@b c@d e@f"},
      {"To: a@b (not c@d, but)\nTo: g@h\nCc: a@b\n\n", "a@b g@h"},
      {"To: root\n\n", "root@host.example"},
      {"To: a@b\n\nCc: no@example.org\n", "a@b"},
      // RFC 5322, 3.6.6.
      {"To: a@b\nResent-To: c@d\nResent-Bcc: e@f\n\n", "c@d e@f"},
      {"Subject: s\n\n", "! no recipient was found in To, Cc and Bcc of the mail"},
      {"To: undisclosed-recipients:;\n\n",
       "! no recipient was found in To, Cc and Bcc of the mail"},
      {"Cc: two words\n\n",
       "! Cc: \"two words\" is no address; write ann@example.org or Ann <ann@example.org>, with "
       "commas between them"},
  };
  for (const auto& row : rows)
    BOOST_TEST(recipients_in(row.input) == row.expected);
  BOOST_TEST(recipients_in("To: a@b\n\n", {"c@d, e@f", "a@b"}) == "c@d e@f a@b");
  const auto hidden = compose(to({}, true), "Bcc: e@f\n\nx\n", origin);
  BOOST_TEST(hidden->text.find("e@f") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_mail_has_at_most_a_hundred_recipients) {
  std::string list = "To: a0@b";
  for (int i = 1; i < 100; ++i)
    list += ",\n a" + std::to_string(i) + "@b";
  BOOST_TEST(compose(to({}, true), list + "\n\n", origin)->recipients.size() == 100U);
  const auto more = compose(to({}, true), list + ", one@more\n\n", origin);
  BOOST_TEST_REQUIRE(more.has_error());
  BOOST_TEST(more.error().sentence() == "the mail has more than 100 recipients; send it in parts");
}

BOOST_AUTO_TEST_CASE(the_sender_is_the_one_given_or_the_user) {
  struct {
    const char *sender, *expected;
  } const rows[]{
      {"bob@example.org", "bob@example.org"},
      {"Bob <bob@example.org>", "bob@example.org"},
      {"bob", "bob@host.example"},
      {"", ""},
      {"<>", ""},
      {"a@b, c@d", "! the sender \"a@b, c@d\" is not one address"},
      {"two words",
       "! the sender: \"two words\" is no address; write ann@example.org or "
       "Ann <ann@example.org>, with commas between them"},
  };
  for (const auto& row : rows) {
    auto given = to({"root"});
    given.sender = row.sender;
    const auto mail = compose(given, "", origin);
    BOOST_TEST((mail ? mail->sender : "! " + mail.error().sentence()) == row.expected);
  }
}

BOOST_AUTO_TEST_CASE(a_from_field_is_made_of_the_name_and_the_sender) {
  struct {
    const char *name, *sender, *expected;
  } const rows[]{
      {"Cron Daemon", "root@h", "From: Cron Daemon <root@h>\r\n"},
      {"Bee, Ann", "a@b", "From: \"Bee, Ann\" <a@b>\r\n"},
      {"J\xc3\xb6rg", "a@b", "From: =?UTF-8?B?SsO2cmc=?= <a@b>\r\n"},
      {"x\r\nBcc: e@f", "a@b", "From: \"x  Bcc: e@f\" <a@b>\r\n"},
      {"", "<>", "From: Ann Bee <ann@host.example>\r\n"},
  };
  for (const auto& row : rows) {
    auto given = to({"root"});
    given.full_name = row.name;
    given.sender = row.sender;
    const auto mail = compose(given, "Date: d\nMessage-ID: <m>\n\n", origin);
    BOOST_TEST(mail->text == "Date: d\r\nMessage-ID: <m>\r\n" + std::string(row.expected) + "\r\n");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
