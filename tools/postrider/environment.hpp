#pragma once

#include <map>
#include <string>
#include <string_view>

namespace postrider::cli {

using environment = std::map<std::string, std::string, std::less<>>;

/// This process's own. Empty where it has other rights than its caller (credentials(7)).
environment process_environment();

/// POSTRIDER_HTTP__LISTEN for "http" and "listen"; a dot is a level more, a hyphen becomes _.
std::string variable_name(std::string_view section, std::string_view key);
std::string variable_name(std::string_view section, std::string_view name, std::string_view key);

/// True for POSTRIDER_X__Y, which must be known; other variables are none of our business.
bool names_a_key(std::string_view variable);

}  // namespace postrider::cli
