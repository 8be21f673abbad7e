#pragma once

#include <span>
#include <string>
#include <string_view>

namespace postrider::smtp {

/// A reply (RFC 5321, 4.2) with its enhanced status code (RFC 2034).
struct reply {
  unsigned code = 250;
  /// "2.0.0"; empty: the reply has none.
  std::string_view enhanced;
  std::string text;

  bool is_success() const { return code < 400; }
};

/// One line, of at most 512 bytes: a longer text is cut, and what is not printable becomes "?".
void append_reply(std::string& out, const reply& what);
/// A reply of several lines.
void append_lines(std::string& out, unsigned code, std::span<const std::string> lines);

}  // namespace postrider::smtp
