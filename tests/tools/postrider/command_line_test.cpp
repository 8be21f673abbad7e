#include "tests/tools/postrider/command_world.hpp"
#include "tests/tools/postrider/reading.hpp"

#include <algorithm>
#include <sys/resource.h>
#include <sys/stat.h>

namespace postrider::cli::tests {
namespace {

const std::vector<std::string> commands{
    "serve",  "check-config", "migrate",   "send",  "bulk",   "status",
    "list",   "cancel",       "explain",   "retry", "settle", "inspect",
    "verify", "keys",         "providers", "users", "help",   "completion"};
/// With the commands below them.
const std::vector<std::vector<std::string>> nested{{"keys", "create"}, {"keys", "list"},
                                                   {"keys", "revoke"}, {"providers", "challenge"},
                                                   {"users", "show"},  {"users", "put"}};
/// Commands that need no configuration.
const std::vector<std::string> without_configuration{"keys", "users", "help", "completion"};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(command_line_, command_world)

BOOST_AUTO_TEST_CASE(help_tells_of_every_command_and_of_the_exit_codes) {
  BOOST_TEST(run({"--help"}) == done);
  for (const auto& name : commands)
    BOOST_TEST(out.str().find("\n  " + name + " ") != std::string::npos, name);
  BOOST_TEST(out.str().find("Exit: 0 done, 1 failed, 2 ") != std::string::npos);
  BOOST_TEST(err.str() == "");
}

BOOST_AUTO_TEST_CASE(help_of_every_command_has_examples_and_exit_codes) {
  auto all = nested;
  for (const auto& name : commands)
    all.push_back({name});
  for (auto words : all) {
    out.str("");
    std::string name;
    for (const auto& word : words)
      name += (name.empty() ? "" : " ") + word;
    words.push_back("--help");
    BOOST_TEST_CONTEXT(name) {
      BOOST_TEST(run(words) == done);
      BOOST_TEST(out.str().find("Usage: postrider " + name) != std::string::npos);
      BOOST_TEST(out.str().find("Examples:\n  ") != std::string::npos);
      BOOST_TEST(out.str().find("postrider " + name + " ") != std::string::npos);
      BOOST_TEST(out.str().find("\nExit: 0 ") != std::string::npos);
      if (std::ranges::find(without_configuration, name) == without_configuration.end())
        BOOST_TEST(out.str().find("--config FILE") != std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(help_is_a_command_too) {
  const auto said = [this](std::vector<std::string> words) {
    out.str("");
    BOOST_TEST(run(std::move(words)) == done);
    return out.str();
  };
  BOOST_TEST(said({"help"}) == said({"--help"}));
  BOOST_TEST(said({"help", "send"}) == said({"send", "--help"}));
  BOOST_TEST(said({"help", "keys", "create"}) == said({"keys", "create", "--help"}));
  BOOST_TEST(said({"help", "--help"}).find("Show the help of a command.") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(help_of_what_there_is_not_is_2) {
  const struct {
    std::vector<std::string> arguments;
    std::string said;
  } wrongs[] = {
      {{"help", "sedn"},
       "postrider: unknown command \"sedn\"; did you mean \"send\"?\nTry: postrider --help\n"},
      {{"help", "keys", "nothing"},
       "postrider: unknown command \"keys nothing\"\nTry: postrider keys --help\n"},
      {{"help", "keys", "creat"},
       "postrider: unknown command \"keys creat\"; did you mean \"create\"?\n"
       "Try: postrider keys --help\n"},
      {{"help", "send", "keys"},
       "postrider: unknown command \"send keys\"\nTry: postrider send --help\n"},
      {{"help", ""}, "postrider: unknown command \"\"\nTry: postrider --help\n"},
      {{"help", "--foo"}, "postrider: unknown option --foo\nTry: postrider help --help\n"}};
  for (const auto& [arguments, said] : wrongs) {
    err.str("");
    BOOST_TEST(run(arguments) == usage);
    BOOST_TEST(err.str() == said);
    BOOST_TEST(out.str() == "");
  }
}

BOOST_AUTO_TEST_CASE(an_option_with_nothing_in_it_is_not_taken_for_one_that_is_not_there) {
  const std::vector<std::string> wrongs[] = {
      {"send", "--user", "1", "--send-at", "", "hello"},
      {"send", "--user", "1", "--send-at", " \t", "hello"},
      {"send", "--user", "1", "--send-at=", "hello"},
      {"send", "--user", "1", "--send-at=", "--wait", "hello"},
      {"send", "--user", "1", "--html", "", "hello"},
      {"send", "--user", "1", "--ttl", "", "hello"},
      {"send", "--user", "1", "--to", "+15551234567", "--to", "", "hello"},
      {"send", "--user", "1", "--idempotency-key", "", "hello"},
      {"send", "--user", "1", "--url", "", "hello"},
      {"list", "--provider", ""},
      {"list", "--cursor=", "--live"},
      {"retry", "--provider", "", "--include-final"},
      {"users", "put", "7", "sms", "--file", ""},
      {"providers", "--url", "", "challenge", "signal-main", "--captcha", "c"},
      {"verify", "--database", ""}};
  for (const auto& arguments : wrongs) {
    err.str("");
    BOOST_TEST_CONTEXT(arguments[0] << " " << arguments[1] << " " << arguments[2]) {
      BOOST_TEST(run(arguments) == usage);
      BOOST_TEST(err.str().find(": has an empty value; leave it out\nTry: postrider ") !=
                 std::string::npos);
    }
  }
  BOOST_TEST(connected.empty());
}

BOOST_AUTO_TEST_CASE(a_number_of_a_user_or_a_transaction_is_one_that_there_can_be) {
  for (const std::string number : {"99999999999999999999", "9223372036854775808", "0", "-1", "010",
                                   "0x10", "1.5", "1e3", " 1"}) {
    for (const std::vector<std::string>& arguments :
         std::initializer_list<std::vector<std::string>>{{"send", "--user", number, "hello"},
                                                         {"list", "--user", number},
                                                         {"explain", "--user", number},
                                                         {"explain", number},
                                                         {"retry", "--user", number},
                                                         {"retry", "--id", "1", "--id", number},
                                                         {"settle", number, "arrived"},
                                                         {"status", number},
                                                         {"cancel", number},
                                                         {"users", "show", number}}) {
      BOOST_TEST(run(arguments) == usage, arguments[0] << " " << number);
    }
  }
  BOOST_TEST(connected.empty());
  script = {answered("GET", "/v1/users/9223372036854775807/providers", "", 200, "[]")};
  BOOST_TEST(run({"users", "show", "9223372036854775807"}) == done);
}

BOOST_AUTO_TEST_CASE(version_is_one_line) {
  BOOST_TEST(run({"--version"}) == done);
  const auto text = out.str();
  BOOST_TEST(text.starts_with("postrider "));
  BOOST_TEST(text.find('\n') == text.size() - 1);
}

BOOST_AUTO_TEST_CASE(a_wrong_command_line_is_2_and_names_what_was_perhaps_meant) {
  const struct {
    std::vector<std::string> arguments;
    std::string said;
  } wrongs[] = {
      {{}, "postrider: A subcommand is required\nTry: postrider --help\n"},
      {{"sedn"},
       "postrider: unknown command \"sedn\"; did you mean \"send\"?\nTry: postrider --help\n"},
      {{"send", "--usr", "1", "hello"},
       "postrider: unknown option --usr; did you mean \"--user\"?\nTry: postrider send "
       "--help\n"},
      {{"send", "hello"}, "postrider: --user is required\nTry: postrider send --help\n"},
      {{"send", "--user", "1"}, "postrider: TEXT is required\nTry: postrider send --help\n"},
      {{"send", "--user", "one", "hello"},
       "postrider: --user: \"one\" is not a whole number from 1 to 9223372036854775807\n"
       "Try: postrider send --help\n"},
      {{"status"}, "postrider: ID is required\nTry: postrider status --help\n"},
      {{"status", "seven"},
       "postrider: \"seven\" is neither a transaction's number nor a message's id\n"},
      {{"--colour", "serve"}, "postrider: unknown option --colour\nTry: postrider serve --help\n"},
      {{"send", "--user", "1", "--wait-limit", "soon", "hello"},
       "postrider: --wait-limit is \"soon\"; expected a duration such as \"250ms\", \"90s\", "
       "\"5m\", \"3h\" or \"2d\", of at "
       "least \"0s\"\n"},
  };
  for (const auto& [arguments, said] : wrongs) {
    err.str("");
    BOOST_TEST(run(arguments) == usage);
    BOOST_TEST(err.str() == said);
    BOOST_TEST(out.str() == "");
  }
}

BOOST_AUTO_TEST_CASE(check_config_is_content_with_the_default_configuration) {
  BOOST_TEST(run({"check-config", "--defaults"}) == done);
  write("config.toml", out.str());
  out.str("");
  BOOST_TEST(run({"check-config"}) == done);
  BOOST_TEST(out.str() == "config.toml is fine\n");
}

BOOST_AUTO_TEST_CASE(check_config_prints_every_mistake_and_is_1) {
  write("a.toml", "[http]\nthreds = 2\n[log]\nlevel = \"loud\"\n");
  BOOST_TEST(run({"check-config", "--config", "a.toml"}) == failed);
  BOOST_TEST(
      err.str() ==
      "a.toml:2:1: unknown key \"threds\" in [http]; expected one of listen, local_socket, "
      "tls_certificate, "
      "tls_key, threads, max_header, "
      "max_body, "
      "max_connections, max_connections_per_address, header_timeout, body_timeout, idle_timeout, "
      "request_timeout, "
      "write_timeout; did you mean \"threads\"?\n"
      "a.toml:4:9: \"level\" is \"loud\"; expected \"debug\", \"info\", \"warning\" or \"error\"\n"
      "postrider: a.toml has 2 mistakes\n");
  BOOST_TEST(out.str() == "");
}

BOOST_AUTO_TEST_CASE(check_config_says_the_same_to_machines) {
  write("a.toml", "[log]\nlevel = \"inf\"\n[http]\nmax_connections = 10\n");
  BOOST_TEST(run({"check-config", "--config", "a.toml", "--json"}) == failed);
  BOOST_TEST(
      out.str() ==
      R"({"file":"a.toml","mistakes":[{"where":"a.toml","line":2,"column":9,"found":"\"level\" is \"inf\"",)"
      R"("expected":"\"debug\", \"info\", \"warning\" or \"error\"","nearest":"info"}],"warnings":[]})"
      "\n");
}

BOOST_AUTO_TEST_CASE(check_config_warns_of_connections_that_cannot_be_had) {
  write("config.toml", std::string(one_provider) + "[http]\nmax_connections = 1000000\n");
  rlimit limits{};
  BOOST_TEST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &limits) == 0);
  if (limits.rlim_max > 1'000'000) return;
  BOOST_TEST(run({"check-config"}) == done);
  BOOST_TEST(err.str().find("not 1000000 (http.max_connections)") != std::string::npos, err.str());
  BOOST_TEST(out.str() == "config.toml is fine\n");
}

BOOST_AUTO_TEST_CASE(check_config_prints_what_is_in_force) {
  write("config.toml", one_provider);
  variables["POSTRIDER_LOG__LEVEL"] = "debug";
  BOOST_TEST(run({"check-config", "--print"}) == done);
  BOOST_TEST(
      out.str().find(
          "[log]\nlevel = \"debug\"                                    # POSTRIDER_LOG__LEVEL\n") !=
      std::string::npos);
  BOOST_TEST(out.str().find("[[provider]]\nname = \"main\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(check_config_as_root_shows_who_may_read_the_secrets) {
  write("secret", "sixteen-characters-or-more");
  const auto secret = (folder / "secret").string();
  BOOST_TEST_REQUIRE(::chmod(secret.c_str(), 0600) == 0);
  write("config.toml", "[receipts]\nsecret_file = \"" + secret + "\"\n");
  BOOST_TEST(run({"check-config"}) == done);
  if (::geteuid() != 0) return;
  BOOST_TEST(err.str() ==
             "postrider: this was checked as root, who can read every file:\n  [receipts] "
             "secret_file " +
                 secret +
                 ": root:root, mode 0600\n"
                 "as the service: runuser -u postrider -- postrider check-config\n");
}

BOOST_AUTO_TEST_CASE(a_missing_configuration_is_told_with_what_to_do) {
  if (std::filesystem::exists("/etc/postrider/config.toml")) return;
  for (const auto* name : {"check-config", "serve", "migrate", "verify"}) {
    err.str("");
    BOOST_TEST(run({name}) == failed);
    BOOST_TEST(err.str() ==
               "postrider: there is no configuration: neither ./config.toml nor "
               "/etc/postrider/config.toml exists; write one "
               "with \"postrider check-config --defaults > config.toml\", or name it with --config "
               "FILE\n");
    err.str("");
    BOOST_TEST(run({name, "--config", "nowhere.toml"}) == failed);
    BOOST_TEST(err.str() == "postrider: nowhere.toml cannot be read: No such file or directory\n");
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_started_with_a_wrong_configuration) {
  write("config.toml", "[log]\nlevel = 5\n");
  for (const auto* name : {"serve", "migrate", "verify"}) {
    err.str("");
    BOOST_TEST(run({name}) == failed);
    BOOST_TEST(err.str() ==
               "config.toml:2:9: \"level\" is the number 5; expected \"debug\", \"info\", "
               "\"warning\" or \"error\"\n"
               "postrider: the configuration config.toml cannot be used, see above\n");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
