#include "tests/tools/postrider/reading.hpp"
#include "tools/postrider/key_table.hpp"
#include "tools/postrider/secret.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace postrider::cli::tests {
namespace {

using strings = std::vector<std::string>;
using namespace std::chrono_literals;

/// A folder that is gone at the end of the test.
struct secrets {
  std::filesystem::path folder;

  secrets() {
    std::string name =
        (std::filesystem::temp_directory_path() / "postrider-secrets-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~secrets() { std::filesystem::remove_all(folder); }

  std::string file(const std::string& text, unsigned mode = 0600) const {
    const auto path = (folder / "secret").string();
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
    return path;
  }
};

std::string with_file(const std::string& path) {
  return "[database]\nurl = \"mysql://u@h/n\"\npassword_file = \"" + path + "\"\n";
}

const std::string two_ways =
    "password_file (a file that only the server can read) or password_env (the name of an "
    "environment variable)";

}  // namespace

BOOST_AUTO_TEST_SUITE(overrides_)

BOOST_AUTO_TEST_CASE(a_variable_comes_before_the_file) {
  const environment variables{{"POSTRIDER_HTTP__LISTEN", "127.0.0.1:9000"},
                              {"POSTRIDER_MESSAGING__RETRY_DELAY", "90s"},
                              {"POSTRIDER_MESSAGING__MAX_RETRIES", "5"}};
  const auto s = settings_of("[http]\nlisten = \"127.0.0.1:1\"\n", variables);
  BOOST_TEST(s.http.listen == "127.0.0.1:9000");
  BOOST_TEST((s.delivery.messaging.retry_delay == 90s));
  BOOST_TEST(s.delivery.messaging.max_retries == 5);
}

BOOST_AUTO_TEST_CASE(every_key_has_a_variable) {
  for (const auto& key : section_keys()) {
    if (key.info.kind == value_kind::secret) continue;
    const auto name = variable_name(key.section, key.info.name);
    const auto read = read_configuration("f.toml", "", {{name, key.info.default_value}});
    BOOST_TEST(read.mistakes.empty(), name);
    const auto used = std::ranges::any_of(read.effective, [&](const effective_value& value) {
      return value.section == key.section && value.key == key.info.name && value.origin == name;
    });
    BOOST_TEST(used, name);
  }
}

BOOST_AUTO_TEST_CASE(the_keys_of_a_provider_have_variables_with_its_name) {
  auto text = one_provider;
  text.replace(text.find("main"), 4, "signal-main");
  const environment variables{{"POSTRIDER_PROVIDER__SIGNAL_MAIN__URL", "http://127.0.0.1:1"},
                              {"POSTRIDER_PROVIDER__SIGNAL_MAIN__PRIORITY", "2"},
                              {"POSTRIDER_PROVIDER__SIGNAL_MAIN__CIRCUIT__FAILURES", "9"}};
  BOOST_TEST(mistakes_in(text, variables) == strings{}, boost::test_tools::per_element());
  const auto p = settings_of(text, variables).delivery.providers.at(0);
  BOOST_TEST(p.keys.at("url") == "http://127.0.0.1:1");
  BOOST_TEST(p.priority == 2);
  BOOST_TEST(p.circuit.failures == 9);
}

BOOST_AUTO_TEST_CASE(a_variable_that_names_no_key_is_a_mistake) {
  const strings expected{
      "environment variable POSTRIDER_HTTP__LISTN: unknown key; expected "
      "POSTRIDER_SECTION__KEY, POSTRIDER_PROVIDER__NAME__KEY or "
      "POSTRIDER_SOURCE__NAME__KEY; did you mean \"POSTRIDER_HTTP__LISTEN\"?",
      "environment variable POSTRIDER_PROVIDER__MAIN__URI: unknown key; expected "
      "POSTRIDER_SECTION__KEY, POSTRIDER_PROVIDER__NAME__KEY or "
      "POSTRIDER_SOURCE__NAME__KEY; did you mean \"POSTRIDER_PROVIDER__MAIN__URL\"?"};
  const environment variables{{"POSTRIDER_HTTP__LISTN", "x"},
                              {"POSTRIDER_PROVIDER__MAIN__URI", "x"}};
  BOOST_TEST(mistakes_in(one_provider, variables) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(variables_of_other_forms_are_left_alone) {
  const environment variables{{"POSTRIDER_URL", "x"},
                              {"POSTRIDER_KEY", "x"},
                              {"POSTRIDER_TEST_SEED", "1"},
                              {"HTTP__X", "1"}};
  BOOST_TEST(mistakes_in("", variables) == strings{}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_wrong_value_in_a_variable_is_told_at_the_variable) {
  const environment variables{{"POSTRIDER_HTTP__THREADS", "many"},
                              {"POSTRIDER_HTTP__LISTEN", "0.0.0.0:80"}};
  const auto found = mistakes_in("", variables);
  BOOST_TEST_REQUIRE(found.size() == 2U);
  BOOST_TEST(found[0] ==
             "environment variable POSTRIDER_HTTP__THREADS: \"threads\" is \"many\"; expected a "
             "whole number from 1 to 256");
  BOOST_TEST(found[1].starts_with(
      "environment variable POSTRIDER_HTTP__LISTEN: \"listen\" is \"0.0.0.0:80\", which others"));
}

BOOST_AUTO_TEST_CASE(each_value_in_force_says_where_it_came_from) {
  const auto loaded = read_configuration("f.toml", "[log]\nlevel = \"debug\"\n",
                                         {{"POSTRIDER_LOG__FORMAT", "json"}});
  std::map<std::string, std::string> origins;
  for (const auto& value : loaded.effective)
    origins[value.section + "." + value.key] = value.spelling + " " + value.origin;
  BOOST_TEST(origins["log.level"] == "\"debug\" f.toml:2");
  BOOST_TEST(origins["log.format"] == "\"json\" POSTRIDER_LOG__FORMAT");
  BOOST_TEST(origins["http.threads"] == "1 default");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(secrets_, secrets)

BOOST_AUTO_TEST_CASE(a_secret_is_read_from_its_file_without_the_newline) {
  const auto text = with_file(file("s3cret\n"));
  BOOST_TEST(mistakes_in(text) == strings{}, boost::test_tools::per_element());
  BOOST_TEST(settings_of(text).database.password == "s3cret");
}

BOOST_AUTO_TEST_CASE(a_secret_is_read_from_the_variable_that_the_file_names) {
  const std::string text = "[database]\npassword_env = \"DB_PASSWORD\"\n";
  BOOST_TEST(settings_of(text, {{"DB_PASSWORD", "s3cret"}}).database.password == "s3cret");
  BOOST_TEST(
      mistakes_in(text) ==
          strings{"f.toml:2:16: \"password_env\": the environment variable DB_PASSWORD is not set"},
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_secret_in_the_file_itself_is_refused_and_not_shown) {
  const auto found = mistakes_in("[database]\npassword = \"s3cret\"\n");
  BOOST_TEST(
      found ==
          strings{"f.toml:2:12: \"password\" is a secret and must not be written here; expected " +
                  two_ways},
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_secret_in_a_variable_of_ours_is_refused_too) {
  const auto found = mistakes_in("", {{"POSTRIDER_DATABASE__PASSWORD", "s3cret"}});
  BOOST_TEST(found == strings{"environment variable POSTRIDER_DATABASE__PASSWORD: \"password\" is "
                              "a secret and must not be "
                              "written here; expected " +
                              two_ways},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_file_that_others_can_read_is_refused) {
  for (const unsigned mode : {0604U, 0660U, 0644U, 0602U}) {
    const auto found = mistakes_in(with_file(file("s3cret", mode)));
    BOOST_TEST_REQUIRE(found.size() == 1U);
    BOOST_TEST(found.front().find(" by others (mode 0") != std::string::npos);
    BOOST_TEST(found.front().find((mode & 040) != 0 ? "run chmod 640 " : "run chmod 600 ") !=
               std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_a_group_of_ours_can_read_is_a_secret_still) {
  BOOST_TEST(mistakes_in(with_file(file("s3cret", 0640))).empty());
  BOOST_TEST(mistakes_in(with_file(file("s3cret", 0440))).empty());
  if (::geteuid() != 0) return;
  constexpr uid_t service = 65'533;
  const auto as_service = [&](uid_t owner, gid_t group) {
    const auto path = file("s3cret", 0640);
    BOOST_TEST_REQUIRE(::chmod(folder.c_str(), 0755) == 0);
    BOOST_TEST_REQUIRE(::chown(path.c_str(), owner, group) == 0);
    BOOST_TEST_REQUIRE((::setegid(service) == 0 && ::seteuid(service) == 0));
    const auto read = read_secret_file(path);
    BOOST_TEST_REQUIRE((::seteuid(0) == 0 && ::setegid(0) == 0));
    return read ? *read : read.error().sentence();
  };
  BOOST_TEST(as_service(0, service) == "s3cret");
  BOOST_TEST(as_service(service, 65'532).find("a group to which this process does not belong") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_empty_or_missing_file_and_a_folder_are_no_secret) {
  const auto empty = mistakes_in(with_file(file("\n")));
  BOOST_TEST(empty.at(0).ends_with("is empty"));
  const auto missing = mistakes_in(with_file("/nonexistent/secret"));
  BOOST_TEST(missing.at(0) ==
             "f.toml:3:17: \"password_file\": the file /nonexistent/secret cannot be read: No such "
             "file or directory");
  BOOST_TEST(mistakes_in(with_file(folder.string())).at(0).ends_with("is not a regular file"));
}

BOOST_AUTO_TEST_CASE(two_sources_of_one_secret_are_a_mistake) {
  const auto found = mistakes_in(with_file(file("a")) + "password_env = \"B\"\n", {{"B", "b"}});
  BOOST_TEST(
      found ==
          strings{
              "f.toml:4:16: password_file and password_env are both given; expected one of them"},
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_variable_replaces_the_other_source_in_the_file) {
  const auto text = with_file(file("from the file"));
  const environment variables{{"POSTRIDER_DATABASE__PASSWORD_ENV", "B"}, {"B", "from a variable"}};
  BOOST_TEST(settings_of(text, variables).database.password == "from a variable");
}

BOOST_AUTO_TEST_CASE(values_in_force_show_the_source_of_a_secret_only) {
  const auto loaded = read_configuration("f.toml", with_file(file("s3cret")), {});
  bool shown = false;
  for (const auto& value : loaded.effective) {
    BOOST_TEST(value.spelling.find("s3cret") == std::string::npos);
    shown = shown || value.key == "password_file";
  }
  BOOST_TEST(shown);
}

BOOST_AUTO_TEST_CASE(the_password_inside_a_url_is_not_shown) {
  BOOST_TEST(redacted("http://user:secret@host:80/p") == "http://user:***@host:80/p");
  BOOST_TEST(redacted("http://user:se@cret@host/p") == "http://user:***@host/p");
  BOOST_TEST(redacted("http://host:80/p@q") == "http://host:80/p@q");
  BOOST_TEST(redacted("mysql://user@host:3306/n") == "mysql://user@host:3306/n");
  BOOST_TEST(redacted("plain text") == "plain text");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
