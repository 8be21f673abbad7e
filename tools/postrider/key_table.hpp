#pragma once

#include "actors/providers/driver.hpp"
#include "tools/postrider/settings.hpp"
#include "tools/postrider/value.hpp"

#include <span>
#include <string_view>
#include <vector>

/// Every key of the configuration, once. Parsing, checking, environment variables, config.toml and
/// docs/reference/configuration.md are all made from these tables.
namespace postrider::cli {

struct section_info {
  std::string_view name;
  std::string_view help;
};

struct section_key {
  std::string_view section;
  key_info info;
  void (*store)(server_settings& settings, const value& found);
};

struct provider_key {
  key_info info;
  /// Null for `name` and `type`, which are read before the others.
  void (*store)(actors::provider_settings& settings, const value& found);
};

struct source_key {
  key_info info;
  /// Null for keys that are read before the others, and for lists and tables.
  void (*store)(sources::source_settings& settings, const value& found);
  /// Lists and tables: an example of the value. Empty: `info` says all.
  std::string_view list_example = {};
};

/// The keys of [smtp].
std::vector<section_key> smtp_keys();
/// In the order in which a person would read them.
std::span<const section_info> sections();
std::span<const section_key> section_keys();

/// The keys that every [[provider]] has, with the defaults of that type where they differ.
std::vector<provider_key> common_provider_keys(const actors::driver_type& type,
                                               const actors::messaging_settings& messaging);
/// The keys of every [[source]].
std::vector<source_key> source_keys();
/// The keys of that type only.
std::vector<key_info> type_keys(const actors::driver_type& type);

}  // namespace postrider::cli
