#include "tools/postrider/commands.hpp"

#include "tools/postrider/configuration_checks.hpp"
#include "tools/postrider/local_socket.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <ostream>

namespace postrider::cli {

namespace {

/// "0.0.0.0" is every address of this machine, and none to call: loopback is among them.
std::string called_address(const std::string& listen) {
  const auto address = parse_listen(listen);
  if (!address) return listen;
  if (address->host == "0.0.0.0") return fmt::format("127.0.0.1:{}", address->port);
  if (address->host == "::") return fmt::format("[::1]:{}", address->port);
  return listen;
}

/// The URL of the server with this configuration; empty when it chooses its port itself. Only
/// [http] counts. A file that was not `named` may be anybody's, and the request has an API key: it
/// may only say the port of a server on this machine.
outcome<std::string> configured_address(const std::string& file, bool named,
                                        const environment& variables) {
  const auto loaded = load_configuration(file, variables);
  if (!loaded) return loaded.error();
  const auto& http = loaded->settings.http;
  const auto address = parse_listen(http.listen);
  // A file that is no TOML has no values at all.
  if (loaded->effective.empty() || !address)
    return failure::because(fmt::format("{} does not say where the server listens: {}", file,
                                        loaded->mistakes.empty()
                                            ? std::string("see [http] listen")
                                            : to_string(loaded->mistakes.front())));
  if (address->port == 0) return std::string();
  const bool is_here = address->loopback || address->host == "0.0.0.0" || address->host == "::";
  if (!named && !is_here)
    return failure::because(
        fmt::format("{} says that the server listens on {}: give --config {} "
                    "or --url if you trust it",
                    file, http.listen, file));
  return called_url(http, http.listen);
}

std::string socket_hint(const command_context& context, const std::string& config) {
  const auto socket = forbidden_socket(context, config);
  if (socket.empty()) return {};
  return fmt::format(
      "; this user may not use the local socket {}: be root, its owner or in its "
      "group",
      socket);
}

}  // namespace

std::string called_url(const http::http_settings& settings, const std::string& listen) {
  return (settings.tls_certificate.empty() ? "http://" : "https://") + called_address(listen);
}

int fail(command_context& context, const std::string& sentence) {
  context.err << "postrider: " << sentence << std::endl;
  return failed;
}

int fail(command_context& context, const server_options& options, const failure& why) {
  if (options.json && !why.document().empty()) context.out << why.document() << std::endl;
  return fail(context, why.sentence());
}

std::optional<configuration> usable_configuration(command_context& context,
                                                  const std::string& path) {
  const auto file = find_configuration(path);
  if (!file) return fail(context, file.error().sentence()), std::nullopt;
  auto loaded = load_configuration(*file, context.variables);
  if (!loaded) return fail(context, loaded.error().sentence()), std::nullopt;
  if (loaded->mistakes.empty()) return std::move(*loaded);
  for (const auto& wrong : loaded->mistakes)
    context.err << to_string(wrong) << '\n';
  fail(context, fmt::format("the configuration {} cannot be used, see above", *file));
  return {};
}

void add_server_options(CLI::App& sub, server_options& options) {
  add_option(sub, "--url", options.url,
             "the server (default: POSTRIDER_URL, else without a key the local "
             "socket of the server, else [http] listen of the configuration, else "
             "http://127.0.0.1:8080)")
      .type_name("URL");
  add_option(sub, "--config", options.config, "take the server's address from this configuration")
      .type_name("FILE");
  add_option(sub, "--ca-file", options.ca_file,
             "PEM file with the authorities to trust with https (default: POSTRIDER_CA_FILE, "
             "else the system's)")
      .type_name("FILE");
  add_flag(sub, "--json", options.json, "print the server's answer as JSON, also an error");
}

std::optional<server_location> locate_server(command_context& context,
                                             const server_options& options) {
  const auto variable = [&](std::string_view name) {
    const auto found = context.variables.find(name);
    return found == context.variables.end() ? std::string{} : found->second;
  };
  server_location server;
  server.key = variable("POSTRIDER_KEY");
  server.ca_file = options.ca_file.empty() ? variable("POSTRIDER_CA_FILE") : options.ca_file;
  if (!options.url.empty()) {
    server.url = options.url;
    return server;
  }
  if (const auto url = variable("POSTRIDER_URL"); !url.empty() && options.config.empty()) {
    server.url = url;
    return server;
  }
  if (server.key.empty()) server.socket = find_local_socket(context, options.config);
  if (!server.socket.empty()) {
    server.url = "http://localhost";
    return server;
  }
  if (server.key.empty()) server.hint = socket_hint(context, options.config);
  const auto file = find_configuration(options.config);
  if (!file) return server;
  const auto address = configured_address(*file, !options.config.empty(), context.variables);
  if (address) {
    if (!address->empty()) server.url = *address;
    return server;
  }
  if (!options.config.empty()) return fail(context, address.error().sentence()), std::nullopt;
  server.hint += "; " + address.error().sentence();
  return server;
}

void add_database_options(CLI::App& sub, database_options& options) {
  add_option(sub, "--config", options.config,
             "the configuration (default: ./config.toml, /etc/postrider/config.toml)")
      .type_name("FILE");
  add_option(sub, "--database", options.url,
             "this database in place of the configured one; without --config no file is read")
      .type_name("URL");
  add_flag(sub, "--json", options.json, "print the result as JSON");
}

std::unique_ptr<persistence::ledger_database> open_configured_database(
    command_context& context, const database_options& options, std::string_view when_in_use,
    bool must_exist) {
  persistence::database_settings settings;
  auto variables = context.variables;
  if (!options.url.empty()) variables["POSTRIDER_DATABASE__URL"] = options.url;
  command_context with_url{context.in, context.out, context.err, variables};
  if (options.url.empty() || !options.config.empty()) {
    const auto loaded = usable_configuration(with_url, options.config);
    if (!loaded) return nullptr;
    settings = loaded->settings.database;
  } else {
    const auto loaded = read_configuration("--database", "", variables);
    for (auto wrong : loaded.mistakes) {
      // The option goes through the variable, and a person gave the option.
      if (wrong.where == "environment variable POSTRIDER_DATABASE__URL") wrong.where = "--database";
      context.err << to_string(wrong) << '\n';
    }
    if (!loaded.mistakes.empty()) return nullptr;
    settings = loaded.settings.database;
  }
  if (const auto file = database_file(settings.url);
      must_exist && !file.empty() && !std::filesystem::exists(file))
    return fail(context,
                fmt::format("there is no database {}; \"postrider migrate\" makes one", file)),
           nullptr;
  auto database = persistence::open_database(std::move(settings));
  if (!database) {
    const bool in_use = database.error().code == persistence::ledger_errc::in_use;
    fail(context, database.error().message + std::string(in_use ? when_in_use : ""));
    return nullptr;
  }
  return std::move(*database);
}

}  // namespace postrider::cli
