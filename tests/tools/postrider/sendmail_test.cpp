#include "tests/tools/postrider/command_world.hpp"

#include <sysexits.h>

namespace postrider::cli::tests {
namespace {

/// A user whose server is away.
struct away_world : command_world {
  away_world() {
    variables["POSTRIDER_SPOOL"] = spool();
    variables["POSTRIDER_MAIL_SOCKET"] = (folder / "mail.sock").string();
  }
  std::string spool() const { return (folder / "spool").string(); }

  int send(const std::string& mail, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "sendmail");
    in = std::istringstream(mail);
    return run(std::move(arguments));
  }
  /// The mails of the spool, without their ids.
  std::size_t waiting() const {
    std::size_t count = 0;
    for (const auto& one : std::filesystem::directory_iterator(spool()))
      count += one.is_regular_file() && one.path().filename().string().front() != '.' ? 1 : 0;
    return count;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(sendmail_)

BOOST_AUTO_TEST_CASE(a_mail_waits_in_the_spool_while_the_server_is_away) {
  away_world world;
  BOOST_TEST(world.send("Subject: one\n\nx\n", {"-i", "root"}) == EX_OK);
  BOOST_TEST(world.out.str() == "");
  BOOST_TEST(world.err.str() == "");
  BOOST_TEST(world.waiting() == 1U);
  BOOST_TEST(world.send("Subject: two\n\nx\n", {"-v", "root"}) == EX_OK);
  BOOST_TEST(world.out.str().find("the mail waits in " + world.spool()) == 0U);
  BOOST_TEST(world.waiting() == 2U);
}

BOOST_AUTO_TEST_CASE(a_failure_of_a_moment_ago_stands_for_the_next_attempt) {
  namespace fs = std::filesystem;
  struct {
    std::chrono::hours age;
    bool stands;
  } const rows[]{
      {std::chrono::hours(0), true},
      {std::chrono::hours(1), false},
      // The clock was set back since then.
      {std::chrono::hours(-1), false},
  };
  for (const auto& row : rows) {
    away_world world;
    BOOST_TEST(world.send("x\n", {"root"}) == EX_OK);
    const fs::path note = fs::path(world.spool()) / ".last-failure";
    std::ofstream(note) << "the older reason";
    const auto then = world.epoch - row.age;
    fs::last_write_time(note, std::chrono::file_clock::from_sys(then));
    BOOST_TEST(world.send("x\n", {"-v", "root"}) == EX_OK);
    const auto said = world.out.str();
    BOOST_TEST((said.find("the older reason") != said.npos) == row.stands, said);
    BOOST_TEST((said.find("the server does not answer") != said.npos) == !row.stands, said);
  }
}

BOOST_AUTO_TEST_CASE(a_mail_that_can_be_neither_sent_nor_stored_is_the_callers) {
  away_world world;
  world.variables["POSTRIDER_SPOOL_MAX_MAILS"] = "1";
  BOOST_TEST(world.send("x\n", {"root"}) == EX_OK);
  BOOST_TEST(world.send("x\n", {"root"}) == EX_TEMPFAIL);
  BOOST_TEST(world.err.str().find(
                 "postrider: the mail was not sent, the server does not answer at ") == 0U);
  BOOST_TEST(world.err.str().find("is full: 1 mails, 0 of them refused") != std::string::npos);
  BOOST_TEST(world.waiting() == 1U);

  away_world wrong;
  wrong.variables["POSTRIDER_SPOOL_MAX_MIB"] = "many";
  BOOST_TEST(wrong.send("x\n", {"root"}) == EX_TEMPFAIL);
  BOOST_TEST(wrong.err.str().find("POSTRIDER_SPOOL_MAX_MIB is \"many\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(mistakes_have_the_exit_codes_of_sysexits) {
  struct {
    std::vector<std::string> arguments;
    const char* mail;
    int code;
    const char* says;
  } const rows[]{
      {{}, "x\n", EX_USAGE, "there is no recipient"},
      {{"-z"}, "x\n", EX_USAGE, "unknown option -z"},
      {{"-bs"}, "", EX_USAGE, "-bs is not supported"},
      {{"-t"}, "Subject: s\n\n", EX_DATAERR, "no recipient was found"},
      {{"two words"}, "x\n", EX_DATAERR, "the recipient: \"two words\" is no address"},
      {{"-bi"}, "", EX_OK, ""},
      {{"-I"}, "", EX_OK, ""},
      {{"-q"}, "", EX_OK, ""},
  };
  for (const auto& row : rows) {
    away_world world;
    BOOST_TEST(world.send(row.mail, row.arguments) == row.code);
    BOOST_TEST(world.err.str().find(row.says) != std::string::npos, world.err.str());
    BOOST_TEST(!std::filesystem::exists(world.spool()));
  }
}

BOOST_AUTO_TEST_CASE(a_mail_is_bounded) {
  away_world world;
  BOOST_TEST(world.send(std::string((16u << 20) + 1, 'x'), {"root"}) == EX_DATAERR);
  BOOST_TEST(world.err.str() ==
             "postrider: the mail has more than 16 MiB, which no request may have\n");
}

BOOST_AUTO_TEST_CASE(its_help_lists_its_options) {
  away_world world;
  BOOST_TEST(world.run({"sendmail", "--help"}) == 0);
  BOOST_TEST(world.out.str().find("  -f ADDRESS ") != std::string::npos);
  away_world other;
  BOOST_TEST(other.run({"help", "sendmail"}) == 0);
  BOOST_TEST(other.out.str() == world.out.str());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
