#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postrider::http {

/// A decoded part of a path or query. Nothing when an escape is not one, or when the result is not
/// UTF-8 or has a control character.
std::optional<std::string> decoded_part(std::string_view text);

}  // namespace postrider::http
