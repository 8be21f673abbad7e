#pragma once

#include "tools/postrider/commands.hpp"

#include <string>
#include <vector>

/// Where the server's local socket is: [http] local_socket, as the server and the commands read it.
namespace postrider::cli {

/// The value for a path that the server chooses, and the one for no socket.
inline constexpr std::string_view automatic_socket = "auto", no_socket = "none";

/// The socket of a server with these settings; empty for none. `runtime_directory`:
/// $RUNTIME_DIRECTORY of systemd.exec(5), which a service with RuntimeDirectory= has.
std::string server_socket(const server_settings& settings, const std::string& runtime_directory);

/// The sockets of the servers that a configuration may belong to, the likeliest first. Empty
/// `settings`: there is no configuration.
std::vector<std::string> possible_sockets(const server_settings* settings, const std::string& file);

/// The socket that a command calls, with `config` and `database` as given on the command line;
/// empty when no server can be called by one. A configuration with mistakes serves as well.
std::string find_local_socket(const command_context& context, const std::string& config,
                              const std::string& database = {});

/// A socket among them that this user may not use; empty when there is none.
std::string forbidden_socket(const command_context& context, const std::string& config);

}  // namespace postrider::cli
