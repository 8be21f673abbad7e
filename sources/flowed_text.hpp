#pragma once

#include <string>
#include <string_view>

namespace postrider::sources {

/// Text of format=flowed (RFC 3676) with its paragraphs in one line each. `delete_space`:
/// DelSp=yes.
std::string unflowed(std::string_view text, bool delete_space);

}  // namespace postrider::sources
