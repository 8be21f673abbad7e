#include "tools/postrider/sendmail/arguments.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

namespace postrider::cli::tests {
namespace {

using words = std::vector<std::string>;
using action = sendmail_arguments::action;

words split(const std::string& line) {
  std::istringstream in(line);
  words found;
  for (std::string word; in >> word;)
    found.push_back(word == "''" ? "" : word);
  return found;
}

/// "t i f=a@b F=Name v : recipient ..." as far as they are set.
std::string shown(const sendmail_arguments& given) {
  std::string text;
  if (given.header_recipients) text += "t ";
  if (!given.dot_ends) text += "i ";
  if (given.sender) text += "f=" + *given.sender + " ";
  if (!given.full_name.empty()) text += "F=" + given.full_name + " ";
  if (given.verbose) text += "v ";
  if (given.what == action::list_spool) text += "list ";
  if (given.what == action::send_spool) text += "send ";
  if (given.what == action::no_aliases) text += "aliases ";
  text += ":";
  for (const auto& one : given.recipients)
    text += " " + one;
  return text;
}

std::string parsed(const std::string& line) {
  const auto given = parse_sendmail_arguments(split(line));
  return given ? shown(*given) : given.error().sentence();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sendmail_arguments_)

BOOST_AUTO_TEST_CASE(the_command_lines_of_programs_are_understood) {
  struct {
    const char *line, *expected;
  } const rows[]{
      // Debian's cron 3.0pl1, do_command.c and cron.h.
      {"-FCronDaemon -i -B8BITMIME -oem root", "i F=CronDaemon : root"},
      // git send-email 2.39, sub send_message.
      {"-f ann@example.org -i bob@example.org cy@example.org",
       "i f=ann@example.org : bob@example.org cy@example.org"},
      // PHP 8.2, main.c: sendmail_path; php.ini's mail() adds its fifth argument.
      {"-t -i -fann@example.org", "t i f=ann@example.org :"},
      // mutt 2.2, muttlib: $sendmail with -f and --.
      {"-oem -oi -f ann@example.org -- bob@example.org", "i f=ann@example.org : bob@example.org"},
      // s-nail 14.9, mta arguments.
      {"-i -r ann@example.org -- bob@example.org", "i f=ann@example.org : bob@example.org"},
      // Python's and Perl's modules.
      {"-oi -t -odq", "t i :"},
      {"-ti", "t i :"},
      {"-tioem", "t i :"},
      {"-o i root", "i : root"},
      {"-bm -v root", "v : root"},
      {"-N success,delay -R hdrs -V id7 -B 7bit root", ": root"},
      {"-N never root", ": root"},
      {"-Ac -Gn -O DeliveryMode=b -h 5 -L tag -X log -C file -p esmtp root", ": root"},
      {"-f <> root", "f=<> : root"},
      {"-f '' root", "f= : root"},
      {"-F '' root", ": root"},
      {"-bp", "list :"},
      {"-bi", "aliases :"},
      {"-I", "aliases :"},
      {"-q", "send :"},
      {"-q30m root", ": root"},
      // Options end at the first recipient.
      {"root -t", ": root -t"},
      {"-- -t", ": -t"},
      {"- root", ": - root"},
  };
  for (const auto& row : rows)
    BOOST_TEST(parsed(row.line) == row.expected, row.line << " is " << parsed(row.line));
}

BOOST_AUTO_TEST_CASE(a_mistake_is_named) {
  struct {
    const char *line, *expected;
  } const rows[]{
      {"", "there is no recipient; name one, or use -t to take those of To, Cc and Bcc"},
      {"-i", "there is no recipient; name one, or use -t to take those of To, Cc and Bcc"},
      {"-z root", "unknown option -z"},
      {"-tz", "unknown option -z"},
      {"--verbose root", "unknown option --verbose"},
      {"-t -f", "-f needs a value"},
      {"-t -B", "-B needs a value"},
      {"-o '' root", "-o needs a value"},
      {"-b '' root", "-b needs a value"},
      {"-B 16BIT root", "-B is 16BIT; expected 7BIT or 8BITMIME"},
      {"-N often root", "-N is often; expected never, or some of success,failure,delay"},
      {"-N never,delay root",
       "-N is never,delay; expected never, or some of success,failure,delay"},
      {"-R half root", "-R is half; expected full or hdrs"},
      {"-bs", "-bs is not supported; speak SMTP to the server's socket"},
      {"-bd", "-bd is not supported; the server is started by: postrider serve"},
      {"-bv root", "-bv is not supported; use -bm, -bp or -bi"},
  };
  for (const auto& row : rows)
    BOOST_TEST(parsed(row.line) == row.expected, row.line << " is " << parsed(row.line));
}

BOOST_AUTO_TEST_CASE(a_name_of_the_program_chooses_what_it_does) {
  const words given{"-t"};
  BOOST_TEST((arguments_of_name("/usr/sbin/sendmail", given) == given));
  BOOST_TEST((arguments_of_name("sendmail", given) == given));
  BOOST_TEST((arguments_of_name("/usr/bin/mailq", {}) == words{"-bp"}));
  BOOST_TEST((arguments_of_name("newaliases", {}) == words{"-bi"}));
  BOOST_TEST(!arguments_of_name("/usr/bin/postrider", given));
  BOOST_TEST(!arguments_of_name("/opt/sendmail/postrider", given));
  BOOST_TEST(!arguments_of_name("", given));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
