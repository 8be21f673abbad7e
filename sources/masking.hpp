#pragma once

#include <string>
#include <string_view>

namespace postrider::sources {

/// The text with every API key in it shortened to "pr_***", so that it can be shown and kept.
std::string without_keys(std::string_view text);
bool looks_like_key(std::string_view text);

}  // namespace postrider::sources
