#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postrider::cli {

/// One field of a header (RFC 5322, 2.2), folded as it was written.
struct mail_field {
  /// In lower case.
  std::string name;
  /// All its lines, each with its CRLF.
  std::string lines;

  /// The value in one line.
  std::string value() const;
};

/// A mail as a program wrote it, split where its header ends.
struct mail_text {
  std::vector<mail_field> header;
  /// Every line ends with CRLF.
  std::string body;
};

/// Reads a mail with any line ends. A header ends at the first line that is no field, whether it
/// is empty or not. A CR that ends no line is a space in a header and a line end in a body, because
/// RFC 5321 forbids it on the wire and programs write progress with it; a NUL becomes "?". Lines of
/// a body are broken after 60,000 bytes. The line "From ..." of a mailbox before the header is left
/// out. `dot_ends`: a line with a dot alone is the end.
mail_text read_mail_text(std::string_view input, bool dot_ends);

}  // namespace postrider::cli
