#pragma once

#include "tools/postrider/table_reader.hpp"

#include <string>
#include <vector>

/// The files that are made from the key table.
namespace postrider::cli {

/// config.toml: every key with its default and a sentence.
std::string default_configuration();
/// docs/reference/configuration.md.
std::string configuration_document();
/// The values in force as a TOML file, each with where it came from.
std::string effective_configuration(const std::vector<effective_value>& values);

}  // namespace postrider::cli
