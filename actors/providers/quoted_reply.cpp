#include "actors/providers/quoted_reply.hpp"

#include "base/utf8.hpp"

#include <algorithm>

namespace postrider::actors {

std::size_t shown_size(std::string_view text, std::size_t most) {
  constexpr std::size_t longest_word = 80;
  if (text.size() <= most) return text.size();
  const auto is_digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  const auto is_of_word = [&](std::size_t at) {
    const char c = text[at];
    return is_digit(at) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           static_cast<unsigned char>(c) >= 0x80 ||
           std::string_view("@.+-_%~/:?=&#").find(c) != std::string_view::npos;
  };
  const auto separates_digits = [&](std::size_t at) {
    return std::string_view(" -()./").find(text[at]) != std::string_view::npos;
  };
  auto size = most;
  while (size > 0 && is_of_word(size - 1) && is_of_word(size))
    --size;
  auto next = size;
  while (next < text.size() && separates_digits(next))
    ++next;
  if (next < text.size() && is_digit(next))
    while (size > 0 && (is_digit(size - 1) || separates_digits(size - 1) || text[size - 1] == '+'))
      --size;
  if (most - size <= longest_word) return size;
  // No address is as long.
  return whole_characters(text, most).size();
}

std::string quoted_reply(std::string_view text, const std::vector<std::string_view>& secrets) {
  constexpr std::size_t longest = 200;
  // Enough to tell where to cut; a peer may answer with as much as it likes.
  constexpr std::size_t looked_at = longest + 400;
  std::string out;
  while (!text.empty() && out.size() < looked_at) {
    std::size_t hidden = 0;
    for (const auto secret : secrets)
      if (text.starts_with(secret)) hidden = std::max(hidden, secret.size());
    if (hidden > 0) out += "***";
    else out += text.front();
    text.remove_prefix(std::max<std::size_t>(hidden, 1));
  }
  const auto size = shown_size(out, longest);
  const bool cut = size < out.size();
  out.resize(size);
  for (char& c : out)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
  while (!out.empty() && out.back() == ' ')
    out.pop_back();
  return cut ? out + "..." : out;
}

}  // namespace postrider::actors
