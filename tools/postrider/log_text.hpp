#pragma once

#include <string>
#include <string_view>

/// The words of a client or a provider in a log line: they must not begin another line,
/// change the one before, or to move a terminal's cursor.
namespace postrider::cli {

/// For people: control characters (C0, DEL, C1), line and paragraph separators, what turns the
/// direction of text, and bytes that are not UTF-8 are shown as escapes.
std::string escaped_text(std::string_view text);

/// A field's value: in quotes where it could pass for something else.
std::string field_text(std::string_view value);

/// A JSON string, with its quotes, in plain ASCII wherever a terminal could take harm. What is not
/// UTF-8 becomes U+FFFD.
std::string json_text(std::string_view text);

}  // namespace postrider::cli
