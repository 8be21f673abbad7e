#include "base/hex.hpp"

#include <algorithm>

namespace postrider {

bool is_hex(std::string_view text) { return std::ranges::all_of(text, is_hex_digit); }

std::string hexadecimal(std::uint64_t value) {
  std::string text(16, '0');
  for (std::size_t i = text.size(); i-- > 0; value >>= 4)
    text[i] = lower_hex[value & 15];
  return text;
}

}  // namespace postrider
