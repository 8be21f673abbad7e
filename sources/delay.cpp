#include "sources/delay.hpp"

#include "base/ascii.hpp"
#include "sources/texts.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace postrider::sources {
namespace {

struct time_unit {
  char letter;
  /// Its words begin with one of these.
  std::string_view words;
  std::int64_t seconds;
};
constexpr std::array time_units{time_unit{'s', "seconds secs", 1},
                                time_unit{'m', "minutes mins", 60}, time_unit{'h', "hours", 3'600},
                                time_unit{'d', "days", 86'400}};

/// "m", "min", "mins", "minute", "minutes".
std::int64_t seconds_of(std::string_view word) {
  for (const auto& unit : time_units) {
    if (word.size() == 1 && word[0] == unit.letter) return unit.seconds;
    std::string_view words = unit.words;
    while (!words.empty()) {
      const auto plural = words.substr(0, words.find(' '));
      if (word == plural || word == plural.substr(0, plural.size() - 1)) return unit.seconds;
      words.remove_prefix(std::min(plural.size() + 1, words.size()));
    }
  }
  return 0;
}

}  // namespace

std::optional<actors::time_point> delayed_until(std::string_view text, actors::time_point now) {
  constexpr std::int64_t longest = 366 * 86'400LL;
  const auto lower = ascii::lower_case(trimmed(text));
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(lower.data(), lower.data() + lower.size(), number);
  if (error != std::errc() || number < 0 || lower.starts_with('-')) return std::nullopt;
  const auto word = trimmed(std::string_view(end, lower.data() + lower.size()));
  std::int64_t wait = 0;
  if (word.empty()) {
    const auto today = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    wait = number - today;
  } else {
    const auto unit = seconds_of(word);
    if (unit == 0 || number > longest) return std::nullopt;
    wait = number * unit;
  }
  if (wait <= 0 || wait > longest) return std::nullopt;
  return now + std::chrono::seconds(wait);
}

}  // namespace postrider::sources
