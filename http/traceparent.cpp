#include "http/traceparent.hpp"

#include "http/media_type.hpp"

#include <algorithm>

namespace postrider::http {
namespace {

constexpr std::size_t whole_size = 55;
constexpr std::string_view zeros = "00000000000000000000000000000000";

/// Lower case only: the specification takes no other.
bool is_hexadecimal(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::optional<std::string> parse_traceparent(std::string_view text) {
  if (text.size() < whole_size) return std::nullopt;
  const auto version = text.substr(0, 2), trace = text.substr(3, 32), parent = text.substr(36, 16),
             flags = text.substr(53, 2);
  for (const auto part : {version, trace, parent, flags})
    if (!is_hexadecimal(part)) return std::nullopt;
  if (text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
  if (version == "ff" || trace == zeros || parent == zeros.substr(0, 16)) return std::nullopt;
  // Only later versions may have more fields.
  if (text.size() > whole_size && (version == "00" || text[whole_size] != '-')) return std::nullopt;
  const bool sampled = std::string_view("13579bdf").find(flags[1]) != std::string_view::npos;
  std::string known("00-");
  known.append(trace).append("-").append(parent).append(sampled ? "-01" : "-00");
  return known;
}

std::string traceparent_of(const request& from) {
  std::string_view found;
  for (const auto& [name, value] : from.fields) {
    if (!equals_ignoring_case(name, "traceparent")) continue;
    if (!found.empty()) return {};
    found = value;
  }
  return parse_traceparent(found).value_or(std::string());
}

}  // namespace postrider::http
