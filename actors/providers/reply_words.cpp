#include "actors/providers/reply_words.hpp"

#include "base/ascii.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

bool is_small_letter(char c) { return c >= 'a' && c <= 'z'; }

bool is_of_address(char c) {
  return is_small_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '+';
}

/// In brackets or quotes, or before Sendmail's "..."; then it is the address, whatever it says.
bool is_quoted(std::string_view text, std::size_t at, std::size_t end) {
  constexpr std::string_view opening = "<([\"'`", closing = ">)]\"''";
  const auto kind = at == 0 ? opening.npos : opening.find(text[at - 1]);
  return text.substr(end).starts_with("...") ||
         (kind != opening.npos && end < text.size() && text[end] == closing[kind]);
}

/// Erases the first part of an address where a server repeats it without the rest: everywhere, or
/// only where it is `quoted`.
void erase_local_part(std::string& text, std::string_view local, bool quoted) {
  if (local.empty()) return;
  for (auto at = text.find(local); at != text.npos; at = text.find(local, at)) {
    const auto end = at + local.size();
    const bool is_word = (at == 0 || !is_of_address(text[at - 1])) &&
                         (end == text.size() || !is_of_address(text[end]));
    if (is_word && (!quoted || is_quoted(text, at, end))) text.erase(at, local.size());
    else ++at;
  }
}

/// In lower case, without whole addresses.
std::string without_addresses(std::string_view text) {
  auto words = ascii::lower_case(text);
  for (auto open = words.find('<'); open != words.npos; open = words.find('<', open + 1)) {
    const auto close = words.find('>', open);
    if (close == words.npos) break;
    words.erase(open + 1, close - open - 1);
  }
  for (auto at = words.find('@'); at != words.npos; at = words.find('@')) {
    constexpr std::string_view ends = " <>()[]\"',;";
    const auto before = words.find_last_of(ends, at);
    const auto begin = before == words.npos ? 0 : before + 1;
    words.erase(begin, std::min(words.find_first_of(ends, at), words.size()) - begin);
  }
  return words;
}

std::string local_part_of(std::string_view recipient) {
  return ascii::lower_case(recipient.substr(0, recipient.find('@')));
}

}  // namespace

std::string own_words(std::string_view text, std::string_view recipient) {
  auto words = without_addresses(text);
  const auto local = local_part_of(recipient);
  // A word of the language, such as "daily", may be the server's own.
  erase_local_part(words, local, std::ranges::all_of(local, is_small_letter));
  return words;
}

std::string without_recipient(std::string_view text, std::string_view recipient) {
  auto words = without_addresses(text);
  erase_local_part(words, local_part_of(recipient), false);
  return words;
}

bool has_word(std::string_view text, std::string_view word) {
  for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const auto end = at + word.size();
    if ((at == 0 || !is_small_letter(text[at - 1])) &&
        (end == text.size() || !is_small_letter(text[end])))
      return true;
  }
  return false;
}

}  // namespace postrider::actors
