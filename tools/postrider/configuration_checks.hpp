#pragma once

#include "tools/postrider/provider_reader.hpp"
#include "tools/postrider/settings.hpp"
#include "tools/postrider/table_reader.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The rules that one key alone cannot check.
namespace postrider::cli {

/// Those of one section, after its keys were read.
void check_section(reading& to, const table_reader& from, std::string_view section,
                   const server_settings& settings);

/// A lease must outlive the longest delivery: a provider is called only while two thirds of it are
/// left.
void check_lease(reading& to, const toml_node& file, const std::vector<read_provider>& providers,
                 const actors::node_settings& node);

/// Without API keys the server must not listen where others can reach it.
void check_reach(reading& to, const toml_node& file, const http::http_settings& http);

struct listen_address {
  std::string host;
  int port = 0;
  bool loopback = false;
};
/// "127.0.0.1:8080" or "[::1]:8080"; the host without brackets.
std::optional<listen_address> parse_listen(std::string_view text);

}  // namespace postrider::cli
