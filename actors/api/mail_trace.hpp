#pragma once

#include <string_view>

namespace postrider::actors {

/// The header that each mail of an email provider has. A source refuses a mail with it, whichever
/// server sent it: two servers that turn each other's mails into mails would never end.
inline constexpr std::string_view mail_trace_header = "X-Postrider-Trace";

}  // namespace postrider::actors
