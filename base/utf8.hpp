#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace postrider {

/// Bytes of the well-formed UTF-8 sequence (RFC 3629: shortest form, no surrogates) at the front of
/// `text`; 0 when there is none.
std::size_t utf8_sequence(std::string_view text);

/// How many code points; nothing when `text` is not UTF-8.
std::optional<std::size_t> utf8_length(std::string_view text);

}  // namespace postrider
