#include "tools/postrider/sendmail/mail_text.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::cli::tests {
namespace {

/// The header's lines, a bar, and the body.
std::string read(std::string_view input, bool dot_ends = true) {
  const auto mail = read_mail_text(input, dot_ends);
  std::string text;
  for (const auto& field : mail.header)
    text += field.lines;
  return text + "|" + mail.body;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mail_texts)

BOOST_AUTO_TEST_CASE(any_line_ends_become_crlf) {
  BOOST_TEST(read("A: b\n\nx\ny\n") == "A: b\r\n|x\r\ny\r\n");
  BOOST_TEST(read("A: b\r\n\r\nx\r\ny\r\n") == "A: b\r\n|x\r\ny\r\n");
  BOOST_TEST(read("A: b\n\nx") == "A: b\r\n|x\r\n");
  BOOST_TEST(read("A: b\n\n\n\nx\n") == "A: b\r\n|\r\n\r\nx\r\n");
  BOOST_TEST(read("A: b\n") == "A: b\r\n|");
  BOOST_TEST(read("") == "|");
}

BOOST_AUTO_TEST_CASE(a_header_ends_at_the_first_line_that_is_no_field) {
  BOOST_TEST(read("hello\nA: b\n") == "|hello\r\nA: b\r\n");
  BOOST_TEST(read("A: b\nhello there\n") == "A: b\r\n|hello there\r\n");
  BOOST_TEST(read("A: b\n\tc\n  d\n\nx\n") == "A: b\r\n\tc\r\n  d\r\n|x\r\n");
  BOOST_TEST(read(" A: b\n") == "| A: b\r\n");
  // A line with spaces only would not be seen as the end by every reader.
  BOOST_TEST(read("A: b\n  \nx\n") == "A: b\r\n|  \r\nx\r\n");
  BOOST_TEST(read("two words: b\n") == "|two words: b\r\n");
  BOOST_TEST(read("From ann Mon Nov 23 05:06:07 2026\nA: b\n\nx\n") == "A: b\r\n|x\r\n");
  BOOST_TEST(read("A: b\n\nFrom here\n") == "A: b\r\n|From here\r\n");
}

BOOST_AUTO_TEST_CASE(a_dot_alone_ends_it_unless_told_otherwise) {
  BOOST_TEST(read("A: b\n\nx\n.\ny\n") == "A: b\r\n|x\r\n");
  BOOST_TEST(read("A: b\n\nx\n.\ny\n", false) == "A: b\r\n|x\r\n.\r\ny\r\n");
  BOOST_TEST(read("A: b\n\nx\n.\r\ny\n") == "A: b\r\n|x\r\n");
  BOOST_TEST(read("A: b\n\nx\n..\n.y\n") == "A: b\r\n|x\r\n..\r\n.y\r\n");
  BOOST_TEST(read("A: b\n.\nx\n") == "A: b\r\n|");
}

BOOST_AUTO_TEST_CASE(characters_that_smtp_forbids_are_replaced) {
  // A bar of progress in the output of a job.
  BOOST_TEST(read("A: b\n\n10%\r50%\r100%\n") == "A: b\r\n|10%\r\n50%\r\n100%\r\n");
  // No field may begin behind a CR.
  BOOST_TEST(read("A: b\rBcc: eve@example.org\n\nx\n") == "A: b Bcc: eve@example.org\r\n|x\r\n");
  BOOST_TEST(read(std::string_view("A: b\0c\n\nx\0y\n", 12)) == "A: b?c\r\n|x?y\r\n");
}

BOOST_AUTO_TEST_CASE(lines_are_broken_where_the_server_takes_no_more) {
  const std::string long_line(60'000, 'x'), letter = "\xc3\xa4";
  BOOST_TEST((read("\n" + long_line + "\n") == "|" + long_line + "\r\n"));
  BOOST_TEST((read("\n" + long_line + "y\n") == "|" + long_line + "\r\ny\r\n"));
  BOOST_TEST((read("\n" + long_line.substr(1) + letter + letter + "\n") ==
              "|" + long_line.substr(1) + letter + "\r\n" + letter + "\r\n"));
}

BOOST_AUTO_TEST_CASE(names_and_values_are_read_as_rfc_5322_has_them) {
  const auto mail = read_mail_text("SUBJECT : one\n  two\n\tthree \nX:\n\n", true);
  BOOST_TEST_REQUIRE(mail.header.size() == 2U);
  BOOST_TEST(mail.header[0].name == "subject");
  BOOST_TEST(mail.header[0].value() == "one    two  \tthree");
  BOOST_TEST(mail.header[1].name == "x");
  BOOST_TEST(mail.header[1].value().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
