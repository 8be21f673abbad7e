#pragma once

#include <string>
#include <string_view>

namespace postrider::sources {

/// Takes the character reference at the front of `html`, which begins with '&', and appends its
/// character as UTF-8. One that is unknown stays as it is. Knows the names of HTML 4.01.
void take_entity(std::string_view& html, std::string& out);

}  // namespace postrider::sources
