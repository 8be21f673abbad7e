#include "actors/providers/reply_words.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

std::string in_lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// False when the part is not there as a word of its own.
bool erase_word(std::string& text, std::string_view part) {
  const auto is_word = [&](std::size_t at) {
    const auto is_part = [](char c) {
      return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '+';
    };
    const auto end = at + part.size();
    return (at == 0 || !is_part(text[at - 1])) && (end == text.size() || !is_part(text[end]));
  };
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) {
    if (!is_word(at)) continue;
    text.erase(at, part.size());
    return true;
  }
  return false;
}

}  // namespace

std::string own_words(std::string_view text, std::string_view recipient) {
  auto words = in_lower_case(text);
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
  const auto local = in_lower_case(recipient.substr(0, recipient.find('@')));
  while (!local.empty() && erase_word(words, local)) {
  }
  return words;
}

bool has_word(std::string_view text, std::string_view word) {
  for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const auto end = at + word.size();
    if ((at == 0 || !is_letter(text[at - 1])) && (end == text.size() || !is_letter(text[end])))
      return true;
  }
  return false;
}

}  // namespace postrider::actors
