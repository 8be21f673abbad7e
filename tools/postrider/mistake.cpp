#include "tools/postrider/mistake.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postrider::cli {

std::string to_string(const mistake& wrong) {
  std::string text = wrong.where;
  if (wrong.at.line > 0) text += fmt::format(":{}:{}", wrong.at.line, wrong.at.column);
  text += ": " + wrong.found;
  if (!wrong.expected.empty()) text += "; expected " + wrong.expected;
  if (!wrong.nearest.empty()) text += fmt::format("; did you mean \"{}\"?", wrong.nearest);
  return text;
}

void sort_mistakes(std::vector<mistake>& mistakes) {
  const auto rank = [](const mistake& wrong) {
    return wrong.at.line > 0 ? wrong.at : position{std::numeric_limits<std::uint32_t>::max(), 0};
  };
  std::stable_sort(mistakes.begin(), mistakes.end(),
                   [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
}

}  // namespace postrider::cli
