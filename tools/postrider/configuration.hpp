#pragma once

#include "tools/postrider/environment.hpp"
#include "tools/postrider/failure.hpp"
#include "tools/postrider/mistake.hpp"
#include "tools/postrider/settings.hpp"
#include "tools/postrider/table_reader.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Reads the configuration: built-in defaults, then the file, then the environment. Finds every
/// mistake at once.
namespace postrider::cli {

struct configuration {
  server_settings settings;
  /// In the order of the key table, then provider by provider.
  std::vector<effective_value> effective;
  /// Empty: the settings can be used.
  std::vector<mistake> mistakes;
};

/// `name` is what mistakes call the file.
configuration read_configuration(const std::string& name, std::string_view text,
                                 const environment& variables);

/// The error is a sentence: the file cannot be read.
outcome<configuration> load_configuration(const std::string& path, const environment& variables);

/// `path`, or when it is empty ./config.toml, or else /etc/postrider/config.toml.
outcome<std::string> find_configuration(const std::string& path);

}  // namespace postrider::cli
