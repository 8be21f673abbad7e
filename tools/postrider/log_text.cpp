#include "tools/postrider/log_text.hpp"

#include "base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postrider::cli {
namespace {

bool is_harmful(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) ||  // C0, DEL, C1
         code == 0x2028 || code == 0x2029 ||              // separators
         code == 0x200e || code == 0x200f || code == 0x061c || (code >= 0x202a && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;  // direction, BOM
}

/// Calls `good(sequence)` for what can be shown, `bad(code)` for what cannot, and `broken(byte)`
/// for what is not UTF-8.
template <class Good, class Bad, class Broken>
void walk(std::string_view text, Good good, Bad bad, Broken broken) {
  while (!text.empty()) {
    const auto size = utf8_sequence(text);
    if (size == 0) {
      broken(static_cast<unsigned char>(text[0]));
      text.remove_prefix(1);
      continue;
    }
    const auto sequence = text.substr(0, size);
    if (const auto code = utf8_code_point(sequence); is_harmful(code)) bad(code);
    else good(sequence);
    text.remove_prefix(size);
  }
}

bool is_plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("+-_.:/@*").find(c) != std::string_view::npos;
}

/// `quoted`: between quotation marks, which it must not end.
std::string escaped(std::string_view text, bool quoted) {
  std::string out;
  walk(
      text,
      [&](std::string_view good) {
        if (quoted && (good == "\"" || good == "\\")) out += '\\';
        out.append(good);
      },
      [&](char32_t code) {
        out += code < 0x80 ? fmt::format("\\x{:02x}", static_cast<unsigned>(code))
                           : fmt::format("\\u{:04x}", static_cast<unsigned>(code));
      },
      [&](unsigned char byte) { out += fmt::format("\\x{:02x}", unsigned{byte}); });
  return out;
}

}  // namespace

std::string escaped_text(std::string_view text) { return escaped(text, false); }

std::string field_text(std::string_view value) {
  if (!value.empty() && std::ranges::all_of(value, is_plain)) return std::string(value);
  return '"' + escaped(value, true) + '"';
}

std::string json_text(std::string_view text) {
  std::string out("\"");
  walk(
      text,
      [&](std::string_view good) {
        if (good == "\"" || good == "\\") out += '\\';
        out.append(good);
      },
      [&](char32_t code) {
        if (code == '\n') out += "\\n";
        else out += fmt::format("\\u{:04x}", static_cast<unsigned>(code));
      },
      [&](unsigned char) { out += "\\ufffd"; });
  return out + "\"";
}

}  // namespace postrider::cli
