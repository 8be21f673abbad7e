#include "tools/postrider/local_socket.hpp"

#include "inbound/local_socket.hpp"

#include <algorithm>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

namespace postrider::cli {

std::string database_file(const std::string& url) {
  constexpr std::string_view scheme = "sqlite:";
  const auto path = url.substr(std::min(url.size(), scheme.size()));
  return url.starts_with(scheme) && path != ":memory:" ? path : std::string();
}

namespace {

constexpr std::string_view file_name = "postrider.sock";
constexpr auto service_configuration = "/etc/postrider/config.toml";
constexpr auto service_socket = "/run/postrider/postrider.sock";

/// postrider.db.sock; empty for a database that is no file.
std::string beside_database(const std::string& url) {
  const auto file = database_file(url);
  return file.empty() ? file : file + ".sock";
}

void add(std::vector<std::string>& to, const std::string& path) {
  if (!path.empty()) to.push_back(path);
}

/// Empty: the file cannot be read.
std::optional<server_settings> read_settings(const command_context& context,
                                             const std::string& file) {
  auto loaded = load_configuration(file, context.variables);
  if (!loaded) return {};
  return std::move(loaded->settings);
}

/// Empty when there is no such socket.
std::optional<socket_owners> owners_of(const std::string& socket,
                                       const std::vector<std::string>& files) {
  struct stat found {};
  socket_owners owners;
  if (::lstat(socket.c_str(), &found) != 0) return {};
  owners.socket = found.st_uid;
  const auto slash = socket.rfind('/');
  const auto folder = slash == socket.npos ? "." : socket.substr(0, slash + 1);
  if (::stat(folder.c_str(), &found) != 0) return {};
  owners.folder = found.st_uid;
  owners.folder_is_shared = (found.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  for (const auto& file : files)
    if (!file.empty() && ::stat(file.c_str(), &found) == 0) owners.files.push_back(found.st_uid);
  return owners;
}

}  // namespace

std::string server_socket(const server_settings& settings, const std::string& runtime_directory) {
  if (settings.local_socket == no_socket) return {};
  if (settings.local_socket != automatic_socket) return settings.local_socket;
  if (runtime_directory.empty()) return beside_database(settings.database.url);
  // Several ones are separated by colons.
  return runtime_directory.substr(0, runtime_directory.find(':')).append("/").append(file_name);
}

std::vector<std::string> possible_sockets(const server_settings* settings,
                                          const std::string& file) {
  std::vector<std::string> found;
  if (settings != nullptr && settings->local_socket != automatic_socket) {
    add(found, server_socket(*settings, {}));
    return found;
  }
  if (file.empty() || file == service_configuration) add(found, service_socket);
  if (settings != nullptr) add(found, beside_database(settings->database.url));
  return found;
}

bool is_trusted(const socket_owners& owners, std::uint32_t user) {
  if (owners.socket == 0 || owners.socket == user) return true;
  if (std::ranges::find(owners.files, owners.socket) != owners.files.end()) return true;
  return owners.socket == owners.folder && !owners.folder_is_shared;
}

namespace {

/// The sockets that a command may mean, and the files whose owners are trusted.
struct socket_search {
  std::vector<std::string> sockets, files;
};

socket_search search_for(const command_context& context, const std::string& config,
                         const std::string& database) {
  socket_search search;
  if (database.empty()) {
    const auto named = find_configuration(config);
    const auto file = named ? *named : std::string();
    std::optional<server_settings> settings;
    if (!file.empty()) settings = read_settings(context, file);
    search.sockets = possible_sockets(settings ? &*settings : nullptr, file);
    search.files = {file, settings ? database_file(settings->database.url) : std::string()};
  } else {
    add(search.sockets, beside_database(database));
    search.files = {database_file(database)};
  }
  return search;
}

}  // namespace

std::string find_local_socket(const command_context& context, const std::string& config,
                              const std::string& database) {
  const auto search = search_for(context, config, database);
  for (const auto& socket : search.sockets) {
    if (inbound::look_at_local_socket(socket) != inbound::local_socket_state::live) continue;
    const auto owners = owners_of(socket, search.files);
    if (owners && is_trusted(*owners, ::geteuid())) return socket;
  }
  return {};
}

std::string forbidden_socket(const command_context& context, const std::string& config) {
  const auto search = search_for(context, config, {});
  for (const auto& socket : search.sockets) {
    if (inbound::look_at_local_socket(socket) != inbound::local_socket_state::forbidden) continue;
    // Without an answer its folder is closed to this user, as that of the service is.
    const auto owners = owners_of(socket, search.files);
    if (!owners || is_trusted(*owners, ::geteuid())) return socket;
  }
  return {};
}

}  // namespace postrider::cli
