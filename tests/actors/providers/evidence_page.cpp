#include "tests/actors/providers/evidence_page.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

namespace postrider::actors {
namespace {

/// The path of a file somewhere below actors/providers/.
std::string driver_source(const std::string& name) {
  const std::filesystem::path root = POSTRIDER_SOURCE_DIR;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "actors/providers"))
    if (entry.path().filename() == name) return relative(entry.path(), root).string();
  throw std::runtime_error("actors/providers/ has no file " + name);
}

std::string file(const std::string& path) {
  std::ifstream in(POSTRIDER_SOURCE_DIR "/" + path);
  BOOST_TEST_REQUIRE(in.good(), path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells;
  line.remove_prefix(2);
  // "c |" and "|", which stands for an empty cell, end in "c " and "".
  line.remove_suffix(1);
  for (auto end = line.find(" | "); end != line.npos; end = line.find(" | ")) {
    cells.emplace_back(line.substr(0, end));
    line.remove_prefix(end + 3);
  }
  cells.emplace_back(line.substr(0, line.find_last_not_of(' ') + 1));
  return cells;
}

std::vector<evidence_row> read_page() {
  std::istringstream page(file("docs/internals/providers-evidence.md"));
  std::vector<evidence_row> rows;
  std::string section;
  bool in_table = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with('#')) section = line.substr(line.find_first_not_of("# "));
    if (!line.starts_with("|")) in_table = false;
    else if (line.starts_with("|---")) in_table = true;
    else if (const auto cells = cells_of(line); in_table && cells.size() == 3)
      rows.push_back({section, cells[0], cells[1], cells[2]});
  }
  return rows;
}

}  // namespace

std::vector<std::string> evidence_row::quoted() const {
  std::vector<std::string> parts;
  auto open = first.find('`');
  while (open != first.npos) {
    const auto close = first.find('`', open + 1);
    if (close == first.npos) break;
    parts.push_back(first.substr(open + 1, close - open - 1));
    open = first.find('`', close + 1);
  }
  return parts;
}

bool evidence_row::quotes(std::string_view text) const {
  const auto parts = quoted();
  return std::ranges::find(parts, text) != parts.end();
}

bool evidence_row::names(std::string_view code) const {
  const auto goes_on = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-';
  };
  for (auto at = first.find(code); at != first.npos; at = first.find(code, at + 1)) {
    const auto end = at + code.size();
    if ((at == 0 || !goes_on(first[at - 1])) && (end == first.size() || !goes_on(first[end])))
      return true;
  }
  return false;
}

const std::vector<evidence_row>& evidence_rows() {
  static const auto rows = read_page();
  return rows;
}

std::vector<evidence_row> evidence_rows_of(std::string_view section) {
  std::vector<evidence_row> found;
  std::ranges::copy_if(evidence_rows(), std::back_inserter(found),
                       [&](const evidence_row& row) { return row.section == section; });
  BOOST_TEST_REQUIRE(!found.empty(), section << " has no rows");
  return found;
}

std::vector<std::vector<std::string>> source_rows(const std::string& path,
                                                  const std::string& pattern) {
  const auto source = file(driver_source(path));
  const std::regex row(pattern);
  std::vector<std::vector<std::string>> found;
  for (std::sregex_iterator at(source.begin(), source.end(), row), end; at != end; ++at) {
    auto& groups = found.emplace_back();
    for (std::size_t i = 1; i < at->size(); ++i) {
      auto text = (*at)[i].str();
      for (auto escape = text.find('\\'); escape != text.npos; escape = text.find('\\', escape + 1))
        text.erase(escape, 1);
      groups.push_back(std::move(text));
    }
  }
  return found;
}

}  // namespace postrider::actors
