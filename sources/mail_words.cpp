#include "sources/mail_words.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/percent.hpp"

#include <algorithm>
#include <optional>

namespace postrider::sources {
namespace {

/// RFC 2047, 4.2.
std::optional<std::string> quoted(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '%') escaped += "%25";
    else if (c == '=') escaped += '%';
    else escaped += c == '_' ? ' ' : c;
  }
  return percent_decoded(escaped);
}

std::optional<std::string> decoded_word(std::string_view charset, std::string_view how,
                                        std::string_view text) {
  const auto name = ascii::lower_case(charset);
  if (name != "utf-8" && name != "us-ascii") return std::nullopt;
  if (how == "B" || how == "b") return base64_decoded(text);
  if (how == "Q" || how == "q") return quoted(text);
  return std::nullopt;
}

}  // namespace

std::string decoded_words(std::string_view text) {
  std::string out;
  bool after_word = false;
  while (!text.empty()) {
    const auto begin = text.find("=?");
    const auto before = text.substr(0, begin);
    const bool blank = before.find_first_not_of(' ') == before.npos;
    if (!(after_word && blank && begin != text.npos)) out += before;
    if (begin == text.npos) break;
    text.remove_prefix(begin);
    const auto first = text.find('?', 2);
    const auto second = first == text.npos ? text.npos : text.find('?', first + 1);
    const auto end = second == text.npos ? text.npos : text.find("?=", second + 1);
    std::optional<std::string> word;
    if (end != text.npos)
      word = decoded_word(text.substr(2, first - 2), text.substr(first + 1, second - first - 1),
                          text.substr(second + 1, end - second - 1));
    out += word ? *word : std::string(text.substr(0, 2));
    text.remove_prefix(word ? end + 2 : 2);
    after_word = word.has_value();
  }
  return out;
}

}  // namespace postrider::sources
