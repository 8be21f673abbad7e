#include "tests/tools/postrider/reading.hpp"
#include "tools/postrider/configuration_text.hpp"
#include "tools/postrider/key_table.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sstream>

namespace postrider::cli::tests {
namespace {

std::string file_in_the_tree(const std::string& path) {
  std::ifstream file(std::string(SOURCE_DIR) + "/" + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(generated_files_)

BOOST_AUTO_TEST_CASE(config_toml_is_what_the_key_table_says) {
  BOOST_TEST((file_in_the_tree("config.toml") == default_configuration()),
             "run: postrider check-config --defaults > config.toml");
}

BOOST_AUTO_TEST_CASE(docs_configuration_md_is_what_the_key_table_says) {
  BOOST_TEST((file_in_the_tree("docs/reference/configuration.md") == configuration_document()),
             "run: postrider check-config --document > docs/reference/configuration.md");
}

BOOST_AUTO_TEST_CASE(config_toml_has_no_mistakes) {
  BOOST_TEST(mistakes_in(default_configuration()) == std::vector<std::string>{},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(config_toml_changes_no_default) {
  const auto of = [](const std::string& text) {
    std::vector<std::string> values;
    for (const auto& value : read_configuration("f.toml", text, {}).effective) {
      if (!value.section.starts_with("provider."))
        values.push_back(value.section + "." + value.key + " " + value.spelling);
    }
    return values;
  };
  BOOST_TEST(of(default_configuration()) == of(""), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_key_has_a_sentence_that_ends) {
  for (const auto& key : section_keys()) {
    BOOST_TEST(key.info.help.ends_with('.'), key.info.name);
    BOOST_TEST(key.info.help.size() > 10U, key.info.name);
  }
}

BOOST_AUTO_TEST_CASE(the_values_in_force_are_a_configuration_again) {
  const auto first =
      read_configuration("f.toml", one_provider + "priority = 3\n[log]\nlevel = \"debug\"\n", {});
  const auto again = read_configuration("f.toml", effective_configuration(first.effective), {});
  BOOST_TEST(again.mistakes.empty());
  BOOST_TEST(again.settings.log.level == "debug");
  BOOST_TEST(again.settings.delivery.providers.at(0).priority == 3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
