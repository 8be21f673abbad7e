#pragma once

#include "tools/postrider/commands.hpp"

#include <cstdint>
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

/// The users who have to do with a socket's file.
struct socket_owners {
  std::uint32_t socket = 0;
  /// The owners of the database file and of the configuration, as far as there are any.
  std::vector<std::uint32_t> files;
  std::uint32_t folder = 0;
  /// Others than its owner may write to the folder.
  bool folder_is_shared = false;
};

/// Whether the socket was made by a server that this user means, and not by another user who may
/// write to its folder: by root, by this user, by the owner of the database or the configuration,
/// or by the owner of a folder where nobody else may write, such as that of the service.
bool is_trusted(const socket_owners& owners, std::uint32_t user);

/// The socket that a command calls, with `config` and `database` as given on the command line;
/// empty when no server can be called by one that is_trusted(). With a database it is the one
/// beside it. A configuration with mistakes serves as well.
std::string find_local_socket(const command_context& context, const std::string& config,
                              const std::string& database = {});

}  // namespace postrider::cli
