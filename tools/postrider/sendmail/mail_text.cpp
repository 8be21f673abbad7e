#include "tools/postrider/sendmail/mail_text.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <utility>

namespace postrider::cli {

namespace {

constexpr std::string_view line_end = "\r\n";
/// Postrider's server takes lines of 64 KiB.
constexpr std::size_t longest_line = 60'000;

/// Where the value of a field begins in its line; 0 when the line is no field.
std::size_t value_of_field(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == line.npos) return 0;
  auto name = line.substr(0, colon);
  // RFC 5322, 4.5 has spaces before the colon.
  while (name.ends_with(' ') || name.ends_with('\t'))
    name.remove_suffix(1);
  const auto is_name = [](char c) { return c > ' ' && c < 0x7f; };
  return !name.empty() && std::ranges::all_of(name, is_name) ? colon + 1 : 0;
}

bool is_continuation(std::string_view line) {
  return (line.starts_with(' ') || line.starts_with('\t')) &&
         line.find_first_not_of(" \t") != line.npos;
}

/// The lines of an input, without their ends.
class input_lines {
 public:
  input_lines(std::string_view input, bool dot_ends) : rest_(input), dot_ends_(dot_ends) {}

  bool next() {
    if (ended_ || rest_.empty()) return false;
    const auto end = rest_.find('\n');
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 1);
    if (line_.ends_with('\r')) line_.remove_suffix(1);
    ended_ = dot_ends_ && line_ == ".";
    return !ended_;
  }
  std::string_view line() const { return line_; }

 private:
  std::string_view rest_, line_;
  bool dot_ends_, ended_ = false;
};

void append_header_line(std::string& out, std::string_view line) {
  for (const char c : line)
    out += c == '\r' ? ' ' : c == '\0' ? '?' : c;
  out += line_end;
}

void append_body_line(std::string& out, std::string_view line) {
  std::size_t column = 0;
  for (const char c : line) {
    const bool full = column >= longest_line && !is_inside_character(c);
    if (c == '\r' || full) {
      out += line_end;
      column = 0;
    }
    if (c != '\r') {
      out += c == '\0' ? '?' : c;
      ++column;
    }
  }
  out += line_end;
}

}  // namespace

std::string mail_field::value() const {
  std::string text;
  for (const char c : std::string_view(lines).substr(lines.find(':') + 1))
    text += c == '\r' || c == '\n' ? ' ' : c;
  const auto begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

mail_text read_mail_text(std::string_view input, bool dot_ends) {
  mail_text mail;
  input_lines lines(input, dot_ends);
  bool first = true;
  while (lines.next()) {
    const auto line = lines.line();
    if (std::exchange(first, false) && (line.starts_with("From ") || line.starts_with(">From ")))
      continue;
    if (!mail.header.empty() && is_continuation(line)) {
      append_header_line(mail.header.back().lines, line);
    } else if (const auto value = value_of_field(line); value > 0) {
      auto name = ascii::lower_case(line.substr(0, value - 1));
      name.erase(name.find_last_not_of(" \t") + 1);
      mail.header.push_back({std::move(name), {}});
      append_header_line(mail.header.back().lines, line);
    } else {
      if (!line.empty()) append_body_line(mail.body, line);
      break;
    }
  }
  while (lines.next())
    append_body_line(mail.body, lines.line());
  return mail;
}

}  // namespace postrider::cli
