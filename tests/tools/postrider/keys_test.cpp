#include "tests/tools/postrider/command_world.hpp"

#include <boost/json.hpp>

namespace postrider::cli::tests {
namespace {

struct keys_world : command_world {
  /// `postrider keys` on a database of its own.
  int keys(std::vector<std::string> arguments) {
    out.str("");
    err.str("");
    arguments.insert(arguments.begin(), "keys");
    arguments.insert(arguments.end(), {"--database", "sqlite:a.db"});
    return run(std::move(arguments));
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> all;
    std::istringstream text(out.str());
    for (std::string line; std::getline(text, line);)
      all.push_back(line);
    return all;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(keys_, keys_world)

BOOST_AUTO_TEST_CASE(the_first_key_is_made_before_there_is_a_schema_and_is_alone_on_stdout) {
  BOOST_TEST(keys({"create", "--name", "shop", "--scope", "send,read"}) == done);
  BOOST_REQUIRE_EQUAL(lines().size(), 1);
  const auto secret = lines()[0];
  BOOST_TEST(secret.starts_with("pr_"));
  BOOST_TEST(secret.size() == 46);
  BOOST_TEST(err.str().find(secret.substr(0, 11) + "...  shop  send,read\n") != std::string::npos);
  BOOST_TEST(keys({"list"}) == done);
  BOOST_REQUIRE_EQUAL(lines().size(), 1);
  BOOST_TEST(lines()[0] == "1  " + secret.substr(0, 11) + "...  shop  send,read");
}

BOOST_AUTO_TEST_CASE(help_tells_of_keys_and_of_what_can_be_done_with_them) {
  BOOST_TEST(run({"--help"}) == done);
  BOOST_TEST(out.str().find("\n  keys ") != std::string::npos);
  for (const auto* name : {"create", "list", "revoke"}) {
    out.str("");
    BOOST_TEST(run({"keys", name, "--help"}) == done);
    for (const auto* part : {"--config FILE", "--url URL", "--json", "\nExit: 0 "})
      BOOST_TEST(out.str().find(part) != std::string::npos, name << " " << part);
  }
}

BOOST_AUTO_TEST_CASE(a_key_has_what_was_asked_for) {
  BOOST_TEST(keys({"create", "--name", "ann", "--scope", "send", "--scope", "read", "--user", "9",
                   "--user", "7", "--rate", "60", "--expires", "2127-01-31T00:00:00Z", "--test",
                   "--json"}) == done);
  const auto key = boost::json::parse(out.str()).as_object();
  BOOST_TEST(key.at("key").as_string().starts_with("pr_test_"));
  BOOST_TEST(boost::json::serialize(key.at("scopes")) == R"(["send","read"])");
  BOOST_TEST(boost::json::serialize(key.at("users")) == "[7,9]");
  BOOST_TEST(key.at("test").as_bool());
  BOOST_TEST(key.at("rate_per_minute").as_int64() == 60);
  BOOST_TEST(key.at("expires_at").as_string() == "2127-01-31T00:00:00.000Z");
  BOOST_TEST(keys({"list"}) == done);
  BOOST_TEST(out.str().ends_with(
      "...  ann  send,read  users 7,9  test  60 a minute  expires 2127-01-31T00:00:00.000Z\n"));
}

BOOST_AUTO_TEST_CASE(a_key_is_revoked_by_name_or_number_as_often_as_one_likes) {
  BOOST_TEST(keys({"create", "--name", "shop", "--scope", "send"}) == done);
  BOOST_TEST(keys({"create", "--name", "other", "--scope", "send"}) == done);
  for (const auto* which : {"shop", "1", "2"}) {
    BOOST_TEST(keys({"revoke", which}) == done);
    BOOST_TEST(out.str().find("  revoked 2") != std::string::npos, which);
  }
  BOOST_TEST(keys({"revoke", "nobody"}) == failed);
  BOOST_TEST(err.str() == "postrider: there is no API key \"nobody\"\n");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_said) {
  BOOST_TEST(keys({"create", "--name", "shop", "--scope", "send"}) == done);
  BOOST_TEST(keys({"create", "--name", "shop", "--scope", "read"}) == failed);
  BOOST_TEST(err.str() == "postrider: there is, or was, an API key named \"shop\"\n");
  BOOST_TEST(keys({"create", "--name", "x", "--scope", "metrics", "--user", "7"}) == failed);
  BOOST_TEST(keys({"create", "--name", "x", "--scope", "metrics", "--test"}) == failed);
  BOOST_TEST(keys({"create", "--name", "x", "--scope", "admin", "--user", "7"}) == failed);
  BOOST_TEST(err.str() == "postrider: what an admin does concerns all users\n");
  const std::string long_name(65, 'x');
  BOOST_TEST(keys({"create", "--name", long_name, "--scope", "admin", "--user", "7", "--expires",
                   "2020-01-01T00:00:00Z"}) == failed);
  BOOST_TEST(err.str() ==
             "postrider: 3 mistakes:\n  /name: must be 1 to 64 bytes without control "
             "characters\n  /users: what an admin does concerns all users\n  /expires_at: must be "
             "in the future\n");
  BOOST_TEST(keys({"create", "--name", "x", "--scope", "send", "--expires", "tomorrow"}) == failed);
  BOOST_TEST(keys({"create", "--name", "x", "--scope", "write"}) == usage);
  BOOST_TEST(keys({"create", "--scope", "send"}) == usage);
  BOOST_TEST(err.str().ends_with("Try: postrider keys create --help\n"));
  BOOST_TEST(keys({"create", "--nam", "x", "--scope", "send"}) == usage);
  BOOST_TEST(err.str() ==
             "postrider: unknown option --nam; did you mean \"--name\"?\nTry: postrider keys "
             "create --help\n");
}

BOOST_AUTO_TEST_CASE(a_server_is_asked_with_the_key_of_the_environment) {
  variables["POSTRIDER_KEY"] = "pr_admin";
  script.push_back(answered("POST", "/v1/keys",
                            R"({"name":"shop","scopes":["send"],"users":[7],"rate_per_minute":5})",
                            201, R"({"id":3,"name":"shop","key":"pr_new","prefix":"pr_"})"));
  BOOST_TEST(run({"keys", "create", "--name", "shop", "--scope", "send", "--user", "7", "--rate",
                  "5", "--url", "http://127.0.0.1:1"}) == done);
  BOOST_TEST(out.str() == "pr_new\n");
  BOOST_REQUIRE_EQUAL(connected.size(), 1);
  BOOST_TEST(connected[0].key == "pr_admin");
  variables["POSTRIDER_URL"] = "http://127.0.0.1:1";
  script.push_back(answered("GET", "/v1/keys", "", 200,
                            R"({"data":[{"id":3,"name":"shop","prefix":"pr_abcdefgh"}]})"));
  script.push_back(answered("DELETE", "/v1/keys/3", "", 200, R"({"id":3,"name":"shop"})"));
  BOOST_TEST(run({"keys", "revoke", "shop"}) == done);
  BOOST_TEST(script.empty());
  script.push_back(answered("GET", "/v1/keys", "", 403,
                            R"({"title":"t","detail":"this needs the scope","code":"c"})"));
  BOOST_TEST(run({"keys", "list"}) == failed);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
