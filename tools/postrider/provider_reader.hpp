#pragma once

#include "tools/postrider/settings.hpp"
#include "tools/postrider/table_reader.hpp"

#include <vector>

namespace postrider::cli {

struct read_provider {
  actors::provider_settings settings;
  /// The place of its [[provider]].
  position at;
};

/// Reads [[provider]], one after the other. Each one's driver has the last word about its keys.
std::vector<read_provider> read_providers(reading& to, const toml_node* providers,
                                          const actors::messaging_settings& messaging);

/// The names of all provider types.
std::vector<std::string> provider_type_names();

}  // namespace postrider::cli
