#pragma once

#include "persistence/model.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>

/// Messages as RFC 5322 and MIME (RFC 2045 to 2047) want them, all of it 7-bit. Pure functions: the
/// same values give the same bytes, so that a receiver can tell a message that comes twice.
namespace postrider::actors {

struct mail_content {
  std::string_view from_name;     ///< UTF-8; may be empty
  std::string_view from_address;  ///< ASCII
  std::string_view to;            ///< ASCII
  std::string_view subject;       ///< UTF-8; empty: made from the text
  std::string_view text;          ///< UTF-8, any line ends
  std::string_view html;          ///< UTF-8; empty: only the text is sent
  /// Unique for a message to a recipient: the left part of its Message-ID.
  std::string_view reference;
  persistence::time_point date;
};

/// The whole message, its lines ended by CRLF. The error is a sentence: a header's value has
/// characters in it that could begin another header.
boost::system::result<std::string, std::string> build_mail(const mail_content& content);

/// At most 76 characters a line; the text's own line ends become CRLF, the last one included. No
/// line begins with a dot or with "From ", which some on the way would change.
std::string quoted_printable(std::string_view text);

/// "Name: value", folded at 78 characters where there are spaces; encoded (RFC 2047) when it has
/// other characters than ASCII or words that are too long to fold.
std::string text_header(std::string_view name, std::string_view value);

/// "From: Ann <ann@example.org>", its name quoted or encoded as it needs it.
std::string from_header(std::string_view name, std::string_view address);

/// The first line of the text that has something in it, cut to what a list of messages shows.
std::string subject_of(std::string_view text);

/// Without control characters.
bool is_header_text(std::string_view text);

}  // namespace postrider::actors
