#pragma once

#include "sources/settings.hpp"
#include "tools/postrider/table_reader.hpp"

#include <vector>

namespace postrider::cli {

/// Reads [[source]], one after the other.
std::vector<sources::source_settings> read_sources(reading& to, const toml_node* tables);

}  // namespace postrider::cli
