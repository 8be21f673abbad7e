#include "sources/mail_bounds.hpp"

#include "base/ascii.hpp"

#include <algorithm>

namespace postrider::sources {
namespace {

/// Walks along the lines of a mail and finds the place of its bounds. It knows headers by their
/// places: at the front, behind a line that may be a boundary, and behind a header that makes its
/// part a mail of its own. It takes other lines for headers now and then, and never headers for
/// others.
class bounds_finder {
 public:
  /// False: the mail is cut in front of this line.
  bool take(std::string_view line) {
    if (line.starts_with("--")) {
      if (++parts_ > max_mail_parts) return false;
      begin_headers();
      return true;
    }
    if (line.empty() || line == "\r") {
      // A part of a digest may begin with the blank line, and then with the headers of its mail.
      in_headers_ = in_headers_ && (nested_ || empty_);
      nested_ = false;
      empty_ = false;
      return true;
    }
    if (!in_headers_) return true;
    empty_ = false;
    look_at_type(ascii::lower_case(line));
    header_bytes_ += line.size() + 1;
    return header_bytes_ <= max_mail_header_bytes && ++header_lines_ <= max_mail_header_lines;
  }

 private:
  void begin_headers() {
    in_headers_ = true;
    nested_ = in_type_ = false;
    empty_ = true;
  }

  /// "Content-Type: message/rfc822", which may go on in the next lines.
  void look_at_type(std::string_view line) {
    const bool goes_on = line.starts_with(' ') || line.starts_with('\t');
    in_type_ = goes_on ? in_type_ : line.starts_with("content-type");
    nested_ = nested_ || (in_type_ && line.find("message") != line.npos);
  }

  std::size_t parts_ = 0, header_bytes_ = 0, header_lines_ = 0;
  bool in_headers_ = true, nested_ = false, empty_ = false, in_type_ = false;
};

}  // namespace

bool is_header_line(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == line.npos) return false;
  auto name = line.substr(0, colon);
  // RFC 5322, 4.5: old programs put blanks in front of the colon.
  while (name.ends_with(' ') || name.ends_with('\t'))
    name.remove_suffix(1);
  return !name.empty() && std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7f; });
}

bounded_mail bound_mail(std::string_view content) {
  constexpr std::string_view mailbox_line = "From ";
  if (content.starts_with(mailbox_line))
    content.remove_prefix(std::min(content.find('\n'), content.size() - 1) + 1);
  bounded_mail made;
  if (!is_header_line(content.substr(0, content.find('\n')))) made.content = "\n";
  bounds_finder bounds;
  std::size_t end = 0;
  while (end < content.size() && made.whole) {
    const auto line_end = std::min(content.find('\n', end), content.size());
    made.whole = bounds.take(content.substr(end, line_end - end));
    if (made.whole) end = std::min(line_end + 1, content.size());
  }
  made.content += content.substr(0, end);
  std::ranges::replace(made.content, '\0', ' ');
  return made;
}

}  // namespace postrider::sources
