#pragma once

#include <string>
#include <string_view>

/// The encodings of mail (RFC 2045, 2047), decoded as far as they can be. GMime 3.2.13, which
/// Debian has, drops all base64 behind the first padding.
namespace postrider::sources {

/// Characters that are none of base64's are skipped. Padding may be missing, and more may follow.
std::string decoded_base64(std::string_view text);

/// The Q of encoded words; an escape that is none stays.
std::string decoded_q(std::string_view text);

}  // namespace postrider::sources
