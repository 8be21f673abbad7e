#include "base/cut_text.hpp"

#include "base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace postrider {
namespace {

constexpr std::string_view note_begin = "\n(cut: ", note_end = " more characters)";

/// Takes the line of an earlier cut off the end; the count in it, or 0.
std::size_t take_note(std::string_view& text) {
  const auto begin = text.rfind(note_begin);
  if (begin == text.npos || !text.ends_with(note_end)) return 0;
  const auto digits = text.substr(begin + note_begin.size(),
                                  text.size() - begin - note_begin.size() - note_end.size());
  std::size_t count = 0;
  const auto last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, count);
  // No text that came in has so many.
  constexpr std::size_t most = 1'000'000'000;
  if (error != std::errc() || end != last || count > most) return 0;
  text = text.substr(0, begin);
  return count;
}

}  // namespace

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return !is_inside_character(c); }));
}

std::string_view front_characters(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (!is_inside_character(text[at]) && count-- == 0) break;
    ++at;
  }
  return text.substr(0, at);
}

std::string cut_text(std::string_view text, const std::function<bool(std::string_view)>& fits) {
  if (fits(text)) return std::string(text);
  auto whole = text;
  const auto cut_before = take_note(whole);
  const auto all = characters(whole);
  const auto cut_at = [&](std::size_t kept) {
    return fmt::format("{}{}{}{}", front_characters(whole, kept), note_begin,
                       all - kept + cut_before, note_end);
  };
  // Each character more makes it longer, so that the last one that fits can be halved to.
  std::size_t least = 0, most = all;
  while (least < most) {
    const auto middle = most - (most - least) / 2;
    if (fits(cut_at(middle))) least = middle;
    else most = middle - 1;
  }
  return cut_at(least);
}

}  // namespace postrider
