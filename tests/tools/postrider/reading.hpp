#pragma once

#include "tools/postrider/configuration.hpp"

#include <string>
#include <vector>

namespace postrider::cli::tests {

/// A provider without which some rules have nothing to say.
inline const std::string one_provider =
    "[[provider]]\nname = \"main\"\ntype = \"signal\"\nurl = \"http://127.0.0.1:8090\"\naccount = "
    "\"+15550001111\"\n";

/// The mistakes in a file called "f.toml", as they are printed.
inline std::vector<std::string> mistakes_in(const std::string& text,
                                            const environment& variables = {}) {
  std::vector<std::string> found;
  for (const auto& wrong : read_configuration("f.toml", text, variables).mistakes)
    found.push_back(to_string(wrong));
  return found;
}

inline server_settings settings_of(const std::string& text, const environment& variables = {}) {
  return read_configuration("f.toml", text, variables).settings;
}

}  // namespace postrider::cli::tests
