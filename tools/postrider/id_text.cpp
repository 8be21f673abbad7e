#include "tools/postrider/id_text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <limits>

namespace postrider::cli {

std::string refusal_of_id(const std::string& text) {
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc() && read == end && number > 0 && text.front() != '0') return {};
  return fmt::format("\"{}\" is not a whole number from 1 to {}", text,
                     std::numeric_limits<std::int64_t>::max());
}

}  // namespace postrider::cli
