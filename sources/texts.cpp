#include "sources/texts.hpp"

#include "base/ascii.hpp"
#include "base/cut_text.hpp"
#include "base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postrider::sources {
namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";

/// The length of a terminal's command at the front (ECMA-48, 5.4), such as a colour; 0: none.
std::size_t terminal_command(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const auto last = std::ranges::find_if(text.substr(2), [](char c) { return c < ' ' || c > '?'; });
  const auto length = static_cast<std::size_t>(last - text.begin()) + 1;
  return last != text.end() && *last >= '@' && *last <= '~' ? length : 0;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(blanks);
  if (from == text.npos) return {};
  return text.substr(from, text.find_last_not_of(blanks) - from + 1);
}

std::string clean_text(std::string_view text) {
  const auto tidy = tidy_text(trimmed(text), 3 * text.size());
  std::string clean;
  clean.reserve(tidy.size());
  for (std::size_t i = 0; i < tidy.size(); ++i) {
    if (const auto length = terminal_command(std::string_view(tidy).substr(i)); length > 0) {
      i += length - 1;
      continue;
    }
    // U+0080 to U+009F are control characters of two bytes.
    const bool is_wide = tidy[i] == '\xc2' && static_cast<unsigned char>(tidy[i + 1]) < 0xa0;
    if (is_wide) ++i;
    if (is_wide ||
        (ascii::is_control(tidy[i]) && tidy[i] != '\n' && tidy[i] != '\t' && tidy[i] != '\r'))
      clean += ' ';
    else if (tidy[i] != '\r') clean += tidy[i];
  }
  return std::string(trimmed(clean));
}

std::string clean_line(std::string_view text, std::size_t max) {
  const auto clean = clean_text(text);
  std::string line;
  for (const char c : clean) {
    const char put = c == '\n' || c == '\t' ? ' ' : c;
    if (put != ' ' || (!line.empty() && line.back() != ' ')) line += put;
  }
  if (line.size() <= max || characters(line) <= max) return line;
  return std::string(trimmed(front_characters(line, max - 3))) + "...";
}

std::string fitted(std::string_view text, std::size_t max) {
  return cut_text(text, [max](std::string_view cut) { return characters(cut) <= max; });
}

std::string attachment_note(std::string_view name, std::string_view type,
                            std::optional<std::size_t> bytes) {
  std::string about = clean_line(type, 100);
  if (bytes) about += fmt::format("{}{} bytes", about.empty() ? "" : ", ", *bytes);
  return fmt::format("Attachment: {}{}", name.empty() ? "without a name" : clean_line(name, 200),
                     about.empty() ? "" : fmt::format(" ({})", about));
}

}  // namespace postrider::sources
