#include "base/time_text.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>

namespace postrider {
namespace {

/// Takes exactly `digits` digits from the front of `text`.
bool take_number(std::string_view& text, std::size_t digits, int& value) {
  if (text.size() < digits) return false;
  value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return true;
}

bool take_char(std::string_view& text, char upper, char lower) {
  if (text.empty() || (text[0] != upper && text[0] != lower)) return false;
  text.remove_prefix(1);
  return true;
}

bool take_char(std::string_view& text, char wanted) { return take_char(text, wanted, wanted); }

/// ".123456789"; without a point there is nothing to take and the fraction is 0.
bool take_fraction(std::string_view& text, std::chrono::microseconds& fraction) {
  fraction = {};
  if (!take_char(text, '.')) return true;
  std::size_t digits = 0;
  std::int64_t value = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits)
    if (digits < 6) value = value * 10 + (text[digits] - '0');
  if (digits == 0 || digits > 9) return false;
  for (std::size_t i = digits; i < 6; ++i)
    value *= 10;
  fraction = std::chrono::microseconds(value);
  text.remove_prefix(digits);
  return true;
}

bool take_offset(std::string_view& text, std::chrono::minutes& offset) {
  offset = {};
  if (take_char(text, 'Z', 'z')) return true;
  const bool west = !text.empty() && text[0] == '-';
  int hours = 0, minutes = 0;
  if (!take_char(text, '+', '-') || !take_number(text, 2, hours) || !take_char(text, ':') ||
      !take_number(text, 2, minutes) || hours > 23 || minutes > 59)
    return false;
  offset = std::chrono::minutes((west ? -1 : 1) * (hours * 60 + minutes));
  return true;
}

/// "Mon, 23 Nov 2026 05:06:07", without a zone.
std::string day_and_time(std::chrono::sys_seconds time) {
  static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02}",
                     days[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()),
                     months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace

void append_rfc3339(std::string& out, time_point time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::milliseconds>(time - day));
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
                 static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                 static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count(),
                 clock.seconds().count(), clock.subseconds().count());
}

std::optional<time_point> parse_rfc3339(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  std::chrono::microseconds fraction{};
  std::chrono::minutes offset{};
  const bool well_formed =
      take_number(text, 4, year) && take_char(text, '-') && take_number(text, 2, month) &&
      take_char(text, '-') && take_number(text, 2, day) && take_char(text, 'T', 't') &&
      take_number(text, 2, hour) && take_char(text, ':') && take_number(text, 2, minute) &&
      take_char(text, ':') && take_number(text, 2, second) && take_fraction(text, fraction) &&
      take_offset(text, offset) && text.empty();
  if (!well_formed || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) + fraction - offset;
}

std::string to_rfc3339(time_point time) {
  std::string out;
  append_rfc3339(out, time);
  return out;
}

std::string to_date(time_point time) { return to_rfc3339(time).substr(0, 10); }

std::string to_http_date(std::chrono::sys_seconds time) { return day_and_time(time) + " GMT"; }
std::string to_mail_date(time_point time) {
  return day_and_time(std::chrono::floor<std::chrono::seconds>(time)) + " +0000";
}

}  // namespace postrider
