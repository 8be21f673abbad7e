#include <boost/test/unit_test.hpp>

#include <fstream>
#include <regex>
#include <sstream>
#include <string>

/// Every row of a driver's table stands in docs/providers-evidence.md.
namespace postrider::actors {
namespace {

std::string file(const std::string& path) {
  std::ifstream in(POSTRIDER_SOURCE_DIR "/" + path);
  BOOST_TEST_REQUIRE(in.good(), path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// The first group of each match, with C++'s escapes taken out.
std::vector<std::string> rows_of(const std::string& path, const std::string& pattern) {
  const auto source = file("actors/providers/" + path);
  const std::regex row(pattern);
  std::vector<std::string> found;
  for (std::sregex_iterator at(source.begin(), source.end(), row), end; at != end; ++at) {
    auto text = (*at)[1].str();
    for (auto escape = text.find('\\'); escape != text.npos; escape = text.find('\\', escape + 1))
      text.erase(escape, 1);
    found.push_back(text);
  }
  return found;
}

BOOST_AUTO_TEST_SUITE(evidence)

BOOST_AUTO_TEST_CASE(each_row_of_a_table_has_its_line) {
  const auto page = file("docs/providers-evidence.md");
  const struct {
    std::string file, pattern, before, after;
    std::size_t least;
  } tables[]{
      {"sms_twilio_errors.cpp", R"(\{(\d{5}), )", "", "", 60},
      {"signal_texts.cpp", R"re(\n    \{"((?:[^"\\]|\\.)+)",)re", "`", "`", 25},
      {"signal_rpc.cpp", R"(\{(-\d+), outcome_kind)", "", "", 9},
      {"signal_rest.cpp", R"re(\n    \{"([^"]+)", \w+\})re", "", "`", 3},
      {"sms_kannel.cpp", R"re(\n    \{\d{3}, "([^"]+)")re", "`", "`", 14},
      {"email_matter.cpp", R"re(\n    \{"([^"]+)", ")re", "`", "`", 50},
      {"email_matter.cpp", R"re(\n    \{"[^"]+", "([^"]+)",)re", "`", "`", 4},
  };
  for (const auto& table : tables) {
    const auto rows = rows_of(table.file, table.pattern);
    BOOST_TEST(rows.size() >= table.least, table.file << " has " << rows.size() << " rows");
    for (const auto& row : rows)
      BOOST_TEST((page.find(table.before + row + table.after) != std::string::npos),
                 table.file << ": " << row << " is not in docs/providers-evidence.md");
  }
}

/// {7, 20, 27, 0, identity} is "X.7.20 to X.7.27", {4, 5, 5, 5, quota} is "5.4.5".
BOOST_AUTO_TEST_CASE(each_enhanced_code_of_email_has_its_line) {
  const auto page = file("docs/providers-evidence.md");
  const auto source = file("actors/providers/email_matter.cpp");
  const std::regex row(R"(\n    \{(\d), (\d+), (\d+), (\d), \w+\})");
  int rows = 0;
  for (std::sregex_iterator at(source.begin(), source.end(), row), end; at != end; ++at, ++rows) {
    const auto kind = (*at)[4].str();
    for (const int detail : {2, 3}) {
      const auto rest = "." + (*at)[1].str() + "." + (*at)[detail].str();
      const auto code = (kind == "0" ? "X" : kind) + rest;
      const bool named = page.find(code) != page.npos || page.find("X" + rest) != page.npos;
      BOOST_TEST(named, code << " is not in docs/providers-evidence.md");
    }
  }
  BOOST_TEST(rows >= 25);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
