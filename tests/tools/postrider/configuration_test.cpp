#include "tests/tools/postrider/reading.hpp"
#include "tools/postrider/provider_reader.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::cli::tests {
namespace {

using namespace std::chrono_literals;
using strings = std::vector<std::string>;

struct wrong {
  std::string text;
  std::string printed;
};

/// One mistake each, as it is printed.
const wrong wrongs[] = {
    {"[messaging]\nmax_retries = 30\n",
     "f.toml:2:15: \"max_retries\" is the number 30; expected a whole number from 0 to 20"},
    {"[messaging]\n  worker_count = \"10\"",
     "f.toml:2:18: \"worker_count\" is \"10\"; expected a whole number from 1 to 10000"},
    {"[messaging]\nretry_backoff = true",
     "f.toml:2:17: \"retry_backoff\" is true; expected a number from 1 to 100"},
    {"[messaging]\nretry_delay = \"3x\"",
     "f.toml:2:15: \"retry_delay\" is \"3x\"; expected a number of minutes or a duration such as "
     "\"90s\", from \"0s\" to \"30d\""},
    {"[messaging]\nfailover_delay = 5",
     "f.toml:2:18: \"failover_delay\" is the number 5; expected a duration such as \"250ms\", "
     "\"90s\", \"5m\", \"3h\" or "
     "\"2d\", from \"0s\" to \"1d\""},
    {"[messaging]\nretry_delay_max = \"999ms\"",
     "f.toml:2:19: \"retry_delay_max\" is \"999ms\"; expected a duration such as \"250ms\", "
     "\"90s\", \"5m\", \"3h\" or \"2d\", from \"1s\" to \"30d\""},
    {"[messaging]\nretry_delay_max = \"31d\"",
     "f.toml:2:19: \"retry_delay_max\" is \"31d\"; expected a duration such as \"250ms\", "
     "\"90s\", \"5m\", \"3h\" or \"2d\", from \"1s\" to \"30d\""},
    {"[messaging]\ngive_up_after = \"721h\"",
     "f.toml:2:17: \"give_up_after\" is \"721h\"; expected a duration such as \"250ms\", "
     "\"90s\", \"5m\", \"3h\" or \"2d\", from \"0s\" to \"30d\""},
    {"[messaging]\ngive_up_after = 24",
     "f.toml:2:17: \"give_up_after\" is the number 24; expected a duration such as \"250ms\", "
     "\"90s\", \"5m\", \"3h\" or \"2d\", from \"0s\" to \"30d\""},
    {"[messaging]\nretry_dely = 3",
     "f.toml:2:1: unknown key \"retry_dely\" in [messaging]; expected one of max_retries, "
     "retry_delay, retry_delay_max, give_up_after, retry_backoff, "
     "retry_jitter, failover_delay, worker_count, default_provider_type; did you mean "
     "\"retry_delay\"?"},
    {"[messaging]\ndefault_provider_type = \"signl\"",
     "f.toml:2:25: \"default_provider_type\" is \"signl\"; expected one of (types); did you mean "
     "\"signal\"?"},
    {"[htp]\nlisten = 5",
     "f.toml:1:2: unknown section \"htp\"; expected one of the sections messaging, http, smtp, "
     "database, "
     "history, node, receipts, http_proxy, limits, auth, log, "
     "provider, source; did you mean \"http\"?"},
    {"colour = 5",
     "f.toml:1:1: unknown key \"colour\"; expected one of the sections messaging, http, smtp, "
     "database, "
     "history, node, receipts, http_proxy, limits, auth, log, "
     "provider, source"},
    {"http = 5", "f.toml:1:8: \"http\" is not a table; expected [http]"},
    {"[http]\nlisten = \"localhost\"",
     "f.toml:2:10: \"listen\" is \"localhost\"; expected an address and a port such as "
     "\"127.0.0.1:8080\" or \"[::1]:8080\""},
    {"[http]\nlocal_socket = \"/" + std::string(107, 's') + "\"",
     "f.toml:2:16: the path \"local_socket\" has 108 bytes; expected at most 107 bytes, as a Unix "
     "socket has"},
    {"[http]\nlisten = \"0.0.0.0:8080\"",
     "f.toml:2:10: \"listen\" is \"0.0.0.0:8080\", which others can reach, and [auth] requires no "
     "API key; expected an address of this machine only, such as \"127.0.0.1:8080\" or "
     "\"[::1]:8080\", or \"required = true\" in [auth]"},
    {"[http]\nmax_body = \"1MB\"",
     "f.toml:2:12: \"max_body\" is \"1MB\"; expected a size such as \"64KiB\" or \"1MiB\", from "
     "\"1KiB\" to \"64MiB\""},
    {"[database]\nurl = \"postgres://x\"",
     "f.toml:2:7: \"url\" is \"postgres://x\"; expected \"sqlite:FILE\" or "
     "\"mysql://user@host:3306/name\""},
    {"[database]\nurl = \"sqlite::memory:\"",
     "f.toml:2:7: \"url\" is a database in memory, which has one connection for all threads; "
     "expected \"sqlite:FILE\""},
    {"[database]\nurl = \"mysql://user:secret@host/name\"",
     "f.toml:2:7: \"url\" holds a password, which must not be written here; expected password_file "
     "or password_env beside it"},
    {"[database]\nwriters = 4",
     "f.toml:2:11: \"writers\" is 4, but SQLite has one writer; expected 1 with a \"sqlite:\" url"},
    {"[database]\nurl = \"\"",
     "f.toml:2:7: \"url\" is \"\"; expected a text in quotes that is not empty"},
    {"[auth]\nrequired = 1", "f.toml:2:12: \"required\" is the number 1; expected true or false"},
    {"[log]\nlevel = \"warn\"",
     "f.toml:2:9: \"level\" is \"warn\"; expected \"debug\", \"info\", \"warning\" or \"error\"; "
     "did you mean \"warning\"?"},
    {"[log]\nformat = [\"text\"]",
     "f.toml:2:10: \"format\" is an array; expected \"text\" or \"json\""},
    {"[log\n",
     "f.toml:1:5: this is not TOML: Error while parsing table header: expected ']', saw '\\n'"},
};

/// The same, in the [[provider]] that `one_provider` begins; its lines are 1 to 5.
const wrong provider_wrongs[] = {
    {"acount = \"+1\"",
     "f.toml:6:1: unknown key \"acount\" in [[provider]] \"main\"; expected one of name, type, "
     "priority, active, max_in_flight, "
     "rate, connect_timeout, timeout, on_unknown, circuit.failures, circuit.open_for, proxy.url, "
     "proxy.username, proxy.password_file, proxy.password_env, proxy.no_proxy, api, url, "
     "account, subject_in_text; did you mean "
     "\"account\"?"},
    {"rate = \"7\"",
     "f.toml:6:8: \"rate\" is \"7\"; expected a rate such as \"100/s\", \"10/m\" or \"1000/h\", or "
     "\"none\""},
    {"on_unknown = \"hld\"",
     "f.toml:6:14: \"on_unknown\" is \"hld\"; expected \"retry\" or \"hold\"; did you mean "
     "\"hold\"?"},
    {"circuit = 5",
     "f.toml:6:11: \"circuit\" is not a table; expected a table with failures, open_for"},
    {"circuit = { failures = 0 }",
     "f.toml:6:24: \"circuit.failures\" is the number 0; expected a whole number from 1 to "
     "1000000"},
    {"timeout = \"2s\"",
     "f.toml:1:1: \"connect_timeout\" is longer than \"timeout\", \"2s\"; expected at most the "
     "time for the whole delivery"},
    {"timeout = \"5m\"",
     "f.toml:1:1: \"lease\" of [node] is \"4m\", too short for the timeout \"5m\" of the provider "
     "\"main\"; expected a lease of at "
     "least \"465s\", or a shorter timeout"},
    {"[node]\nlease = \"2m\"",
     "f.toml:7:9: \"lease\" of [node] is \"2m\", too short for the timeout \"2m\" of the provider "
     "\"main\"; expected a lease of at "
     "least \"195s\", or a shorter timeout"},
    {"[[provider]]\nname = \"main\"\ntype = \"signal\"\nurl = \"http://127.0.0.1:1\"\naccount = "
     "\"+15550001111\"",
     "f.toml:7:8: the provider \"main\" is already defined in line 1; expected a name of its own "
     "for each provider"},
    {"[[provider]]\nname = \"Main\"\ntype = \"signal\"\nurl = \"http://127.0.0.1:1\"\naccount = "
     "\"+15550001111\"",
     "f.toml:7:8: \"name\" is \"Main\"; expected 1 to 64 lower-case letters, digits and hyphens"},
    {"[[provider]]\nname = \"b\"\ntype = \"singal\"",
     "f.toml:8:8: \"type\" is \"singal\"; expected one of (types); did you mean \"signal\"?"},
    {"[[provider]]\nname = \"a\"\ntype = \"smtp\"",
     "f.toml:8:8: \"type\" is \"smtp\"; expected one of (types); did you mean \"email\"?"},
    {"[[provider]]\nname = \"b\"\ntype = \"signal\"\naccount = \"+15550001111\"",
     "f.toml:6:1: [[provider]] \"b\" has no \"url\"; expected a text in quotes that is not empty"},
    {"[[provider]]\ntype = \"signal\"\nurl = \"http://127.0.0.1:1\"\naccount = \"+15550001111\"",
     "f.toml:6:1: [[provider]] number 2 has no \"name\"; expected a text in quotes that is not "
     "empty"},
};

/// With the provider types there are in place of "(types)".
std::string with_types(std::string printed) {
  constexpr std::string_view mark = "(types)";
  std::string types;
  for (const auto& name : provider_type_names())
    types += (types.empty() ? "" : ", ") + name;
  if (const auto at = printed.find(mark); at != printed.npos)
    printed.replace(at, mark.size(), types);
  return printed;
}

void check(const std::string& text, const std::string& printed) {
  const auto found = mistakes_in(text);
  BOOST_TEST_CONTEXT(text) {
    BOOST_TEST_REQUIRE(found.size() == 1U);
    BOOST_TEST(found.front() == with_types(printed));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(configuration_)

BOOST_AUTO_TEST_CASE(every_mistake_is_told_with_its_place_and_what_was_expected) {
  for (const auto& [text, printed] : wrongs)
    check(text, printed);
}

BOOST_AUTO_TEST_CASE(every_mistake_of_a_provider_is_told_too) {
  for (const auto& [text, printed] : provider_wrongs)
    check(one_provider + text, printed);
}

BOOST_AUTO_TEST_CASE(a_single_bracket_provider_is_no_list) {
  check(
      "[provider]\nname = \"a\"",
      "f.toml:1:1: \"provider\" is not a list of tables; expected [[provider]] with two brackets");
}

BOOST_AUTO_TEST_CASE(what_the_driver_does_not_take_is_told_at_its_key) {
  const auto found = mistakes_in(
      "[[provider]]\nname = \"a\"\ntype = \"signal\"\nurl = \"ftp://x\"\naccount = "
      "\"+15550001111\"");
  BOOST_TEST_REQUIRE(found.size() == 1U);
  BOOST_TEST(found.front().starts_with("f.toml:4:7: [[provider]] \"a\": url: "));
}

BOOST_AUTO_TEST_CASE(a_driver_tells_all_its_mistakes_beside_those_of_the_file) {
  const auto found = mistakes_in(
      "[[provider]]\nname = \"a\"\ntype = \"signal\"\nurl = \"ftp://x\"\naccount = "
      "\"nobody\"\nrate = \"fast\"\nacount = 1\n");
  BOOST_TEST_REQUIRE(found.size() == 4U);
  BOOST_TEST(found[0].starts_with("f.toml:4:7: [[provider]] \"a\": url: "));
  BOOST_TEST(found[1].starts_with("f.toml:5:11: [[provider]] \"a\": account: "));
  BOOST_TEST(found[2].starts_with("f.toml:6:8: \"rate\" is \"fast\""));
  BOOST_TEST(found[3].starts_with("f.toml:7:1: unknown key \"acount\""));
}

BOOST_AUTO_TEST_CASE(nothing_is_said_that_follows_from_a_key_that_could_not_be_read) {
  const auto found = mistakes_in(
      "[[provider]]\nname = \"a\"\ntype = \"email\"\nurl = \"smtp://mail.example\"\nfrom = "
      "\"no address\"\nusername = \"ann\"\npassword_file = \"/nowhere/secret\"\n");
  BOOST_TEST_REQUIRE(found.size() == 2U);
  BOOST_TEST(found[0].starts_with("f.toml:5:8: [[provider]] \"a\": from: "));
  BOOST_TEST(found[1].starts_with("f.toml:7:17: \"password_file\": the file /nowhere/secret "));
}

BOOST_AUTO_TEST_CASE(all_mistakes_are_found_at_once_from_the_top_of_the_file) {
  const auto found = mistakes_in("[log]\nlevel = 1\nformt = \"text\"\n[http]\nthreads = 0\n",
                                 {{"POSTRIDER_HTTP__X", "1"}});
  BOOST_TEST_REQUIRE(found.size() == 4U);
  BOOST_TEST(found[0].starts_with("f.toml:2:9: "));
  BOOST_TEST(found[1].starts_with("f.toml:3:1: "));
  BOOST_TEST(found[2].starts_with("f.toml:5:11: "));
  BOOST_TEST(found[3].starts_with("environment variable POSTRIDER_HTTP__X: "));
}

BOOST_AUTO_TEST_CASE(patience_and_the_time_between_rounds_are_taken_up_to_their_bounds) {
  const auto read = [](const std::string& lines) {
    return settings_of("[messaging]\n" + lines).delivery.messaging;
  };
  BOOST_CHECK(read("").give_up_after == 24h);
  BOOST_CHECK(read("").retry_delay_max == 1h);
  BOOST_CHECK(read("give_up_after = \"0s\"").give_up_after == 0s);
  BOOST_CHECK(read("give_up_after = \"30d\"").give_up_after == 30 * 24h);
  BOOST_CHECK(read("retry_delay_max = \"1s\"").retry_delay_max == 1s);
  BOOST_CHECK(read("retry_delay_max = \"30d\"").retry_delay_max == 30 * 24h);
}

BOOST_AUTO_TEST_CASE(an_empty_file_gives_the_defaults_of_the_layers) {
  const auto loaded = read_configuration("f.toml", "", {});
  BOOST_TEST(loaded.mistakes.empty());
  const auto& s = loaded.settings;
  const server_settings d;
  BOOST_TEST(s.delivery.messaging.max_retries == d.delivery.messaging.max_retries);
  BOOST_TEST((s.delivery.messaging.retry_delay == d.delivery.messaging.retry_delay));
  BOOST_TEST(s.delivery.messaging.retry_backoff == d.delivery.messaging.retry_backoff);
  BOOST_TEST(s.delivery.messaging.retry_jitter == d.delivery.messaging.retry_jitter);
  BOOST_TEST((s.delivery.messaging.failover_delay == d.delivery.messaging.failover_delay));
  BOOST_TEST(s.delivery.messaging.worker_count == d.delivery.messaging.worker_count);
  BOOST_TEST(s.delivery.messaging.default_provider_type ==
             d.delivery.messaging.default_provider_type);
  BOOST_TEST(s.delivery.limits.accepts_in_flight == d.delivery.limits.accepts_in_flight);
  BOOST_TEST(s.delivery.limits.sender_window == d.delivery.limits.sender_window);
  BOOST_TEST(s.delivery.limits.batch == d.delivery.limits.batch);
  BOOST_TEST(s.delivery.limits.cached_users == d.delivery.limits.cached_users);
  BOOST_TEST((s.delivery.node.lease == d.delivery.node.lease));
  BOOST_TEST(s.delivery.threads == d.delivery.threads);
  BOOST_TEST(s.delivery.ledger_writers == d.delivery.ledger_writers);
  BOOST_TEST(s.delivery.ledger_readers == d.delivery.ledger_readers);
  BOOST_TEST(s.database.url == "sqlite:postrider.db");
  BOOST_TEST(s.database.readers == d.database.readers);
  BOOST_TEST((s.database.connect_timeout == d.database.connect_timeout));
  BOOST_TEST((s.database.statement_timeout == d.database.statement_timeout));
  BOOST_TEST((s.delivery.accept_patience == d.delivery.accept_patience));
  const auto patient = settings_of("[database]\nstatement_timeout = \"3s\"\n");
  BOOST_TEST((patient.database.statement_timeout == std::chrono::seconds(3)));
  BOOST_TEST((patient.delivery.accept_patience == std::chrono::seconds(3)));
}

BOOST_AUTO_TEST_CASE(an_empty_file_gives_the_defaults_of_the_http_server) {
  const auto s = settings_of("").http;
  const http::http_settings d;
  BOOST_TEST(s.listen == d.listen);
  BOOST_TEST(s.threads == d.threads);
  BOOST_TEST(s.max_header_bytes == d.max_header_bytes);
  BOOST_TEST(s.max_body_bytes == d.max_body_bytes);
  BOOST_TEST(s.max_connections == d.max_connections);
  BOOST_TEST(s.max_connections_per_address == d.max_connections_per_address);
  BOOST_TEST((s.header_timeout == d.header_timeout));
  BOOST_TEST((s.body_timeout == d.body_timeout));
  BOOST_TEST((s.idle_timeout == d.idle_timeout));
  BOOST_TEST((s.request_timeout == d.request_timeout));
  BOOST_TEST((s.write_timeout == d.write_timeout));
}

BOOST_AUTO_TEST_CASE(a_provider_has_the_defaults_of_its_type) {
  const auto s = settings_of("[messaging]\nworker_count = 7\n" + one_provider);
  BOOST_TEST_REQUIRE(s.delivery.providers.size() == 1U);
  const auto& p = s.delivery.providers.front();
  BOOST_TEST(p.name == "main");
  BOOST_TEST(p.type == "signal");
  BOOST_TEST(p.priority == 100);
  BOOST_TEST(p.active);
  BOOST_TEST(p.max_in_flight == 1);
  BOOST_TEST(p.rate.per_second == 0);
  BOOST_TEST((p.connect_timeout == 5s));
  BOOST_TEST((p.timeout == 120s));
  BOOST_TEST((p.on_unknown == persistence::on_unknown::retry));
  BOOST_TEST(p.circuit.failures == 5);
  BOOST_TEST((p.circuit.open_for == 30s));
  BOOST_TEST(p.keys.at("api") == "json-rpc");
  BOOST_TEST(p.keys.at("url") == "http://127.0.0.1:8090");
  BOOST_TEST(p.keys.at("account") == "+15550001111");
}

BOOST_AUTO_TEST_CASE(a_provider_takes_every_common_key) {
  const auto s = settings_of(
      one_provider +
      "priority = 3\nactive = false\nmax_in_flight = 4\nrate = \"30/m\"\nconnect_timeout = \"1s\"\n"
      "timeout = \"9s\"\non_unknown = \"hold\"\ncircuit = { failures = 2, open_for = \"1m\" }\n");
  const auto& p = s.delivery.providers.at(0);
  BOOST_TEST(p.priority == 3);
  BOOST_TEST(!p.active);
  BOOST_TEST(p.max_in_flight == 4);
  BOOST_TEST(p.rate.per_second == 0.5);
  BOOST_TEST((p.connect_timeout == 1s));
  BOOST_TEST((p.timeout == 9s));
  BOOST_TEST((p.on_unknown == persistence::on_unknown::hold));
  BOOST_TEST(p.circuit.failures == 2);
  BOOST_TEST((p.circuit.open_for == 1min));
}

BOOST_AUTO_TEST_CASE(a_secret_inside_a_table_reaches_its_driver) {
  const std::string email =
      "[[provider]]\nname = \"mail\"\ntype = \"email\"\nurl = \"smtp://127.0.0.1:25\"\n"
      "from = \"a@example.org\"\n";
  const std::string dkim = "domain = \"example.org\", selector = \"s\"";
  BOOST_TEST(mistakes_in(email).empty());
  // The key is nonsense, and that is what the driver says of it.
  const auto mistakes = mistakes_in(email + "dkim = { " + dkim + ", key_env = \"SIGNING_KEY\" }\n",
                                    {{"SIGNING_KEY", "nonsense"}});
  BOOST_TEST_REQUIRE(mistakes.size() == 1U);
  BOOST_TEST(mistakes[0].find("dkim.key_file: an RSA key in PEM") != std::string::npos,
             mistakes[0]);
  BOOST_TEST(
      mistakes_in(email + "dkim = { " + dkim + ", key = \"x\" }\n").at(0).find("is a secret") !=
      std::string::npos);
  BOOST_TEST(mistakes_in(email + "dkim = { " + dkim + ", key_fil = \"x\" }\n").size() >= 1U);
  BOOST_TEST(settings_of(email).delivery.providers.at(0).keys.at("starttls") == "required");
}

BOOST_AUTO_TEST_CASE(loopback_is_the_whole_127_network_and_the_sixth_one) {
  BOOST_TEST(mistakes_in("[http]\nlisten = \"127.9.9.9:0\"").empty());
  BOOST_TEST(mistakes_in("[http]\nlisten = \"[::1]:8080\"").empty());
  for (const auto* listen : {"10.0.0.1:80", "[::]:80", "127.0.0.1:99999", "::1:80", "127.0.0.1",
                             ":80", "127.0.0.1:8o"}) {
    BOOST_TEST(mistakes_in(std::string("[http]\nlisten = \"") + listen + "\"").size() == 1U,
               listen);
  }
}

BOOST_AUTO_TEST_CASE(with_api_keys_the_server_may_listen_where_others_reach_it) {
  const std::string text = "[http]\nlisten = \"0.0.0.0:8080\"\n[auth]\nrequired = true\n";
  BOOST_TEST(mistakes_in(text) == std::vector<std::string>{}, boost::test_tools::per_element());
  BOOST_TEST(settings_of(text).http.keys_required);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
