#include "tools/postrider/local_socket.hpp"

#include "inbound/local_socket.hpp"
#include "tests/tools/postrider/command_world.hpp"
#include "tests/tools/postrider/reading.hpp"

namespace postrider::cli::tests {
namespace {

server_settings settings_with(const std::string& socket, const std::string& url) {
  server_settings settings;
  settings.local_socket = socket;
  settings.database.url = url;
  return settings;
}

/// A folder with a configuration, and a server that listens beside its database.
struct socket_world : command_world {
  socket_world() {
    write("config.toml", "[database]\nurl = \"sqlite:a.db\"\n[http]\nlisten = \"127.0.0.1:1\"\n");
    live = std::move(*inbound::local_socket::open("a.db.sock", inbound::socket_of_commands));
  }
  void answers_with_no_keys() {
    script.push_back(answered("GET", "/v1/keys", "", 200, R"({"data":[]})"));
  }

  inbound::local_socket live;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(local_sockets)

BOOST_AUTO_TEST_CASE(a_server_has_the_one_of_the_service_else_one_beside_its_file_else_none) {
  struct {
    const char *socket, *url, *runtime, *expected;
  } const rows[]{
      {"auto", "sqlite:a.db", "", "a.db.sock"},
      {"auto", "sqlite:/var/lib/p.db", "", "/var/lib/p.db.sock"},
      {"auto", "sqlite:/var/lib/p.db", "/run/postrider", "/run/postrider/postrider.sock"},
      {"auto", "mysql://p@h/p", "/run/a:/run/b", "/run/a/postrider.sock"},
      {"auto", "mysql://p@h/p", "", ""},
      {"auto", "sqlite::memory:", "", ""},
      {"none", "sqlite:a.db", "/run/postrider", ""},
      {"/tmp/s", "sqlite:a.db", "/run/postrider", "/tmp/s"},
  };
  for (const auto& row : rows)
    BOOST_TEST(server_socket(settings_with(row.socket, row.url), row.runtime) == row.expected);
}

BOOST_AUTO_TEST_CASE(a_command_looks_where_its_configuration_leads) {
  using list = std::vector<std::string>;
  const std::string service = "/etc/postrider/config.toml", own = "config.toml";
  const std::string socket = "/run/postrider/postrider.sock";
  const auto automatic = settings_with("auto", "sqlite:a.db");
  const auto named = settings_with("/tmp/s", "sqlite:a.db");
  const auto none = settings_with("none", "sqlite:a.db");
  BOOST_TEST((possible_sockets(nullptr, "") == list{socket}));
  // A service's configuration that this user may not read.
  BOOST_TEST((possible_sockets(nullptr, service) == list{socket}));
  BOOST_TEST((possible_sockets(nullptr, own) == list{}));
  BOOST_TEST((possible_sockets(&automatic, service) == list{socket, "a.db.sock"}));
  BOOST_TEST((possible_sockets(&automatic, own) == list{"a.db.sock"}));
  BOOST_TEST((possible_sockets(&named, service) == list{"/tmp/s"}));
  BOOST_TEST((possible_sockets(&none, service) == list{}));
}

BOOST_AUTO_TEST_CASE(is_auto_unless_the_configuration_says_another) {
  BOOST_TEST(settings_of("").local_socket == "auto");
  BOOST_TEST(settings_of("[http]\nlocal_socket = \"/tmp/s\"").local_socket == "/tmp/s");
}

BOOST_FIXTURE_TEST_CASE(a_command_without_a_key_uses_it, socket_world) {
  script.push_back(answered("GET", "/v1/providers", "", 200, R"({"data":[]})"));
  BOOST_TEST(run({"providers"}) == done, err.str());
  BOOST_REQUIRE_EQUAL(connected.size(), 1);
  BOOST_TEST(connected[0].socket == "a.db.sock");
  BOOST_TEST(connected[0].url == "http://localhost");
}

BOOST_FIXTURE_TEST_CASE(a_key_or_a_url_goes_before_it, socket_world) {
  const auto location = [this](std::vector<std::string> more) {
    script.push_back(answered("GET", "/v1/providers", "", 200, R"({"data":[]})"));
    more.insert(more.begin(), "providers");
    BOOST_TEST(run(more) == done, err.str());
    return connected.back();
  };
  BOOST_TEST(location({"--url", "http://h:1"}).socket == "");
  BOOST_TEST(location({"--config", "config.toml"}).socket == "a.db.sock");
  variables["POSTRIDER_URL"] = "http://h:2";
  BOOST_TEST(location({}).socket == "");
  BOOST_TEST(connected.back().url == "http://h:2");
  BOOST_TEST(location({"--config", "config.toml"}).socket == "a.db.sock");
  variables = {{"POSTRIDER_KEY", "pr_k"}};
  BOOST_TEST(location({"--config", "config.toml"}).socket == "");
  BOOST_TEST(connected.back().url == "http://127.0.0.1:1");
}

BOOST_FIXTURE_TEST_CASE(one_that_nobody_listens_at_is_passed_over, socket_world) {
  live = {};
  write("a.db.sock", "no socket");
  script.push_back(answered("GET", "/v1/providers", "", 200, R"({"data":[]})"));
  BOOST_TEST(run({"providers"}) == done, err.str());
  BOOST_TEST(connected[0].socket == "");
  BOOST_TEST(connected[0].url == "http://127.0.0.1:1");
}

BOOST_FIXTURE_TEST_CASE(the_address_of_the_configuration_counts_whatever_else_is_wrong_in_it,
                        socket_world) {
  live = {};
  const auto url = [this](const std::string& text, std::vector<std::string> more = {}) {
    write("config.toml", text);
    script.push_back(answered("GET", "/v1/providers", "", 200, R"({"data":[]})"));
    more.insert(more.begin(), "providers");
    BOOST_TEST(run(more) == done, err.str());
    return connected.back().url;
  };
  const std::string listen = "[http]\nlisten = \"0.0.0.0:8181\"\n";
  const std::string secret =
      "[[provider]]\nname = \"sms\"\ntype = \"sms\"\nauth_token_file = \"/nowhere/token\"\n";
  for (const auto& more : std::vector<std::vector<std::string>>{{}, {"--config", "config.toml"}})
    BOOST_TEST(url(listen + secret, more) == "http://127.0.0.1:8181");
  // A file that lies about says only the port of a server on this machine.
  const std::string elsewhere = "[http]\nlisten = \"203.0.113.5:80\"\n";
  BOOST_TEST(url(elsewhere) == "http://127.0.0.1:8080");
  BOOST_TEST(connected.back().hint.find("--config config.toml or --url") != std::string::npos,
             connected.back().hint);
  BOOST_TEST(url(elsewhere, {"--config", "config.toml"}) == "http://203.0.113.5:80");
  // The port of such a server cannot be known.
  BOOST_TEST(url("[http]\nlisten = \"127.0.0.1:0\"\n") == "http://127.0.0.1:8080");
  // A file that was found and is of no use is a hint, one that was named is a failure.
  BOOST_TEST(url("this is not TOML") == "http://127.0.0.1:8080");
  BOOST_TEST(connected.back().hint.find("config.toml does not say where the server listens") !=
                 std::string::npos,
             connected.back().hint);
  script.clear();
  BOOST_TEST(run({"providers", "--config", "config.toml"}) == failed);
  BOOST_TEST(err.str().find("does not say where the server listens") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(keys_are_made_by_the_server_beside_the_database, socket_world) {
  for (const auto& where : std::vector<std::vector<std::string>>{
           {}, {"--config", "config.toml"}, {"--database", "sqlite:a.db"}}) {
    answers_with_no_keys();
    std::vector<std::string> all{"keys", "list"};
    all.insert(all.end(), where.begin(), where.end());
    BOOST_TEST(run(all) == done, err.str());
    BOOST_TEST(connected.back().socket == "a.db.sock");
  }
  BOOST_TEST(!std::filesystem::exists("a.db"));
  BOOST_TEST(run({"keys", "create", "--name", "a", "--scope", "send", "--database",
                  "sqlite:other.db"}) == done,
             err.str());
  BOOST_TEST(connected.size() == 3U);
  // Nor by the server of the configuration, when the database is another's.
  write("named.toml", "[database]\nurl = \"sqlite:a.db\"\n[http]\nlocal_socket = \"a.db.sock\"\n");
  BOOST_TEST(
      run({"keys", "list", "--config", "named.toml", "--database", "sqlite:other.db"}) == done,
      err.str());
  BOOST_TEST(connected.size() == 3U);
  answers_with_no_keys();
  BOOST_TEST(run({"keys", "list", "--config", "named.toml"}) == done, err.str());
  BOOST_TEST(connected.size() == 4U);
}

BOOST_AUTO_TEST_CASE(a_socket_is_trusted_when_nobody_else_could_have_made_it) {
  constexpr std::uint32_t me = 1'000, server = 990, other = 1'001;
  const struct {
    socket_owners owners;
    bool trusted;
  } rows[]{
      {{0, {}, other, true}, true},
      {{me, {}, other, true}, true},
      {{other, {}, 0, true}, false},
      {{other, {me}, 0, false}, false},
      {{other, {me, server}, me, false}, false},
      // The owner of the configuration, of the database, and of the folder of the service.
      {{server, {server}, 0, true}, true},
      {{server, {0, server}, 0, true}, true},
      {{server, {}, server, false}, true},
      {{server, {}, server, true}, false},
  };
  for (const auto& row : rows)
    BOOST_TEST(is_trusted(row.owners, me) == row.trusted,
               row.owners.socket << ", folder " << row.owners.folder);
}

/// Only root can give files away.
BOOST_FIXTURE_TEST_CASE(one_that_another_user_made_is_passed_over, socket_world) {
  if (::geteuid() != 0) {
    BOOST_TEST_MESSAGE("not tried: this user is not root");
    return;
  }
  const auto used = [this] {
    script.push_back(answered("GET", "/v1/providers", "", 200, R"({"data":[]})"));
    BOOST_TEST(run({"providers", "--config", "config.toml"}) == done, err.str());
    return !connected.back().socket.empty();
  };
  const auto give = [](const char* path, uid_t to) { BOOST_REQUIRE(::chown(path, to, 0) == 0); };
  give("a.db.sock", 12345);
  BOOST_TEST(!used());
  give("config.toml", 12345);
  BOOST_TEST(used());
  give("config.toml", 0);
  write("a.db", "");
  give("a.db", 12345);
  BOOST_TEST(used());
  give("a.db", 0);
  BOOST_TEST(!used());
  give(".", 12345);
  BOOST_TEST(used());
  std::filesystem::permissions(".", std::filesystem::perms::all);
  BOOST_TEST(!used());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
