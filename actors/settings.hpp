#pragma once

#include "actors/providers/transfer/http_proxy.hpp"
#include "persistence/model.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// The settings of the delivery pipeline, as values. Where they come from is the caller's business;
/// docs/reference/configuration.md lists their keys.
namespace postrider::actors {

using std::chrono::milliseconds;

struct circuit_settings {
  /// Consecutive failures that open it.
  std::int32_t failures = 5;
  milliseconds open_for{30'000};
  bool operator==(const circuit_settings&) const = default;
};

struct rate_limit {
  /// Calls per second; 0 is no limit.
  double per_second = 0;
  bool operator==(const rate_limit&) const = default;
};

/// The keys that every provider has, and those of its type by name (see driver_type::keys), checked
/// already: every key is known, required ones are there, secrets are read from their files.
struct provider_settings {
  std::string name;
  std::string type;
  std::int32_t priority = 100;
  bool active = true;
  std::int32_t max_in_flight = 10;
  rate_limit rate;
  milliseconds connect_timeout{5'000};
  milliseconds timeout{30'000};
  /// retry or hold.
  persistence::on_unknown on_unknown = persistence::on_unknown::retry;
  circuit_settings circuit;
  http_proxy proxy;
  /// By key name; a secret `password_file` or `password_env` is here as its content under
  /// `password`.
  std::map<std::string, std::string, std::less<>> keys;
  bool operator==(const provider_settings&) const = default;
};

/// The names of what is other than before.
struct reload_report {
  std::vector<std::string> added, changed, removed;
};

struct messaging_settings {
  /// How often a message is sent again after an attempt that may have arrived; 0 to 20.
  std::int32_t max_retries = 3;
  /// Before a retry, and before the second round through providers that did not take a message.
  milliseconds retry_delay{180'000};
  /// Between two rounds at most.
  milliseconds retry_delay_max{3'600'000};
  /// How long a message that no provider takes is kept trying, from its due time on. 0: each
  /// attempt that was not sent uses up a retry.
  milliseconds give_up_after{24 * 3'600'000};
  /// Times per further round.
  double retry_backoff = 1.0;
  /// 0.2: each delay is between 0.8 and 1.2 times itself.
  double retry_jitter = 0.2;
  /// Before the next untried provider.
  milliseconds failover_delay{0};
  /// Deliveries in flight per provider, where the provider does not say.
  std::int32_t worker_count = 10;
  std::string default_provider_type = "signal";
};

/// The bounds of the pipeline's memory.
struct limit_settings {
  /// Messages that are being accepted at one time; beyond it clients get 503.
  std::int32_t accepts_in_flight = 10'000;
  /// Transactions that one sender holds in memory; the rest waits in the database.
  std::int32_t sender_window = 2'000;
  /// Transitions in one database transaction.
  std::int32_t batch = 1'000;
  /// Users whose provider lists are kept in memory.
  std::int32_t cached_users = 100'000;
};

/// How providers reach this server with their receipts.
struct receipt_settings {
  /// Where providers find this server, "https://postrider.example.org"; empty: none are asked for.
  std::string public_url;
  /// Makes the tokens in the URLs, so that nobody else can make one.
  std::string secret;
};

struct node_settings {
  /// How long a silent node keeps what it works on. Two thirds of it must cover the longest
  /// provider timeout.
  milliseconds lease{240'000};
};

/// Counted from the end of a message's last transaction; 0 keeps for ever.
struct history_settings {
  /// Then the message is deleted with all its transactions.
  milliseconds keep{0};
  /// Then its text, subject, html and metadata are emptied.
  milliseconds keep_bodies{0};
};

struct delivery_settings {
  messaging_settings messaging;
  limit_settings limits;
  node_settings node;
  receipt_settings receipts;
  history_settings history;
  /// For providers that name none of their own; their settings have it already.
  http_proxy proxy;
  std::vector<provider_settings> providers;
  /// Threads of the actor scheduler.
  std::int32_t threads = 2;
  /// Connections to HTTP providers that are open at one time, those that are idle included; more
  /// only while more calls are in flight.
  std::int32_t provider_connections = 512;
  std::int32_t ledger_writers = 1;
  std::int32_t ledger_readers = 2;
  /// A new message that is not on its way to the disk after this is refused.
  milliseconds accept_patience{10'000};
};

}  // namespace postrider::actors
