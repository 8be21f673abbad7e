#include "tools/postrider/sendmail/spool_metrics.hpp"

#include <fmt/format.h>

#include <sstream>

namespace postrider::cli {

namespace {

struct spool_metric {
  std::string_view name, help;
  std::uint64_t spool_numbers::*value;
};
constexpr spool_metric metrics[]{
    {"postrider_spool_mails", "Mails that wait on this machine for the server.",
     &spool_numbers::mails},
    {"postrider_spool_bytes", "Bytes of the mails that wait.", &spool_numbers::bytes},
    {"postrider_spool_refused_mails", "Mails that the server refused, and that are kept.",
     &spool_numbers::refused},
    {"postrider_spool_oldest_timestamp_seconds",
     "The time when the oldest mail that waits came; none without such a mail.",
     &spool_numbers::oldest},
};

std::string label_value(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

}  // namespace

spool_numbers& spool_numbers::operator+=(const spool_numbers& other) {
  mails += other.mails;
  bytes += other.bytes;
  refused += other.refused;
  if (other.oldest != 0 && (oldest == 0 || other.oldest < oldest)) oldest = other.oldest;
  return *this;
}

spool_numbers numbers_of(const mail_spool& spool) {
  spool_numbers found;
  const auto waiting = spool.waiting();
  found.mails = waiting.size();
  for (const auto& one : waiting)
    found.bytes += one.bytes;
  found.refused = spool.refused().size();
  if (!waiting.empty()) found.oldest = waiting.front().name / 1'000'000;
  return found;
}

std::string to_line(const spool_numbers& numbers) {
  return fmt::format("{} {} {} {}", numbers.mails, numbers.bytes, numbers.refused, numbers.oldest);
}

std::optional<spool_numbers> numbers_in(const std::string& line) {
  std::istringstream words(line);
  spool_numbers found;
  if (words >> found.mails >> found.bytes >> found.refused >> found.oldest) return found;
  return {};
}

std::string spool_metrics(const std::vector<user_numbers>& users) {
  std::string text;
  for (const auto& [name, help, value] : metrics) {
    text += fmt::format("# HELP {} {}\n# TYPE {} gauge\n", name, help, name);
    for (const auto& one : users)
      if (value != &spool_numbers::oldest || one.numbers.oldest != 0)
        text +=
            fmt::format("{}{{user=\"{}\"}} {}\n", name, label_value(one.user), one.numbers.*value);
  }
  return text;
}

}  // namespace postrider::cli
