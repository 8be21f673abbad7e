#include "base/nearest.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

namespace postrider {

namespace {

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the usual table (optimal string alignment): two back, one back, this one.
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                           lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

std::string nearest(std::string_view text, std::span<const std::string> candidates) {
  return nearest(text, std::vector<std::string_view>(candidates.begin(), candidates.end()));
}

std::string nearest(std::string_view text, std::span<const std::string_view> candidates) {
  constexpr std::size_t longest = 64;
  if (text.size() > longest) return {};
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(2, text.size() / 3) + 1;
  for (const auto candidate : candidates) {
    // A beginning means the whole: "warn" for "warning".
    const bool beginning = text.size() >= 3 && candidate.starts_with(text);
    const auto distance = beginning ? 1 : edit_distance(text, candidate);
    // Half of the letters must be right, since everything is near to a very short word.
    if (distance < best_distance && 2 * distance <= std::max(text.size(), candidate.size())) {
      best = candidate;
      best_distance = distance;
    }
  }
  return std::string(best);
}

}  // namespace postrider
