#include "http/json/json_reader.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <string>

using postrider::http::parse_json;

namespace {

/// json_cases.tsv says how it is written.
std::string decoded(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text[0] != '~') {
      out += text[0];
      text.remove_prefix(1);
    } else if (text[1] == '*') {
      const auto open = text.find('('), close = text.find(')', open + 1);
      const std::string piece = decoded(text.substr(open + 1, close - open - 1));
      for (int left = std::stoi(std::string(text.substr(2, open - 2))); left > 0; --left)
        out += piece;
      text.remove_prefix(close + 1);
    } else {
      out += static_cast<char>(std::stoi(std::string(text.substr(1, 2)), nullptr, 16));
      text.remove_prefix(3);
    }
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_cases)

BOOST_AUTO_TEST_CASE(what_is_json_is_taken_and_what_is_not_refused_where_it_ends) {
  std::ifstream file(JSON_CASES);
  std::string line;
  int taken = 0, refused = 0;
  while (std::getline(file, line)) {
    if (line.starts_with('#')) continue;
    const auto first = line.find('\t'), second = line.find('\t', first + 1);
    BOOST_REQUIRE(second != line.npos);
    const auto verdict = line.substr(0, first);
    const std::string text = decoded(std::string_view(line).substr(second + 1));
    BOOST_TEST_CONTEXT(line.substr(0, 200)) {
      const auto parsed = parse_json(text, {});
      const bool wanted = verdict == "y" || verdict == "i+";
      BOOST_TEST(parsed.has_value() == wanted);
      ++(wanted ? taken : refused);
      if (!parsed.has_error()) continue;
      const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
      BOOST_TEST(parsed.error().line >= 1U);
      BOOST_TEST(parsed.error().line <= lines);
      BOOST_TEST(parsed.error().column >= 1U);
      BOOST_TEST(parsed.error().column <= text.size() + 1);
      BOOST_TEST(!parsed.error().what.empty());
    }
  }
  // The file was there and whole.
  BOOST_TEST(taken > 80);
  BOOST_TEST(refused > 200);
}

BOOST_AUTO_TEST_SUITE_END()
