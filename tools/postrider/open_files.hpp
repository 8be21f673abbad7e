#pragma once

#include "tools/postrider/settings.hpp"

#include <cstdint>
#include <optional>
#include <string>

/// The descriptors that a process may open, and how the server divides them.
namespace postrider::cli {

/// The soft limit of this process (RLIMIT_NOFILE) becomes the hard one. Nothing here uses select(),
/// which could not take the higher numbers. Returns the limit that holds then.
std::uint64_t raise_open_files();
/// The result that raise_open_files() would have.
std::uint64_t most_open_files();

/// How many descriptors each part may have.
struct descriptor_plan {
  /// Connections of clients: `http.max_connections`, or what the limit leaves.
  std::int32_t clients = 0;
  /// Connections to providers, those that are idle included.
  std::int32_t providers = 0;
};

/// Keeps descriptors for the program itself, for the database, and for the calls that the providers
/// may have in flight, three for each, so that idle clients cannot stop deliveries. Where the limit
/// is too low for all of it, providers get at most half of it and clients at least an eighth.
descriptor_plan plan_descriptors(std::uint64_t limit, const server_settings& settings);

/// A sentence when clients get fewer connections than the configuration says.
std::optional<std::string> lowered_connections(std::uint64_t limit,
                                               const server_settings& settings);

}  // namespace postrider::cli
