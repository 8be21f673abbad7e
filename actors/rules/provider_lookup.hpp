#pragma once

#include "actors/environment.hpp"

#include <algorithm>

/// Providers by name.
namespace postrider::actors {

using providers_by_id = std::map<persistence::provider_id, persistence::provider>;

/// Null when the ledger knows no such provider.
inline const persistence::provider* provider_named(const providers_by_id& all,
                                                   std::string_view name) {
  const auto at =
      std::ranges::find_if(all, [name](const auto& one) { return one.second.name == name; });
  return at == all.end() ? nullptr : &at->second;
}

/// Null when this process has no driver for it. A removed provider is found, marked `gone`.
inline provider_ptr runtime_named(const provider_directory& directory, std::string_view name) {
  const auto at = std::ranges::find_if(
      directory.usable, [name](const auto& one) { return one.second->settings.name == name; });
  return at == directory.usable.end() ? nullptr : at->second;
}

}  // namespace postrider::actors
