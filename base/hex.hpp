#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Hexadecimal digits (RFC 4648, 8).
namespace postrider {

inline constexpr std::string_view upper_hex = "0123456789ABCDEF";
inline constexpr std::string_view lower_hex = "0123456789abcdef";

constexpr bool is_hex_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_hex(std::string_view text);

/// Appends the two digits of a byte.
inline void append_hex(std::string& out, char byte, std::string_view digits = upper_hex) {
  const auto value = static_cast<unsigned char>(byte);
  out += digits[value >> 4];
  out += digits[value & 15];
}

/// Sixteen lower-case digits.
std::string hexadecimal(std::uint64_t value);

}  // namespace postrider
