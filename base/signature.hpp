#pragma once

#include <string>
#include <string_view>

/// Message authentication codes (RFC 2104) as bytes, by OpenSSL.
namespace postrider {

std::string hmac_sha1(std::string_view key, std::string_view text);
std::string hmac_sha256(std::string_view key, std::string_view text);

/// Takes as long wherever the first difference is, so that a signature cannot be guessed byte by
/// byte.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace postrider
