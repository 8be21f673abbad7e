#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace postrider {

using time_point = std::chrono::sys_time<std::chrono::microseconds>;

/// "2026-11-23T05:06:07.089Z": RFC 3339, UTC, milliseconds (cut off, not rounded).
void append_rfc3339(std::string& out, time_point time);
std::string to_rfc3339(time_point time);

/// RFC 3339, 5.6 with any offset and up to nine digits of fraction, of which six count. Nothing for
/// another form, for a day that does not exist and for a leap second.
std::optional<time_point> parse_rfc3339(std::string_view text);

/// "2026-11-23", UTC.
std::string to_date(time_point time);

/// "Mon, 23 Nov 2026 05:06:07 GMT": RFC 9110, 5.6.7.
std::string to_http_date(std::chrono::sys_seconds time);

/// "Mon, 23 Nov 2026 05:06:07 +0000": RFC 5322, 3.3.
std::string to_mail_date(time_point time);

}  // namespace postrider
