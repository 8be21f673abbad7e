#include "sources/masking.hpp"

#include "base/ascii.hpp"

namespace postrider::sources {
namespace {

constexpr std::string_view key_mark = "pr_";
/// Shorter texts are words of a person, such as "pr_main".
constexpr std::size_t shortest_key = 16;

bool is_key_character(char c) {
  return ascii::is_letter(c) || ascii::is_digit(c) || c == '_' || c == '-';
}

}  // namespace

bool looks_like_key(std::string_view text) { return text.starts_with(key_mark); }

std::string without_keys(std::string_view text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto begin = text.find(key_mark, at);
    if (begin == text.npos) break;
    auto end = begin;
    while (end < text.size() && is_key_character(text[end]))
      ++end;
    out += text.substr(at, begin - at);
    if (end - begin >= shortest_key) out += "pr_***";
    else out += text.substr(begin, end - begin);
    at = end;
  }
  out += text.substr(std::min(at, text.size()));
  return out;
}

}  // namespace postrider::sources
