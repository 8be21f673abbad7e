#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// The one reader of UTF-8 (RFC 3629: shortest form, no surrogates, nothing beyond U+10FFFF).
namespace postrider {

/// Bytes of the well-formed sequence at the front of `text`; 0 when there is none.
std::size_t utf8_sequence(std::string_view text);

/// The code point of one well-formed sequence.
char32_t utf8_code_point(std::string_view sequence);

/// The count of code points; nothing when `text` is not UTF-8.
std::optional<std::size_t> utf8_length(std::string_view text);

bool is_utf8(std::string_view text);

/// The code points; each byte that is not UTF-8 becomes U+FFFD.
std::u32string code_points(std::string_view text);

/// True for a byte that continues a sequence.
constexpr bool is_inside_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// The longest front of `text` with at most `max_bytes` that does not split a character.
std::string_view whole_characters(std::string_view text, std::size_t max_bytes);

/// Text from outside that must be kept whatever it is. Each byte that is not UTF-8 becomes U+FFFD,
/// and the text is cut between two characters to at most `max_bytes`.
std::string tidy_text(std::string_view text, std::size_t max_bytes);

}  // namespace postrider
