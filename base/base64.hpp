#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// RFC 4648, 4, with padding, by OpenSSL.
std::string base64_encoded(std::string_view bytes);
/// Nothing unless `text` is whole groups of four characters of the alphabet.
std::optional<std::string> base64_decoded(std::string_view text);

/// RFC 4648, 5, without padding.
std::string base64url_encoded(std::string_view bytes);

}  // namespace postrider
