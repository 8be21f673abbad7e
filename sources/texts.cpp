#include "sources/texts.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postrider::sources {
namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";

/// The front with at most `count` code points.
std::string_view front_of(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (!is_inside_character(text[at]) && count-- == 0) break;
    ++at;
  }
  return text.substr(0, at);
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(blanks);
  if (from == text.npos) return {};
  return text.substr(from, text.find_last_not_of(blanks) - from + 1);
}

std::string clean_text(std::string_view text) {
  auto tidy = tidy_text(trimmed(text), 3 * text.size());
  std::erase(tidy, '\r');
  for (char& c : tidy)
    if (ascii::is_control(c) && c != '\n' && c != '\t') c = ' ';
  return tidy;
}

std::string clean_line(std::string_view text, std::size_t max) {
  const auto clean = clean_text(text);
  std::string line;
  for (const char c : clean) {
    const char put = c == '\n' || c == '\t' ? ' ' : c;
    if (put != ' ' || (!line.empty() && line.back() != ' ')) line += put;
  }
  if (characters(line) <= max) return line;
  return std::string(trimmed(front_of(line, max - 3))) + "...";
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return !is_inside_character(c); }));
}

std::string fitted(std::string_view text, std::size_t max) {
  const auto all = characters(text);
  if (all <= max) return std::string(text);
  // Room for the largest count.
  const auto longest = fmt::format("\n(cut: {} more characters)", all).size();
  const auto front = front_of(text, max > longest ? max - longest : 0);
  return fmt::format("{}\n(cut: {} more characters)", front, all - characters(front));
}

std::string attachment_note(std::string_view name, std::string_view type,
                            std::optional<std::size_t> bytes) {
  std::string about = clean_line(type, 100);
  if (bytes) about += fmt::format("{}{} bytes", about.empty() ? "" : ", ", *bytes);
  return fmt::format("Attachment: {}{}", name.empty() ? "without a name" : clean_line(name, 200),
                     about.empty() ? "" : fmt::format(" ({})", about));
}

}  // namespace postrider::sources
