#include "tests/tools/postrider/command_world.hpp"
#include "tests/tools/postrider/sendmail/spool_world.hpp"

#include <boost/json.hpp>

#include <sys/stat.h>
#include <sysexits.h>

namespace postrider::cli::tests {
namespace {

/// The spool of a user whose server is away, with a mail that waits and one that was refused.
struct mails_world : command_world {
  mails_world() {
    variables["POSTRIDER_SPOOL"] = (folder / "spool").string();
    variables["POSTRIDER_MAIL_SOCKET"] = (folder / "mail.sock").string();
    auto spool = mails();
    spool.add(mail_of("one"), at(1'763'869'200'000'000));
    spool.add_refused(mail_of("two", {"b@x", "c@x"}), "550 no", at(1'763'869'200'000'000));
  }
  mail_spool mails() const { return mail_spool(folder / "spool"); }

  std::string said(std::vector<std::string> arguments, int code) {
    out.str("");
    err.str("");
    arguments.insert(arguments.begin(), "spool");
    BOOST_TEST(run(std::move(arguments)) == code);
    return out.str() + err.str();
  }
};
constexpr auto waiting_id = "1763869200000000", refused_id = "1763869200000001";

}  // namespace

BOOST_AUTO_TEST_SUITE(spool_command)

BOOST_AUTO_TEST_CASE(the_list_has_mails_that_wait_and_those_that_were_refused) {
  mails_world world;
  BOOST_TEST(world.said({}, 0) ==
             "id                state    received                  bytes  sender  recipients  "
             "reason\n"
             "1763869200000000  waiting  2025-11-23T03:40:00.000Z  55     ann@a   b@x         -\n"
             "1763869200000001  refused  2025-11-23T03:40:00.000Z  76     ann@a   b@x, c@x    550 "
             "no\n");
  const auto list = boost::json::parse(world.said({"--json"}, 0)).as_array();
  BOOST_TEST_REQUIRE(list.size() == 2U);
  BOOST_TEST(list[1].at("id").as_string() == refused_id);
  BOOST_TEST(list[1].at("state").as_string() == "refused");
  BOOST_TEST(list[1].at("reason").as_string() == "550 no");
  BOOST_TEST((list[1].at("recipients") == boost::json::array{"b@x", "c@x"}));
  // The same as mailq.
  world.out.str("");
  BOOST_TEST(world.run({"sendmail", "-bp"}) == 0);
  BOOST_TEST(world.out.str().find(waiting_id) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_empty_spool_is_said) {
  command_world world;
  world.variables["POSTRIDER_SPOOL"] = (world.folder / "none").string();
  BOOST_TEST(world.run({"spool"}) == 0);
  BOOST_TEST(world.out.str() == "The spool is empty.\n");
  BOOST_TEST(world.run({"spool", "send"}) == 0);
}

BOOST_AUTO_TEST_CASE(sending_says_why_mails_wait) {
  mails_world world;
  BOOST_TEST(world.said({"send"}, EX_TEMPFAIL) ==
             "postrider: mails that wait in " + world.mails().folder() +
                 ": 1; the server does not answer at " + (world.folder / "mail.sock").string() +
                 ": No such file or directory\n");
  BOOST_TEST(world.said({}, 0).find("last attempt ") != std::string::npos);
  world.said({"send", "--refused"}, EX_TEMPFAIL);
  BOOST_TEST(world.mails().refused().empty());
  BOOST_TEST(names(world.mails().waiting()).starts_with(std::string(waiting_id) + " "));
}

BOOST_AUTO_TEST_CASE(a_mail_is_shown_and_deleted) {
  mails_world world;
  BOOST_TEST(world.said({"show", refused_id}, 0) ==
             "postrider-mail 1\nfrom ann@a\nto b@x\nto c@x\nreason 550 no\nbytes 10\n\n"
             "S: two\r\n\r\n");
  BOOST_TEST(world.said({"delete", waiting_id, refused_id}, 0) == "");
  BOOST_TEST(world.mails().waiting().empty());
  BOOST_TEST(world.mails().refused().empty());
  for (const auto* command : {"show", "delete"})
    BOOST_TEST(world.said({command, waiting_id}, 1) ==
               "postrider: there is no mail 1763869200000000 in the spool; see: postrider spool\n");
  BOOST_TEST(world.said({"show", "../x"}, 2).find("is not a whole number") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(metrics_go_to_a_file_that_others_can_read) {
  mails_world world;
  const auto text = world.said({"metrics"}, 0);
  BOOST_TEST(text.find("postrider_spool_refused_mails{user=") != std::string::npos);
  const auto file = (world.folder / "postrider.prom").string();
  BOOST_TEST(world.said({"metrics", "--output", file}, 0) == "");
  std::ifstream in(file);
  std::ostringstream written;
  written << in.rdbuf();
  BOOST_TEST(written.str() == text);
  struct stat found {};
  BOOST_TEST_REQUIRE(::stat(file.c_str(), &found) == 0);
  BOOST_TEST((found.st_mode & 0777) == 0644U);
  world.said({"metrics", "--output", (world.folder / "no/x").string()}, 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
