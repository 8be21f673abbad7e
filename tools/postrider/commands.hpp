#pragma once

#include "tools/arguments/arguments.hpp"
#include "tools/postrider/client.hpp"
#include "tools/postrider/configuration.hpp"
#include "tools/postrider/environment.hpp"

#include <chrono>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// Parts that the subcommands share. Each subcommand has a file with its name.
namespace postrider::cli {

/// As documented in every --help.
enum exit_code : int { done = 0, failed = 1, usage = 2 };

/// The world as a command sees it; tests put their own in place of it.
struct command_context {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  environment variables;
  std::function<std::unique_ptr<http_client>(const server_location&)> connect = make_http_client;
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
  std::function<void(std::chrono::milliseconds)> pause;
  /// `err` is shown to a person while it is written.
  bool terminal = false;
  std::function<std::chrono::system_clock::time_point()> wall_clock =
      std::chrono::system_clock::now;
};

/// Runs the command that was chosen; set while the command line is parsed.
using command = std::function<int()>;

void add_serve(CLI::App& app, command_context& context, command& chosen);
void add_check_config(CLI::App& app, command_context& context, command& chosen);
void add_migrate(CLI::App& app, command_context& context, command& chosen);
void add_send(CLI::App& app, command_context& context, command& chosen);
void add_sendmail(CLI::App& app, command_context& context, command& chosen);
void add_spool(CLI::App& app, command_context& context, command& chosen);
void add_bulk(CLI::App& app, command_context& context, command& chosen);
void add_status(CLI::App& app, command_context& context, command& chosen);
void add_list(CLI::App& app, command_context& context, command& chosen);
void add_cancel(CLI::App& app, command_context& context, command& chosen);
void add_inspect(CLI::App& app, command_context& context, command& chosen);
void add_explain(CLI::App& app, command_context& context, command& chosen);
void add_retry(CLI::App& app, command_context& context, command& chosen);
void add_providers(CLI::App& app, command_context& context, command& chosen);
void add_settle(CLI::App& app, command_context& context, command& chosen);
void add_users(CLI::App& app, command_context& context, command& chosen);
void add_keys(CLI::App& app, command_context& context, command& chosen);
void add_verify(CLI::App& app, command_context& context, command& chosen);
void add_completion(CLI::App& app, command_context& context, command& chosen);

/// The URL of a server that listens on `listen`.
std::string called_url(const http::http_settings& settings, const std::string& listen);

/// A subcommand with its examples and the way it exits at the end of its --help.
CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& description,
                      const std::string& examples, const std::string& exits);

/// Says it on stderr, as `postrider: sentence`, and is `failed`.
int fail(command_context& context, const std::string& sentence);

/// Finds, reads and checks; mistakes are printed, a line each, and nothing is returned.
std::optional<configuration> usable_configuration(command_context& context,
                                                  const std::string& path);

// ---- commands that talk to a server -----------------------------------------------------------

struct server_options {
  std::string config;
  std::string url;
  std::string ca_file;
  bool json = false;
};
void add_server_options(CLI::App& sub, server_options& options);

/// Says why it failed, as above; with --json what the server said goes to stdout.
int fail(command_context& context, const server_options& options, const failure& why);

/// --url, else without --config POSTRIDER_URL, else without a key the local socket of the
/// configured server, else [http] listen of the configuration, else the default; and POSTRIDER_KEY,
/// --ca-file or POSTRIDER_CA_FILE. Mistakes in other parts of the configuration, such as secrets
/// that this user may not read, do not matter. Nothing when the address of --config cannot be read,
/// which has been said then.
std::optional<server_location> locate_server(command_context& context,
                                             const server_options& options);

// ---- commands that open the database ----------------------------------------------------------

struct database_options {
  std::string config;
  std::string url;
  bool json = false;
};
void add_database_options(CLI::App& sub, database_options& options);

/// Opens the configured database, or that of --database. Nothing when that fails, which has been
/// said then, with `when_in_use` in the end where another process has it open. A command that only
/// reads makes no file: with `must_exist` one that is not there is a failure.
std::unique_ptr<persistence::ledger_database> open_configured_database(
    command_context& context, const database_options& options, std::string_view when_in_use = {},
    bool must_exist = false);

}  // namespace postrider::cli
