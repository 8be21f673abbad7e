#pragma once

#include <string>
#include <string_view>

namespace postrider::sources {

/// The bytes of a mail's text as UTF-8. A byte that is none of its charset becomes U+FFFD. A
/// charset that is unknown, or wrong beyond doubt, is guessed: UTF-8, else windows-1252.
std::string utf8_from(std::string_view bytes, std::string_view charset);

}  // namespace postrider::sources
