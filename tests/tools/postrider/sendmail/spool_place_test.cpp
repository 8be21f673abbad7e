#include "tools/postrider/sendmail/spool_place.hpp"

#include "tests/tools/postrider/sendmail/spool_world.hpp"

#include <unistd.h>

namespace postrider::cli::tests {
namespace {

std::string places(const environment& variables, const std::string& home,
                   const std::string& common) {
  const auto found = spool_folders({variables, 1'000, home, common});
  if (!found) return "! " + found.error().sentence().substr(0, 33);
  std::string text;
  for (const auto& one : *found)
    text += (text.empty() ? "" : " ") + one;
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(spool_places)

BOOST_AUTO_TEST_CASE(a_user_has_a_folder_of_his_own) {
  struct {
    environment variables;
    const char *home, *common, *expected;
  } const rows[]{
      {{}, "/home/ann", "", "/home/ann/.local/state/postrider/spool"},
      {{{"XDG_STATE_HOME", "/s"}}, "/home/ann", "", "/s/postrider/spool"},
      {{{"XDG_STATE_HOME", "s"}}, "/home/ann", "", "/home/ann/.local/state/postrider/spool"},
      {{}, "/home/ann", "/var/spool/postrider", "/var/spool/postrider/1000"},
      {{}, "", "/var/spool/postrider", "/var/spool/postrider/1000"},
      {{}, "/", "/var/spool/postrider", "/var/spool/postrider/1000"},
      {{}, "", "", "! there is no folder for a spool: t"},
      {{{"POSTRIDER_SPOOL", "/x"}}, "/home/ann", "/var/spool/postrider", "/x"},
      {{{"POSTRIDER_SPOOL", "x"}}, "/home/ann", "", "! POSTRIDER_SPOOL is no absolute pa"},
  };
  for (const auto& row : rows)
    BOOST_TEST(places(row.variables, row.home, row.common) == row.expected);
}

BOOST_AUTO_TEST_CASE(mails_from_before_the_package_go_first) {
  const spool_world world;
  mail_spool(world.folder / ".local/state/postrider/spool").add(mail_of("one"), at(1));
  BOOST_TEST(places({}, world.folder, "/var/spool/postrider") ==
             world.folder.string() + "/.local/state/postrider/spool /var/spool/postrider/1000");
}

/// Any user could keep the mails of others from the spool.
BOOST_AUTO_TEST_CASE(a_folder_that_another_made_is_not_used) {
  const spool_world world;
  const auto common = world.folder / "common";
  const auto own = common / "1000";
  const auto home = (world.folder / "ann").string(),
             in_home = home + "/.local/state/postrider/spool";
  std::filesystem::create_directories(own);
  const bool is_mine = ::geteuid() == 1'000;
  BOOST_TEST(places({}, home, common) == (is_mine ? own.string() : in_home));
  // Without a home the failure to use it says whose it is.
  BOOST_TEST(places({}, "", common) == own.string());
  std::filesystem::remove(own);
  std::filesystem::create_symlink(world.folder, own);
  BOOST_TEST(places({}, home, common) == in_home);
}

BOOST_AUTO_TEST_CASE(the_bounds_are_variables) {
  BOOST_TEST(limits_of_spool({})->mails == 1'000U);
  BOOST_TEST(limits_of_spool({})->bytes == 128u << 20);
  BOOST_TEST(limits_of_spool({{"POSTRIDER_SPOOL_MAX_MAILS", "3"}})->mails == 3U);
  BOOST_TEST(limits_of_spool({{"POSTRIDER_SPOOL_MAX_MIB", "2"}})->bytes == 2u << 20);
  for (const auto* wrong : {"0", "-1", "x", "1x", "1000001", " 1"})
    BOOST_TEST(limits_of_spool({{"POSTRIDER_SPOOL_MAX_MAILS", wrong}}).has_error(), wrong);
  BOOST_TEST(mail_socket({}) == "/run/postrider/mail.sock");
  BOOST_TEST(mail_socket({{"POSTRIDER_MAIL_SOCKET", "/s"}}) == "/s");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
