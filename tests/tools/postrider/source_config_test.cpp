#include "reading.hpp"

#include <boost/test/unit_test.hpp>

using namespace postrider;
using namespace postrider::cli;
using namespace postrider::cli::tests;

namespace {

const std::string source_head = "[[source]]\nname = \"alerts\"\ntype = \"alertmanager\"\n";

struct source_wrong {
  std::string text;
  std::string_view printed;
};
const source_wrong source_wrongs[] = {
    {source_head,
     "f.toml:1:1: [[source]] \"alerts\" has no \"to\"; expected a list of recipients such as "
     "[\"user:7\"]"},
    {source_head + "to = \"user:7\"",
     "f.toml:4:6: \"to\" is not a list of recipients; expected a list of texts such as "
     "[\"user:7\", \"+15551234567\"]"},
    {source_head + "to = [\"user:x\"]",
     "f.toml:4:7: \"to\" names \"user:x\"; expected \"user:\" and a number from 1 on"},
    {source_head + "to = [\"Ann\"]\nuser_id = 7",
     "f.toml:4:7: \"to\" names \"Ann\"; expected \"user:7\", a phone number, an email address or a "
     "URL"},
    {source_head + "to = [\"+15551234567\"]",
     "f.toml:4:6: an address in \"to\" without \"user_id\"; expected user_id, the user of these "
     "messages"},
    {source_head + "to = [\"user:7\"]\nmessge = \"x\"",
     "f.toml:5:1: unknown key \"messge\" in [[source]] \"alerts\"; expected one of name, type, "
     "user_id, priority_label, title, message, dedupe_key, dedupe, send_resolved, allow_to, "
     "allow_get, ttl, fallback_on_undelivered, host, max_body, max_characters, "
     "signature_secret_file, signature_secret_env, signature_header, signature_timestamp_header, "
     "to, topics, priority, values; did you mean \"message\"?"},
    {source_head + "to = [\"user:7\"]\nmessage = \"{{#alerts}}\"",
     "f.toml:5:11: \"message\" is no mustache template: Unclosed section \"alerts\" at 0; expected "
     "tags such as {{status}}, and an end for each section"},
    {source_head + "to = [\"user:7\"]\npriority = { critical = \"hihg\" }",
     "f.toml:5:25: a priority is \"hihg\"; expected one of high, normal, low; did you mean "
     "\"high\"?"},
    {source_head + "to = [\"user:7\"]\ndedupe_key = \"{{id}}\"",
     "f.toml:5:14: \"dedupe_key\" of a source that is not of type \"json\"; expected nothing: "
     "alertmanager and grafana name their events themselves"},
    {source_head + "to = [\"user:7\"]\ntopics = { a = [\"user:1\"] }",
     "f.toml:5:10: \"topics\" of a source that is not of type \"ntfy\"; expected `to`"},
    {source_head + "to = [\"user:7\"]\nhost = \"https://x\"",
     "f.toml:5:8: \"host\" is \"https://x\"; expected a host name without a port, such as "
     "\"ntfy.example.org\""},
    {source_head + "to = [\"user:7\"]\nvalues = { a = \"b\" }",
     "f.toml:5:16: the value of a is no JSON pointer; expected a text such as \"/event/host\" (RFC "
     "6901)"},
    {source_head + "to = [\"user:7\"]\n" + source_head + "to = [\"user:7\"]",
     "f.toml:6:8: the source \"alerts\" is already defined; expected a name of its own for each "
     "source"},
    {"[[source]]\nname = \"Alerts\"\ntype = \"text\"\nto = [\"user:7\"]",
     "f.toml:2:8: \"name\" is \"Alerts\"; expected 1 to 64 lower-case letters, digits and hyphens"},
    {"[[source]]\nname = \"a\"\ntype = \"txt\"\nto = [\"user:7\"]",
     "f.toml:3:8: \"type\" is \"txt\"; expected \"alertmanager\", \"grafana\", \"apprise\", "
     "\"gotify\", \"ntfy\", \"json\", \"text\" or \"mail\"; did you mean \"text\"?"},
    {"[source]\nname = \"a\"",
     "f.toml:1:1: \"source\" is not a list of tables; expected [[source]] with two brackets"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(source_config)

BOOST_AUTO_TEST_CASE(every_mistake_of_a_source_is_told_with_its_place) {
  for (const auto& [text, printed] : source_wrongs) {
    const auto found = mistakes_in(text);
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST_REQUIRE(!found.empty());
      BOOST_TEST(found.size() == 1U);
      BOOST_TEST(found.front() == printed);
    }
  }
}

BOOST_AUTO_TEST_CASE(sources_are_read_with_their_defaults) {
  const auto sources = settings_of(source_head +
                                   "to = [\"user:7\", \"+15551234567\"]\n"
                                   "user_id = 3\n"
                                   "priority = { Critical = \"high\", default = "
                                   "\"low\" }\nttl = \"2h\"\n"
                                   "fallback_on_undelivered = true\n")
                           .http.sources;
  BOOST_TEST_REQUIRE(sources.size() == 1U);
  const auto& one = sources.front();
  BOOST_TEST(one.name == "alerts");
  BOOST_TEST((one.type == sources::source_type::alertmanager));
  BOOST_TEST((one.to == sources::recipient_list{"user:7", "+15551234567"}));
  BOOST_TEST(one.user == 3);
  BOOST_TEST((one.priorities.at("critical") == persistence::priority::high));
  BOOST_TEST((one.priorities.at("default") == persistence::priority::low));
  BOOST_TEST((one.ttl == std::chrono::hours(2)));
  BOOST_TEST((one.fallback_on_undelivered == true));
  BOOST_TEST((one.dedupe == std::chrono::hours(1)));
  BOOST_TEST(one.max_body == 8U * 1024 * 1024);
  BOOST_TEST(one.send_resolved);
  BOOST_TEST(!one.allow_to);
}

BOOST_AUTO_TEST_CASE(topics_values_and_one_priority_for_all) {
  const auto sources = settings_of(
                           "[[source]]\nname = \"n\"\ntype = \"ntfy\"\npriority = \"low\"\n"
                           "topics = { doors = [\"user:8\"] }\n"
                           "[[source]]\nname = \"j\"\ntype = \"json\"\nto = [\"user:7\"]\n"
                           "values = { host = \"/tags/host name\" }\n")
                           .http.sources;
  BOOST_TEST_REQUIRE(sources.size() == 2U);
  BOOST_TEST((sources[0].topics.at("doors") == sources::recipient_list{"user:8"}));
  BOOST_TEST((sources[0].priorities.at("default") == persistence::priority::low));
  BOOST_TEST(sources[1].values.at("host") == "/tags/host name");
}

BOOST_AUTO_TEST_CASE(a_mail_is_known_for_longer_than_mail_servers_repeat_it) {
  const std::string mail = "[[source]]\nname = \"m\"\ntype = \"mail\"\nto = [\"user:7\"]\n";
  const auto window = [](const std::string& text) {
    return settings_of(text).http.sources.front().dedupe;
  };
  BOOST_TEST((window(mail) == std::chrono::hours(7 * 24)));
  BOOST_TEST((window(mail + "dedupe = \"10m\"\n") == std::chrono::minutes(10)));
}

BOOST_AUTO_TEST_CASE(the_environment_overrides_a_source) {
  const auto text = source_head + "to = [\"user:7\"]\n";
  const environment variables{{"POSTRIDER_SOURCE__ALERTS__DEDUPE", "10m"}};
  BOOST_TEST(mistakes_in(text, variables).empty());
  BOOST_TEST(
      (settings_of(text, variables).http.sources.front().dedupe == std::chrono::minutes(10)));
}

BOOST_AUTO_TEST_CASE(a_hundred_sources_are_the_most) {
  std::string text;
  for (int i = 0; i < 101; ++i)
    text +=
        "[[source]]\nname = \"s" + std::to_string(i) + "\"\ntype = \"text\"\nto = [\"user:7\"]\n";
  const auto found = mistakes_in(text);
  BOOST_TEST_REQUIRE(found.size() == 1U);
  BOOST_TEST(found.front() == "f.toml:1:1: there are 101 sources; expected at most 100");
}

BOOST_AUTO_TEST_SUITE_END()
