#pragma once

#include "actors/api/gateway.hpp"
#include "actors/settings.hpp"
#include "persistence/ledger.hpp"

#include <functional>
#include <memory>
#include <string>

namespace postrider::actors {

/// The running pipeline: all actors, their threads and the transfer engine. CAF stays inside.
class delivery_system {
 public:
  virtual ~delivery_system() = default;
  virtual actors::gateway& gateway() = 0;
  /// Works with these providers from now on. Who is the same goes on undisturbed; what is in flight
  /// ends as it began; what waits for one that has gone goes to others. `done` is told, on any
  /// thread, when all of it is in force, or why nothing changed. While the database is away it
  /// waits.
  virtual void reload(std::vector<provider_settings> providers, completion<reload_report> done) = 0;
  /// No new message is accepted from here on; readiness says "draining".
  virtual void drain() = 0;
  /// Drains, lets what is in flight end (at most `deadline`), commits, gives the lease back and
  /// ends all actors. False when something was still in flight at the deadline.
  virtual bool stop(std::chrono::milliseconds deadline) = 0;
};

/// Registers this process as a node, takes over what a dead one left, starts the actors. Does not
/// wait for the database: while it is away the gateway answers `unavailable`. `database` must
/// outlive it. When the pipeline cannot be kept running, `give_up` is called with the reason, on
/// any thread, and nothing is delivered any more: the process should end.
std::unique_ptr<delivery_system> start_delivery_system(
    delivery_settings settings, persistence::ledger_database& database,
    std::function<void(const std::string&)> give_up);

}  // namespace postrider::actors
