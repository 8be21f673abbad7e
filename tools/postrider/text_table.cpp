#include "tools/postrider/text_table.hpp"

#include "base/utf8.hpp"

#include <algorithm>

namespace postrider::cli {
namespace {

std::string_view shown(const std::string& cell) {
  return cell.empty() ? "-" : std::string_view(cell);
}

/// Characters, not bytes.
std::size_t width_of(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, is_inside_character));
}

}  // namespace

std::string text_table(const std::vector<std::vector<std::string>>& rows, std::string_view indent) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], width_of(shown(row[i])));
  }
  std::string text;
  for (const auto& row : rows) {
    text += indent;
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += shown(row[i]);
      if (i + 1 < row.size()) text.append(widths[i] - width_of(shown(row[i])) + 2, ' ');
    }
    text += '\n';
  }
  return text;
}

}  // namespace postrider::cli
