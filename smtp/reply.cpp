#include "smtp/reply.hpp"

#include "base/utf8.hpp"

#include <fmt/format.h>

#include <iterator>

namespace postrider::smtp {
namespace {

/// RFC 5321, 4.5.3.1.5, without the code and the end of the line.
constexpr std::size_t max_text = 490;

/// A client's own bytes may be in a text; they must not become lines of their own.
std::string one_line(std::string_view text) {
  std::string line(whole_characters(text, max_text));
  for (char& c : line)
    if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) >= 0x7f) c = '?';
  return line;
}

}  // namespace

void append_reply(std::string& out, const reply& what) {
  fmt::format_to(std::back_inserter(out), "{} {}{}{}\r\n", what.code, what.enhanced,
                 what.enhanced.empty() ? "" : " ", one_line(what.text));
}

void append_lines(std::string& out, unsigned code, std::span<const std::string> lines) {
  for (std::size_t i = 0; i < lines.size(); ++i)
    fmt::format_to(std::back_inserter(out), "{}{}{}\r\n", code, i + 1 < lines.size() ? '-' : ' ',
                   one_line(lines[i]));
}

}  // namespace postrider::smtp
