#include "actors/providers/http_date.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

using namespace std::chrono;

/// Takes the parts of a date from its front. After one that is missing nothing more is taken.
class date_scanner {
 public:
  explicit date_scanner(std::string_view text) : text_(text) {}

  /// Exactly this text.
  void literal(std::string_view expected) {
    good_ = good_ && text_.starts_with(expected);
    if (good_) text_.remove_prefix(expected.size());
  }

  /// A number of exactly so many digits. With `padded` a space may replace the first one.
  int number(std::size_t digits, bool padded = false) {
    if (!good_ || text_.size() < digits) return fail();
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const char c = padded && i == 0 && text_[0] == ' ' ? '0' : text_[i];
      if (c < '0' || c > '9') return fail();
      value = value * 10 + (c - '0');
    }
    text_.remove_prefix(digits);
    return value;
  }

  /// The name of a month in three letters; its number.
  unsigned month_name() {
    constexpr std::string_view names = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (unsigned i = 0; good_ && i < 12; ++i) {
      if (!text_.starts_with(names.substr(3 * i, 3))) continue;
      text_.remove_prefix(3);
      return i + 1;
    }
    return static_cast<unsigned>(fail());
  }

  /// HH:MM:SS. Second 60 is a leap second.
  seconds time_of_day() {
    const int h = number(2);
    literal(":");
    const int m = number(2);
    literal(":");
    const int s = number(2);
    if (h > 23 || m > 59 || s > 60) fail();
    return hours(h) + minutes(m) + seconds(s);
  }

  bool at_end() const { return good_ && text_.empty(); }

 private:
  int fail() {
    good_ = false;
    return 0;
  }

  std::string_view text_;
  bool good_ = true;
};

std::optional<sys_seconds> made_of(int y, unsigned m, int d, seconds time) {
  const year_month_day date{year(y), month(m), day(static_cast<unsigned>(d))};
  if (!date.ok()) return std::nullopt;
  return sys_seconds(sys_days(date)) + time;
}

/// "06 Nov 1994 08:49:37 GMT"
std::optional<sys_seconds> read_imf_fixdate(date_scanner scan) {
  const int d = scan.number(2);
  scan.literal(" ");
  const auto m = scan.month_name();
  scan.literal(" ");
  const int y = scan.number(4);
  scan.literal(" ");
  const auto time = scan.time_of_day();
  scan.literal(" GMT");
  return scan.at_end() ? made_of(y, m, d, time) : std::nullopt;
}

/// "06-Nov-94 08:49:37 GMT"
std::optional<sys_seconds> read_rfc850_date(date_scanner scan, sys_seconds now) {
  const int d = scan.number(2);
  scan.literal("-");
  const auto m = scan.month_name();
  scan.literal("-");
  const int digits = scan.number(2);
  scan.literal(" ");
  const auto time = scan.time_of_day();
  scan.literal(" GMT");
  if (!scan.at_end()) return std::nullopt;
  const int this_year = static_cast<int>(year_month_day(floor<days>(now)).year());
  int y = this_year - this_year % 100 + digits;
  if (y > this_year + 50) y -= 100;
  if (y <= this_year - 50) y += 100;
  return made_of(y, m, d, time);
}

/// "Nov  6 08:49:37 1994"
std::optional<sys_seconds> read_asctime(date_scanner scan) {
  const auto m = scan.month_name();
  scan.literal(" ");
  const int d = scan.number(2, true);
  scan.literal(" ");
  const auto time = scan.time_of_day();
  scan.literal(" ");
  const int y = scan.number(4);
  return scan.at_end() ? made_of(y, m, d, time) : std::nullopt;
}

}  // namespace

std::optional<sys_seconds> read_http_date(std::string_view text, sys_seconds now) {
  constexpr std::string_view names[]{"Monday", "Tuesday",  "Wednesday", "Thursday",
                                     "Friday", "Saturday", "Sunday"};
  const auto word = text.substr(0, text.find_first_of(", "));
  const auto rest = text.substr(word.size());
  if (std::ranges::find(names, word) != std::end(names))
    return rest.starts_with(", ") ? read_rfc850_date(date_scanner(rest.substr(2)), now)
                                  : std::nullopt;
  const bool is_day =
      std::ranges::any_of(names, [&](std::string_view name) { return word == name.substr(0, 3); });
  if (!is_day) return std::nullopt;
  if (rest.starts_with(", ")) return read_imf_fixdate(date_scanner(rest.substr(2)));
  return rest.starts_with(' ') ? read_asctime(date_scanner(rest.substr(1))) : std::nullopt;
}

}  // namespace postrider::actors
