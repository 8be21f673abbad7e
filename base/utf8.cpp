#include "base/utf8.hpp"

#include <algorithm>

namespace postrider {
namespace {

bool is_beyond_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }

/// The bytes of ASCII at the front: most of most texts.
std::size_t ascii_run(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if(text, is_beyond_ascii) - text.begin());
}

}  // namespace

std::size_t utf8_sequence(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i)
    if (!is_inside_character(text[i])) return 0;
  // Overlong forms, surrogates, and code points beyond U+10FFFF show in the second byte.
  if ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f)) return 0;
  if ((first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) > 0x8f)) return 0;
  return size;
}

char32_t utf8_code_point(std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1) return first;
  char32_t value = first & (0x7fU >> sequence.size());
  for (const char c : sequence.substr(1))
    value = value << 6 | (static_cast<unsigned char>(c) & 0x3fU);
  return value;
}

std::optional<std::size_t> utf8_length(std::string_view text) {
  std::size_t count = 0;
  for (;;) {
    const auto run = ascii_run(text);
    count += run;
    text.remove_prefix(run);
    if (text.empty()) return count;
    const auto size = utf8_sequence(text);
    if (size == 0) return std::nullopt;
    text.remove_prefix(size);
    ++count;
  }
}

bool is_utf8(std::string_view text) { return utf8_length(text).has_value(); }

std::u32string code_points(std::string_view text) {
  std::u32string out;
  while (!text.empty()) {
    const auto size = utf8_sequence(text);
    out += size == 0 ? U'\ufffd' : utf8_code_point(text.substr(0, size));
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

std::string_view whole_characters(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  auto size = max_bytes;
  while (size > 0 && is_inside_character(text[size]))
    --size;
  return text.substr(0, size);
}

std::string tidy_text(std::string_view text, std::size_t max_bytes) {
  constexpr std::string_view replacement = "\xef\xbf\xbd";
  std::string tidy;
  while (!text.empty()) {
    const auto run = ascii_run(text.substr(0, max_bytes - tidy.size()));
    tidy += text.substr(0, run);
    text.remove_prefix(run);
    if (text.empty()) break;
    const auto size = utf8_sequence(text);
    const auto piece = size == 0 ? replacement : text.substr(0, size);
    if (tidy.size() + piece.size() > max_bytes) break;
    tidy += piece;
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return tidy;
}

}  // namespace postrider
