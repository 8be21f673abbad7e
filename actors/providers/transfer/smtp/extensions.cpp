#include "actors/providers/transfer/smtp/extensions.hpp"

#include <algorithm>

namespace postrider::actors::smtp {
namespace {

/// "AUTH=PLAIN" is an older form of "AUTH PLAIN".
constexpr std::string_view separators = " =\r\n";

std::string next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(separators), line.size()));
  std::string word(line.substr(0, line.find_first_of(separators)));
  line.remove_prefix(word.size());
  for (char& c : word)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return word;
}

}  // namespace

void extensions::take(std::string_view line) {
  if (!line.starts_with("250") || line.size() < 4) return;
  line.remove_prefix(4);
  const auto keyword = next_word(line);
  if (keyword == "STARTTLS") starttls = true;
  if (keyword == "PIPELINING") pipelining = true;
  if (keyword != "AUTH") return;
  auth = true;
  for (auto word = next_word(line); !word.empty(); word = next_word(line))
    mechanisms.push_back(std::move(word));
}

}  // namespace postrider::actors::smtp
