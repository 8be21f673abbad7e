#include "tools/postrider/local_socket.hpp"

#include "http/connection/local_socket.hpp"

#include <algorithm>

namespace postrider::cli {
namespace {

constexpr std::string_view file_name = "postrider.sock";
constexpr auto service_configuration = "/etc/postrider/config.toml";
constexpr auto service_socket = "/run/postrider/postrider.sock";

/// postrider.db.sock; empty for a database that is no file.
std::string beside_database(const std::string& url) {
  constexpr std::string_view scheme = "sqlite:";
  const auto path = url.substr(std::min(url.size(), scheme.size()));
  const bool is_file = url.starts_with(scheme) && !path.empty() && path != ":memory:";
  return is_file ? path + ".sock" : std::string();
}

void add(std::vector<std::string>& to, const std::string& path) {
  if (!path.empty()) to.push_back(path);
}

/// Empty settings: the file cannot be read.
std::optional<server_settings> read_settings(const command_context& context,
                                             const std::string& file, const std::string& database) {
  auto variables = context.variables;
  if (!database.empty()) variables["POSTRIDER_DATABASE__URL"] = database;
  if (file.empty()) return read_configuration("", "", variables).settings;
  auto loaded = load_configuration(file, variables);
  if (!loaded) return {};
  return std::move(loaded->settings);
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

namespace {

std::string first_socket(const command_context& context, const std::string& config,
                         const std::string& database, http::local_socket_state wanted) {
  const auto named = find_configuration(config);
  const bool alone = !database.empty() && config.empty();
  const std::string file = named && !alone ? *named : std::string();
  std::optional<server_settings> settings;
  if (alone || !file.empty()) settings = read_settings(context, file, database);
  auto sockets = possible_sockets(settings ? &*settings : nullptr, file);
  if (alone) std::erase(sockets, std::string(service_socket));
  for (const auto& socket : sockets)
    if (http::look_at_local_socket(socket) == wanted) return socket;
  return {};
}

}  // namespace

std::string find_local_socket(const command_context& context, const std::string& config,
                              const std::string& database) {
  return first_socket(context, config, database, http::local_socket_state::live);
}

std::string forbidden_socket(const command_context& context, const std::string& config) {
  return first_socket(context, config, {}, http::local_socket_state::forbidden);
}

}  // namespace postrider::cli
