#pragma once

#include "tools/postrider/settings.hpp"
#include "tools/postrider/table_reader.hpp"

/// The rules of [smtp] that one key alone cannot check.
namespace postrider::cli {

void check_smtp(reading& to, const toml_node& file, const server_settings& settings);

}  // namespace postrider::cli
