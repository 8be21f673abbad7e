#pragma once

#include "actors/providers/driver.hpp"
#include "actors/rules/circuit.hpp"
#include "actors/rules/commit_signal.hpp"
#include "actors/rules/database_health.hpp"
#include "actors/rules/sender_window.hpp"
#include "actors/settings.hpp"
#include "persistence/ledger.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

/// The things that all actors of one process share: settings, time, randomness, I/O. Nothing else
/// reaches outside, so the whole pipeline runs on virtual time in a test.
namespace postrider::actors {

/// A provider that this process can use, or could: configured, and known to the ledger.
struct provider_runtime {
  persistence::provider record;
  provider_settings settings;
  std::shared_ptr<const actors::driver> driver;
  /// Stays the same when the configuration changes.
  std::shared_ptr<sender_window> window;
  /// No longer in the configuration: it is not called any more, and what waits there goes
  /// elsewhere.
  bool gone = false;
  /// Nothing is sent through it.
  bool idle() const { return gone || !record.active(); }
};
using provider_ptr = std::shared_ptr<const provider_runtime>;

/// Our node's lease as the senders see it: they call a provider only when the call ends before the
/// lease does.
class node_lease {
 public:
  void set(steady_point until) { until_.store(until.time_since_epoch().count()); }
  steady_point until() const { return steady_point(steady_point::duration(until_.load())); }
  bool covers(steady_point end) const { return end.time_since_epoch().count() <= until_.load(); }

 private:
  std::atomic<steady_point::rep> until_{0};
};

/// Flags that a gateway may report without asking an actor.
struct health_flags {
  std::atomic<bool> node_registered{false};
  std::atomic<bool> draining{false};
};

/// Where all find a value that one replaces as a whole.
template <class T>
class board {
 public:
  /// Null while there is none.
  std::shared_ptr<const T> get() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }
  void set(std::shared_ptr<const T> next) {
    const std::lock_guard lock(mutex_);
    current_.swap(next);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> current_;
};

/// How often actors look for what nobody told them: changes that other nodes made, and what has
/// grown old or is to be noted. The simulation looks less often: its one node makes all changes
/// itself, and a look that finds nothing proves nothing.
struct poll_intervals {
  /// And providers, whose version comes with that of the lists.
  std::chrono::milliseconds user_lists{500};
  /// A row that is due before the next look is told to the dispatcher when it is stored.
  std::chrono::milliseconds lanes{1'000};
  std::chrono::milliseconds nodes{10'000};
  std::chrono::milliseconds api_keys{1'000};
  std::chrono::milliseconds key_uses{60'000};
  std::chrono::milliseconds retention{60'000};
  /// Events that other nodes wrote, while readers wait for them.
  std::chrono::milliseconds events{500};
  /// Endpoints that others changed, and pauses of endpoints that are over.
  std::chrono::milliseconds endpoints{250};
  /// The names of the database's files, on SQLite.
  std::chrono::milliseconds storage{250};
  std::chrono::milliseconds provider_states{1'000};
  /// Rows that belong to a dead node.
  std::chrono::milliseconds owners{60'000};
};

class key_ring;
struct provider_states;

struct environment {
  delivery_settings settings;
  persistence::ledger_database* database = nullptr;
  std::shared_ptr<transfer_engine> engine;
  /// Calls the endpoints of events: one that hangs is in the way of no provider.
  std::shared_ptr<transfer_engine> endpoint_engine;
  /// UTC. Stored times come from here; durations are measured on the actors' own clock.
  std::function<persistence::time_point()> wall_clock;
  persistence::process_identity process;
  /// Whether a process of this machine still runs.
  std::function<bool(const persistence::process_identity&)> process_runs;
  std::string host;
  std::uint64_t seed = 0;
  poll_intervals polls;
  /// False in the simulation: there the blocking actors run on the scheduler's thread as well.
  bool detach_blocking_actors = true;
  /// The pipeline cannot be kept running: the process should end with this sentence.
  std::function<void(const std::string&)> give_up;
  std::shared_ptr<health_flags> flags = std::make_shared<health_flags>();
  std::shared_ptr<database_health> health = std::make_shared<database_health>();
  /// Wakes the readers of events.
  std::shared_ptr<commit_signal> commits = std::make_shared<commit_signal>();
  /// The keys of the API; outlives a restart of the pipeline.
  std::shared_ptr<board<key_ring>> keys = std::make_shared<board<key_ring>>();
  /// The last look at all providers, for people.
  std::shared_ptr<board<actors::provider_states>> providers =
      std::make_shared<board<actors::provider_states>>();
};
using environment_ptr = std::shared_ptr<const environment>;

/// The providers of one pipeline, by id; `all` has those that this process cannot use too, for
/// their names. One that is there stays there as long as the pipeline does.
struct provider_directory {
  std::map<persistence::provider_id, provider_ptr> usable;
  std::map<persistence::provider_id, persistence::provider> all;
  /// Version of the providers when they were read last. Our own writes do not advance it, so they
  /// cause one extra read.
  std::int64_t version = -1;

  sender_window& window(persistence::provider_id id) const { return *usable.at(id)->window; }
};
using directory_ptr = std::shared_ptr<const provider_directory>;

using directory_board = std::shared_ptr<const board<provider_directory>>;

}  // namespace postrider::actors
