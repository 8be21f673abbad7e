#pragma once

#include "sources/translate.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The content of a mail as a person reads it.
namespace postrider::sources {

inline constexpr std::size_t max_mail_attachments = 100;

struct mail_attachment {
  std::string name, type;
  std::optional<std::size_t> bytes;
};

struct read_mail {
  /// Names in lower case and decoded values, in the order of the mail; each value on one line.
  text_fields headers;
  std::string text;
  std::vector<mail_attachment> attachments;
  /// False: it has more parts or headers than are read.
  bool whole = true;

  /// The first of that name; empty: there is none.
  std::string_view header(std::string_view name) const;
};

/// Never fails: a mail that is not well-formed is read as far as it can be.
read_mail read_mail_content(std::string_view content);

/// The value of a header of a mail, on one line.
std::string decoded_header(std::string_view value);

}  // namespace postrider::sources
