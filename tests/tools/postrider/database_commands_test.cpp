#include "tests/tools/postrider/command_world.hpp"
#include "tools/postrider/database_start.hpp"

#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace postrider::cli::tests {

using persistence::ledger_errc;

BOOST_FIXTURE_TEST_SUITE(database_commands_, command_world)

BOOST_AUTO_TEST_CASE(migrate_creates_the_schema_once) {
  BOOST_TEST(run({"migrate", "--database", "sqlite:a.db"}) == done);
  BOOST_TEST(out.str().ends_with(": the schema was created\n"));
  out.str("");
  BOOST_TEST(run({"migrate", "--database", "sqlite:a.db"}) == done);
  BOOST_TEST(out.str().ends_with(": the schema is current\n"));
  BOOST_TEST(std::filesystem::exists(folder / "a.db"));
}

BOOST_AUTO_TEST_CASE(migrate_takes_the_configured_database) {
  write("config.toml", "[database]\nurl = \"sqlite:b.db\"\n");
  BOOST_TEST(run({"migrate", "--json"}) == done);
  BOOST_TEST(out.str().find("\"changed\":true") != std::string::npos);
  BOOST_TEST(std::filesystem::exists(folder / "b.db"));
}

BOOST_AUTO_TEST_CASE(verify_counts_what_it_checked) {
  BOOST_TEST(run({"migrate", "--database", "sqlite:a.db"}) == done);
  out.str("");
  BOOST_TEST(run({"verify", "--database", "sqlite:a.db"}) == done);
  BOOST_TEST(out.str() == "invariants 1 to 5 hold: 0 live, 0 history rows\n");
  out.str("");
  BOOST_TEST(run({"verify", "--database", "sqlite:a.db", "--json"}) == done);
  BOOST_TEST(out.str() == "{\"holds\":true,\"live\":0,\"history\":0,\"violations\":[]}\n");
}

BOOST_AUTO_TEST_CASE(a_command_that_only_reads_makes_no_database) {
  for (auto words :
       {std::vector<std::string>{"verify"}, {"keys", "list"}, {"keys", "revoke", "a"}}) {
    err.str("");
    words.insert(words.end(), {"--database", "sqlite:typo.db"});
    BOOST_TEST(run(words) == failed);
    BOOST_TEST(err.str() ==
               "postrider: there is no database typo.db; \"postrider migrate\" makes one\n");
  }
  BOOST_TEST(std::filesystem::is_empty(folder));
}

BOOST_AUTO_TEST_CASE(verify_beside_a_server_says_how_to_check_a_copy) {
  persistence::database_settings settings;
  settings.url = "sqlite:a.db";
  const auto server = open_for_serving(settings, false);
  BOOST_TEST_REQUIRE(server.has_value());
  BOOST_TEST(run({"verify", "--database", "sqlite:a.db"}) == failed);
  BOOST_TEST(err.str().find("sqlite3 postrider.db \".backup copy.db\"; postrider verify --database "
                            "sqlite:copy.db") != std::string::npos,
             err.str());
}

BOOST_AUTO_TEST_CASE(verify_of_a_database_without_a_schema_names_migrate) {
  write("a.db", "");
  BOOST_TEST(run({"verify", "--database", "sqlite:a.db"}) == failed);
  BOOST_TEST(err.str().ends_with(": there is no schema; \"postrider migrate\" creates it\n"));
}

BOOST_AUTO_TEST_CASE(a_database_url_that_cannot_be_is_told_before_anything_is_opened) {
  BOOST_TEST(run({"verify", "--database", "postgres://x"}) == failed);
  BOOST_TEST(err.str().starts_with("--database: "), err.str());
  BOOST_TEST(err.str().find("\"url\" is \"postgres://x\"; expected \"sqlite:FILE\" or ") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(root_makes_no_database_in_the_folder_of_a_service) {
  if (::geteuid() != 0) return;
  constexpr uid_t service = 65'533;
  const auto owner = [&](const char* name) {
    struct stat about {};
    BOOST_TEST_REQUIRE(::stat((folder / name).c_str(), &about) == 0);
    return about.st_uid;
  };
  const auto of_service = (folder / "state").string();
  std::filesystem::create_directory(of_service);
  BOOST_TEST_REQUIRE(::chown(of_service.c_str(), service, service) == 0);
  const auto url = "sqlite:" + of_service + "/a.db";
  for (const auto& command : {std::vector<std::string>{"migrate"},
                              {"keys", "create", "--name", "a", "--scope", "send"}}) {
    auto words = command;
    words.insert(words.end(), {"--database", url});
    err.str("");
    BOOST_TEST(run(words) == failed);
    BOOST_TEST(err.str().find("runuser -u 65533 -- postrider") != std::string::npos, err.str());
    BOOST_TEST(std::filesystem::is_empty(of_service));
  }
  // One that is there may be looked at, and what that leaves behind is its owner's.
  BOOST_TEST(run({"migrate", "--database", "sqlite:b.db"}) == done);
  for (const auto& each : std::filesystem::directory_iterator(folder))
    if (each.is_regular_file() && each.path().filename().string().starts_with("b.db"))
      BOOST_TEST_REQUIRE(::chown(each.path().c_str(), service, service) == 0);
  std::filesystem::remove(folder / "b.db.lock");
  BOOST_TEST(run({"keys", "list", "--database", "sqlite:b.db"}) == done);
  BOOST_TEST(owner("b.db.lock") == service);
  // A file that the service put there does not change hands.
  std::ofstream(folder / "of_root") << "secret";
  for (const bool symbolic : {true, false}) {
    std::filesystem::remove(folder / "b.db.lock");
    if (symbolic) std::filesystem::create_symlink("of_root", folder / "b.db.lock");
    else std::filesystem::create_hard_link(folder / "of_root", folder / "b.db.lock");
    run({"keys", "list", "--database", "sqlite:b.db"});
    BOOST_TEST(owner("of_root") == 0U);
  }
}

BOOST_AUTO_TEST_CASE(serving_creates_a_missing_schema_and_keeps_a_current_one) {
  persistence::database_settings settings;
  settings.url = "sqlite:a.db";
  BOOST_TEST_REQUIRE(open_for_serving(settings, false).has_value());
  BOOST_TEST_REQUIRE(open_for_serving(settings, false).has_value());
}

BOOST_AUTO_TEST_CASE(only_a_database_that_comes_back_by_itself_is_worth_waiting_for) {
  const std::string mysql = "mysql://u@127.0.0.1:3306/n";
  BOOST_TEST(worth_waiting_for({ledger_errc::unavailable, ""}, mysql));
  BOOST_TEST(worth_waiting_for({ledger_errc::unknown_result, ""}, mysql));
  BOOST_TEST(!worth_waiting_for({ledger_errc::unavailable, ""}, "sqlite:a.db"));
  BOOST_TEST(worth_waiting_for({ledger_errc::locked, ""}, "sqlite:a.db"));
  for (const auto code : {ledger_errc::bad_settings, ledger_errc::in_use, ledger_errc::wrong_schema,
                          ledger_errc::fenced}) {
    BOOST_TEST(!worth_waiting_for({code, ""}, mysql));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
