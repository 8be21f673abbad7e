#include "smtp/command.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace postrider::smtp;

BOOST_AUTO_TEST_SUITE(commands)

BOOST_AUTO_TEST_CASE(a_line_ends_with_crlf_and_has_a_longest_size) {
  struct row {
    std::string received;
    line_state state;
    std::string text;
  };
  const row rows[]{
      {"", line_state::more, ""},
      {"NOOP", line_state::more, ""},
      {"NOOP\r", line_state::more, ""},
      {"NOOP\r\n", line_state::complete, "NOOP"},
      {"\r\n", line_state::complete, ""},
      {"NOOP\r\nQUIT\r\n", line_state::complete, "NOOP"},
      {"NOOP\nQUIT\r\n", line_state::bare_line_feed, ""},
      {"NOOP\rQUIT\r\n", line_state::bare_return, ""},
      {"NOOP\r\r\n", line_state::bare_return, ""},
      {"12345678\r\n", line_state::complete, "12345678"},
      {"123456789\r\n", line_state::too_long, ""},
      {"12345678901", line_state::too_long, ""},
      {"1234567890", line_state::more, ""},
  };
  for (const auto& row : rows) {
    const auto found = find_line(row.received, 10);
    BOOST_TEST((found.state == row.state), row.received);
    BOOST_TEST(found.text == row.text);
  }
}

BOOST_AUTO_TEST_CASE(a_verb_and_its_argument) {
  struct row {
    std::string_view line;
    verb what;
    std::string_view argument;
  };
  const row rows[]{
      {"EHLO x.example", verb::ehlo, "x.example"},
      {"mail FROM:<>", verb::mail, "FROM:<>"},
      {"DATA ", verb::data, ""},
      {"DATAx", verb::unknown, ""},
      {"", verb::unknown, ""},
      {" NOOP", verb::unknown, "NOOP"},
      {"TURN", verb::not_offered, ""},
      {"GET / HTTP/1.1", verb::foreign, "/ HTTP/1.1"},
      {"RSET\t", verb::unknown, ""},
      {"VRFY  a  b ", verb::vrfy, "a  b"},
  };
  for (const auto& row : rows) {
    const auto read = read_command(row.line);
    BOOST_TEST((read.what == row.what), row.line);
    BOOST_TEST(read.argument == row.argument);
  }
}

BOOST_AUTO_TEST_CASE(parameters_are_keywords_with_values) {
  const auto some = read_parameters(" SIZE=1  body=8bitmime SMTPUTF8 ");
  BOOST_REQUIRE(some.has_value());
  BOOST_TEST((*some == parameter_list{{"SIZE", "1"}, {"BODY", "8bitmime"}, {"SMTPUTF8", ""}}));
  BOOST_TEST((read_parameters("") == parameter_list{}));
  for (const auto* wrong : {"SIZE=", "=1", "-A=1", "A B=1=2", "size=1 SIZE=2", "A\tB"})
    BOOST_TEST(!read_parameters(wrong).has_value(), wrong);
}

BOOST_AUTO_TEST_SUITE_END()
