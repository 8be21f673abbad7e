#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  BOOST_TEST_REQUIRE(!text.str().empty(), path);
  return text.str();
}

/// The code between ```cpp and ``` in a page.
std::vector<std::string> quoted_code(const std::string& page) {
  const std::string begin = "```cpp\n", end = "```\n";
  std::vector<std::string> blocks;
  for (auto at = page.find(begin); at != std::string::npos; at = page.find(begin, at)) {
    at += begin.size();
    blocks.push_back(page.substr(at, page.find(end, at) - at));
  }
  return blocks;
}

BOOST_AUTO_TEST_SUITE(adding_a_provider)

BOOST_AUTO_TEST_CASE(the_page_quotes_code_that_is_built) {
  const std::string source = SOURCE_DIR;
  const auto code = text_of(source + "/docs/examples/ntfy/ntfy.hpp") +
                    text_of(source + "/docs/examples/ntfy/ntfy.cpp") +
                    text_of(source + "/tests/docs/ntfy_test.cpp") +
                    text_of(std::string(TREE_DIR) + "/actors/providers/registry.cpp");
  const auto blocks = quoted_code(text_of(source + "/docs/internals/adding-a-provider.md"));
  BOOST_TEST(blocks.size() >= 6u);
  for (const auto& block : blocks)
    BOOST_TEST(code.find(block) != std::string::npos, "not in the example:\n" << block);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
