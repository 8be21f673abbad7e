#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postrider::provider_sim {

std::string to_base64(std::string_view bytes);
// RFC 4648 with padding; nullopt for anything else.
std::optional<std::string> from_base64(std::string_view text);

// `user:password` of an Authorization header of scheme Basic (RFC 7617); nullopt if it is none.
std::optional<std::pair<std::string, std::string>> read_basic(std::string_view header);

}  // namespace postrider::provider_sim
