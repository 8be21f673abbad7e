#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The encodings that providers over HTTP have in common. Pure functions.
namespace postrider {

/// RFC 3986: all but letters, digits and "-._~" as %XX. Right for a value in a query and in a form.
std::string percent_encoded(std::string_view text);

using form_fields = std::vector<std::pair<std::string, std::string>>;
/// application/x-www-form-urlencoded (WHATWG URL, 5), in the order given.
std::string form_encoded(const form_fields& fields);
/// In the order found; "+" is a space. Nothing when a % is not followed by two hexadecimal digits.
std::optional<form_fields> form_decoded(std::string_view text);

/// RFC 4648, 4, with padding.
std::string base64_encoded(std::string_view bytes);
/// RFC 4648, 5, without padding.
std::string base64url_encoded(std::string_view bytes);
/// Nothing when it is not whole groups of four characters of the alphabet.
std::optional<std::string> base64_decoded(std::string_view text);

/// The code points of a UTF-8 text; what is not UTF-8 becomes U+FFFD.
std::u32string code_points(std::string_view utf8);

/// How much of `text` to show where there is room for `most` bytes: an address or a number with its
/// separators is shown whole or not at all, so that who masks it later finds it.
std::size_t shown_size(std::string_view text, std::size_t most);

/// What a peer said, for a person: at most 200 bytes in one line without control characters, and
/// `secrets` replaced by "***" should it repeat them.
std::string quoted_reply(std::string_view text, const std::vector<std::string_view>& secrets = {});

}  // namespace postrider
