#pragma once

#include <string>
#include <string_view>

namespace postrider::sources {

/// A header's value with its encoded words (RFC 2047, "=?UTF-8?B?...?=") decoded, of any charset,
/// and unfolded. Mails have them, and titles of ntfy's clients. Text that is no UTF-8 is guessed.
std::string decoded_words(std::string_view text);

}  // namespace postrider::sources
