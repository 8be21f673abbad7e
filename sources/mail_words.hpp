#pragma once

#include <string>
#include <string_view>

namespace postrider::sources {

/// A header's value with its encoded words (RFC 2047, "=?UTF-8?B?...?=") decoded, as ntfy's clients
/// send titles that are not ASCII. Words in another charset than UTF-8 or ASCII stay.
std::string decoded_words(std::string_view text);

}  // namespace postrider::sources
