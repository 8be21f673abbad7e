#pragma once

#include <string_view>

namespace postrider::http {

/// At most 128 printable ASCII characters: it is written to logs, to the database and back.
bool usable_request_id(std::string_view text);

/// The id that a client gave in a header block that was not parsed, and perhaps not received as a
/// whole: the value of the one complete line X-Request-Id if it is usable, else nothing. `received`
/// begins with the request line.
std::string_view find_request_id(std::string_view received);

}  // namespace postrider::http
