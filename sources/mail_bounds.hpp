#pragma once

#include <string>
#include <string_view>

/// A mail of others, made fit for the MIME reader.
namespace postrider::sources {

/// The reader makes objects of some kilobytes for each of these, in a mail of any size.
inline constexpr std::size_t max_mail_parts = 10'000;
/// Bytes of headers, of the mail and of its parts together.
inline constexpr std::size_t max_mail_header_bytes = 1024 * 1024;
inline constexpr std::size_t max_mail_header_lines = 50'000;

struct bounded_mail {
  std::string content;
  /// False: the mail has more parts or headers, and its end is not in `content`.
  bool whole = true;
};

/// The mail without the line that a mailbox file puts in front ("From ..."), and without NUL. A
/// text without any header is all body.
bounded_mail bound_mail(std::string_view content);

/// True for the first line of headers: "Subject: ...".
bool is_header_line(std::string_view line);

}  // namespace postrider::sources
