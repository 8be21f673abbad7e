#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Forms with files: multipart/form-data (RFC 7578).
namespace postrider::sources {

struct form_part {
  std::string name;
  /// A part with a file name is a file.
  std::optional<std::string> file;
  std::string_view content_type;
  std::string_view content;
};

/// More parts are refused.
inline constexpr std::size_t max_form_parts = 100;

/// The parts, which point into `body`. Nothing: it is no such form, or it is cut off.
std::optional<std::vector<form_part>> multipart_form(std::string_view content_type,
                                                     std::string_view body);

}  // namespace postrider::sources
