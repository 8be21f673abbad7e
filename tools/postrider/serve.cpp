#include "actors/node/delivery_system.hpp"
#include "actors/rules/api_keys.hpp"
#include "base/base64.hpp"
#include "http/connection/server.hpp"
#include "smtp/server.hpp"
#include "tools/postrider/commands.hpp"
#include "tools/postrider/database_start.hpp"
#include "tools/postrider/demo/demo.hpp"
#include "tools/postrider/demo/demo_traffic.hpp"
#include "tools/postrider/local_socket.hpp"
#include "tools/postrider/log.hpp"
#include "tools/postrider/open_files.hpp"
#include "tools/postrider/reload.hpp"
#include "tools/postrider/service_manager.hpp"
#include "tools/postrider/signals.hpp"

#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <optional>
#include <ostream>

namespace postrider::cli {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds stop_deadline{30'000};
/// The part of it for requests, at most; deliveries that are under way go on meanwhile.
constexpr milliseconds requests_deadline{25'000};
/// The part of that for mails whose clients are sending them, at most.
constexpr milliseconds mails_deadline{10'000};

/// For the pipeline to come up before the server says that it listens; with a slow database it then
/// says so anyway, and answers 503 for a while.
constexpr milliseconds ready_deadline{5'000};

struct serve_options {
  std::string config;
  std::string port_file;
  bool migrate = false;
  bool demo = false;
};

std::string value_of(const environment& variables, std::string_view name) {
  const auto found = variables.find(name);
  return found == variables.end() ? std::string() : found->second;
}

/// A program that waits for the file to appear must not see a half of it.
bool write_port_file(const std::string& path, const std::string& address) {
  const auto draft = path + ".new";
  std::ofstream file(draft);
  file << address.substr(address.find_last_of(':') + 1) << '\n';
  file.close();
  return file.good() && std::rename(draft.c_str(), path.c_str()) == 0;
}

/// When that cannot be found out there will be other things to say.
bool has_keys(persistence::ledger_database& database) {
  const auto keys = database.open_queries()->api_keys(-1);
  return !keys || !keys->keys || !keys->keys->empty();
}

void log_start(persistence::ledger_database& database, const server_settings& settings) {
  log(log_level::info, "serve",
      fmt::format("postrider {}, {}", POSTRIDER_VERSION, database.description()));
  for (const auto& warning : database.warnings())
    log(log_level::warning, "database", warning);
  if (settings.http.keys_required && !has_keys(database)) {
    log(log_level::warning, "serve",
        "there is no API key, so requests are refused: make one with \"postrider keys create\"");
  }
  if (settings.delivery.providers.empty()) {
    log(log_level::warning, "serve",
        "the configuration has no [[provider]]: no message can be delivered");
  }
}

/// Before anything is opened.
void divide_descriptors(server_settings& settings) {
  const auto limit = raise_open_files();
  if (const auto warning = lowered_connections(limit, settings))
    log(log_level::warning, "http", *warning);
  const auto plan = plan_descriptors(limit, settings);
  settings.http.max_connections = plan.clients;
  settings.delivery.provider_connections = plan.providers;
}

/// The ways in.
struct fronts {
  std::unique_ptr<http::server> http;
  /// Null where the configuration has none.
  std::unique_ptr<smtp::server> smtp;

  void renew_certificates() {
    renew_certificate(*http);
    if (smtp) renew_certificate(*smtp);
  }
  /// Begins to stop: mails that are being received are stored, and nothing new is taken.
  void drain() {
    http->drain();
    if (smtp) smtp->stop(mails_deadline);
  }
};

/// The error is a sentence for the operator.
boost::system::result<fronts, std::string> open_fronts(const server_settings& settings,
                                                       actors::gateway& gateway) {
  fronts opened;
  auto http = http::start_server(settings.http, gateway);
  if (!http) return http.error();
  opened.http = std::move(*http);
  if (!settings.smtp.wanted()) return opened;
  auto smtp = smtp::start_server(settings.smtp, gateway, opened.http->common());
  if (!smtp) return smtp.error();
  opened.smtp = std::move(*smtp);
  return opened;
}

/// Ends in the order that loses nothing: no new requests, those in flight answered, then
/// deliveries.
void stop(fronts& servers, actors::delivery_system& delivery, int signal) {
  log(log_level::info, "serve",
      fmt::format("{}: finishing deliveries in flight, {} s at most; a second signal ends at once",
                  signal == SIGINT ? "SIGINT" : "SIGTERM",
                  stop_deadline / std::chrono::seconds(1)));
  const auto until = std::chrono::steady_clock::now() + stop_deadline;
  const auto left_until = [](auto end) {
    return std::chrono::duration_cast<milliseconds>(end - std::chrono::steady_clock::now());
  };
  const auto until_requests = std::chrono::steady_clock::now() + requests_deadline;
  servers.drain();
  delivery.drain();
  servers.http->stop(left_until(until_requests));
  const auto left = left_until(until);
  if (!delivery.stop(std::max(left, milliseconds{1'000}))) {
    log(log_level::warning, "serve",
        "some deliveries were still in flight; the next start settles them");
  }
  log(log_level::info, "serve", "stopped");
}

/// So that the first request after "listening" is not refused. The signal that came meanwhile, if
/// any.
std::optional<int> wait_until_ready(const actors::gateway& gateway, server_signals& signals) {
  const auto until = std::chrono::steady_clock::now() + ready_deadline;
  std::optional<int> signal;
  while (!signal && !gateway.ready().ready && std::chrono::steady_clock::now() < until) {
    signal = signals.wait(milliseconds{5});
  }
  return signal;
}

/// There is no key, so nobody could sign in to the page. The token is behind the "#", which
/// browsers send to nobody.
void offer_first_sign_in(const command_context& context, const server_settings& settings,
                         const std::string& address, http::common_state& common) {
  const auto token = base64url_encoded(actors::random_key_bytes());
  common.first_sign_in.open(token, std::chrono::steady_clock::now());
  context.out << fmt::format("there is no API key; sign in within {} minutes, once: {}/ui/#link={}",
                             http::first_sign_in::life.count(), called_url(settings.http, address),
                             token)
              << std::endl;
}

/// SIGTERM or SIGINT; until then each SIGHUP changes the providers, and the service manager hears
/// from time to time that the pipeline answers.
int signal_to_stop(const command_context& context, const serve_options& given,
                   const configuration& at_start, actors::delivery_system& delivery,
                   fronts& servers, server_signals& signals, service_manager& manager,
                   const std::string& status) {
  pipeline_watch watch(delivery.gateway());
  auto sources = at_start.settings.http.sources;
  for (;;) {
    const auto signal = signals.wait_any(manager.watchdog_interval());
    if (!signal) {
      if (watch.alive()) manager.alive();
    } else if (*signal == SIGHUP && given.demo) {
      // A demo has no file to read again.
    } else if (*signal == SIGHUP) {
      manager.reloading();
      servers.renew_certificates();
      reload(context, given.config, at_start, delivery, *servers.http, sources);
      manager.ready(status);
    } else {
      return *signal;
    }
  }
}

void introduce_demo(const command_context& context, const server_settings& settings,
                    const std::string& address) {
  context.out << fmt::format(
                     "This is a demo: simulated providers, made-up messages, and a database that "
                     "ends with it.\nNothing is sent to anybody.\n"
                     "  the page       {0}/ui/\n"
                     "  the interface  {0}/docs\n"
                     "signal-alerts asks for a captcha; one answer is "
                     "signalcaptcha://signal-hcaptcha.demo\n"
                     "Ctrl-C ends it.",
                     called_url(settings.http, address))
              << std::endl;
}

/// `simulated`: null when this is no demo.
int serve_until_signal(command_context& context, const serve_options& given,
                       const configuration& at_start, persistence::ledger_database& database,
                       server_signals& signals, service_manager& manager,
                       const demo_providers* simulated) {
  const auto& settings = at_start.settings;
  std::atomic<bool> given_up = false;
  const auto delivery =
      actors::start_delivery_system(settings.delivery, database, [&](const std::string&) {
        given_up = true;
        signals.ask_to_stop();
      });
  auto servers = open_fronts(settings, delivery->gateway());
  if (!servers) {
    delivery->stop(milliseconds{1'000});
    return fail(context, servers.error());
  }
  const auto early = wait_until_ready(delivery->gateway(), signals);
  const auto address = servers->http->address();
  if (!given.port_file.empty() && !write_port_file(given.port_file, address)) {
    servers->smtp.reset();
    servers->http->stop(milliseconds{0});
    delivery->stop(milliseconds{1'000});
    return fail(context, fmt::format("cannot write {}", given.port_file));
  }
  context.out << "postrider listening on " << address << std::endl;
  if (settings.http.keys_required && !has_keys(database))
    offer_first_sign_in(context, settings, address, servers->http->common());
  std::unique_ptr<demo_traffic> traffic;
  if (simulated != nullptr) {
    introduce_demo(context, settings, address);
    traffic = start_demo_traffic(delivery->gateway(), simulated->ports());
  }
  const auto status = "Listening on " + address;
  manager.ready(status);
  const int signal = early ? *early
                           : signal_to_stop(context, given, at_start, *delivery, *servers, signals,
                                            manager, status);
  traffic.reset();
  signals.next_one_ends_at_once();
  manager.stopping();
  stop(*servers, *delivery, signal);
  return given_up
             ? fail(context, "the delivery pipeline could not be kept running; the log says why")
             : done;
}

int serve_with(command_context& context, const serve_options& given, configuration loaded,
               server_signals& signals, const demo_providers* simulated) {
  auto& http = loaded.settings.http;
  http.local_socket =
      server_socket(loaded.settings, value_of(context.variables, "RUNTIME_DIRECTORY"));
  http.local_socket_is_optional = loaded.settings.local_socket == automatic_socket;
  start_log(loaded.settings.log);
  divide_descriptors(loaded.settings);
  bool interrupted = false;
  const auto database =
      wait_for_database(loaded.settings.database, given.migrate, signals, interrupted);
  if (!database) return interrupted ? done : failed;
  log_start(*database, loaded.settings);
  service_manager manager(value_of(context.variables, "NOTIFY_SOCKET"),
                          value_of(context.variables, "WATCHDOG_USEC"),
                          value_of(context.variables, "WATCHDOG_PID"));
  return serve_until_signal(context, given, loaded, *database, signals, manager, simulated);
}

int serve_demo(command_context& context, const serve_options& given) {
  if (!given.config.empty() || given.migrate) {
    fail(context,
         "--demo has a configuration and a database of its own: leave --config and "
         "--migrate out");
    return usage;
  }
  // Its threads block the signals too.
  server_signals signals;
  auto made = prepare_demo(context.variables);
  if (!made) return fail(context, made.error().sentence());
  made->settings.settings.http.handed_over_socket = made->socket;
  return serve_with(context, given, std::move(made->settings), signals, made->providers.get());
}

int serve(command_context& context, const serve_options& given) {
  if (given.demo) return serve_demo(context, given);
  auto loaded = usable_configuration(context, given.config);
  if (!loaded) return failed;
  const auto handed_over = handed_over_socket(value_of(context.variables, "LISTEN_PID"),
                                              value_of(context.variables, "LISTEN_FDS"));
  if (!handed_over) return fail(context, handed_over.error());
  loaded->settings.http.handed_over_socket = *handed_over;
  server_signals signals;
  return serve_with(context, given, std::move(*loaded), signals, nullptr);
}

}  // namespace

void add_serve(CLI::App& app, command_context& context, command& chosen) {
  auto given = std::make_shared<serve_options>();
  auto* sub = add_command(
      app, "serve", "Run the server until SIGTERM or SIGINT.",
      "  postrider serve\n"
      "  postrider serve --config /etc/postrider/config.toml\n"
      "  POSTRIDER_HTTP__LISTEN=127.0.0.1:0 postrider serve --port-file port\n"
      "  postrider serve --demo\n"
      "It prints one line to stdout when it listens, and logs to stderr. SIGHUP reads the\n"
      "configuration again: providers and sources are added, changed and removed while it\n"
      "works.\n",
      "0 stopped by a signal after finishing what was in flight (30 s at most), 1 it could\n"
      "not start or was ended at once by a second signal, 2 usage.");
  add_option(*sub, "--config", given->config,
             "the configuration (default: ./config.toml, /etc/postrider/config.toml)")
      .type_name("FILE");
  add_option(*sub, "--port-file", given->port_file, "write the port to this file when it listens")
      .type_name("FILE");
  add_flag(*sub, "--migrate", given->migrate, "upgrade an older database schema first");
  add_flag(
      *sub, "--demo", given->demo,
      "simulate providers and messages, on loopback, in a database that ends with it; needs no "
      "configuration");
  when_chosen(*sub, [&context, &chosen, given] {
    chosen = [&context, given] { return serve(context, *given); };
  });
}

}  // namespace postrider::cli
