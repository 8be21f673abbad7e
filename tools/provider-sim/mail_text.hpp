#pragma once

#include <string>
#include <string_view>

namespace postrider::provider_sim {

// The text of a mail (RFC 5322, RFC 2045, RFC 2046): its first text/plain part, or the body of a
// mail without parts, with quoted-printable or base64 undone, line ends as LF and those at the end
// left out. The character set is not looked at.
std::string mail_text(std::string_view mail);

std::string undo_quoted_printable(std::string_view text);

}  // namespace postrider::provider_sim
