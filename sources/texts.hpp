#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Texts of others, made fit for a message.
namespace postrider::sources {

/// UTF-8 without control characters but tab and line feed, without colours and other commands for a
/// terminal, and without blanks at both ends.
std::string clean_text(std::string_view text);
/// The same on one line, at most `max` characters.
std::string clean_line(std::string_view text, std::size_t max);
std::string_view trimmed(std::string_view text);

/// `text`, or its front and "(cut: 123 more characters)", at most `max` characters together.
std::string fitted(std::string_view text, std::size_t max);

/// "report.pdf (application/pdf, 12 bytes)"; each part may be missing.
std::string attachment_note(std::string_view name, std::string_view type,
                            std::optional<std::size_t> bytes);

}  // namespace postrider::sources
