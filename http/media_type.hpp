#pragma once

#include "base/ascii.hpp"
#include "http/request.hpp"

#include <string_view>

namespace postrider::http {

/// RFC 9110, 5.6.2: names of fields, methods and media types compare without case where they do.
using ascii::equals_ignoring_case;

/// Whether a Content-Type is application/json. Parameters are allowed; a charset must be UTF-8, the
/// only one that JSON has between systems (RFC 8259, 8.1).
bool is_json(std::string_view content_type);
/// The same for application/x-ndjson, and for the other names that lines of JSON go by.
bool is_ndjson(std::string_view content_type);
/// Whether a browser asks, for a page.
bool accepts_html(const request& from);

/// The part before the next ";", without blanks around it, taken from the front.
std::string_view take_part(std::string_view& text);

}  // namespace postrider::http
