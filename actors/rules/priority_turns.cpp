#include "actors/rules/priority_turns.hpp"

#include <algorithm>

namespace postrider::actors {

std::size_t priority_turns::next(const flags& waiting) {
  const auto highest = std::ranges::find(waiting, true) - waiting.begin();
  auto chosen = static_cast<std::size_t>(highest);
  // Among those that waited too long the one that waited longest, of equals the higher one.
  std::int32_t longest = patience - 1;
  for (std::size_t i = 0; i < count; ++i) {
    if (!waiting[i] || passed_over_[i] <= longest) continue;
    longest = passed_over_[i];
    chosen = i;
  }
  for (std::size_t i = 0; i < count; ++i)
    passed_over_[i] = waiting[i] && i != chosen ? passed_over_[i] + 1 : 0;
  return chosen;
}

priority_turns::shares priority_turns::divide(std::int32_t turns, const flags& waiting) {
  shares divided{};
  if (std::ranges::find(waiting, true) == waiting.end()) return divided;
  for (; turns > 0; --turns)
    ++divided[next(waiting)];
  return divided;
}

}  // namespace postrider::actors
