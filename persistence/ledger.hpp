#pragma once

#include "persistence/ledger_error.hpp"
#include "persistence/ledger_queries.hpp"
#include "persistence/transitions.hpp"

/// The database as the rest of the program sees it: what can be changed, and what can be asked.
/// No ODB, no SQL. Implemented by odb_ledger.cpp over SQLite and MySQL/MariaDB.
namespace postrider::persistence {

/// The writing side: one object per writer thread, with a connection of its own.
class ledger {
 public:
  virtual ~ledger() = default;

  /// Applies the batch in one database transaction that is synced to disk when this returns, after
  /// checking in the same transaction that `owner` was not taken over. All or nothing, except that
  /// a transition which the database refuses fails alone. Deadlocks are retried here. A lock of
  /// somebody else is waited for as long as one statement may take, then the answer is `locked`.
  virtual result<batch_result> apply(const ledger_batch& batch) = 0;

  /// After `unknown_result`: finds out what became of that batch. Its results when it was
  /// committed, `unavailable` when it was not (it may be applied again), `unknown_result` while the
  /// database is away.
  virtual result<batch_result> resolve() = 0;

  /// Runs the batch and rolls it back, to find out whether it would pass; `locked` or `full` when
  /// it would not.
  virtual result<void> rehearse(const ledger_batch& batch) = 0;

  /// A fresh node id with a lease of that length, by the database's clock.
  virtual result<node_id> register_node(const process_identity& process, const std::string& host,
                                        std::chrono::milliseconds lease) = 0;
  /// `fenced` when it was taken over; an expired lease that nobody took is renewed.
  virtual result<void> renew_lease(node_id node, std::chrono::milliseconds lease) = 0;
  /// Ends what a node that is surely dead has left open on the database server: it may be frozen
  /// inside a transaction, whose locks would keep others from taking over. Answers how many
  /// connections that were.
  /// None while `owner` is dead itself, or when `what` asks for a lease that has ended and it has
  /// not.
  virtual result<int> end_connections_of(node_id /*owner*/, const take_over& /*what*/) { return 0; }
  /// Gives the lease back at an orderly end: rows still owned become free as by take_over.
  virtual result<void> leave(node_id node, time_point now, time_point unknown_due_at) = 0;
};

// ---- the database -----------------------------------------------------------------------------

struct database_settings {
  /// "sqlite:path", "sqlite::memory:" (one process, one connection), or
  /// "mysql://user@host:3306/name"; a socket as "mysql://user@localhost/name?socket=/path".
  std::string url;
  std::string password;
  std::chrono::milliseconds connect_timeout{3000};
  /// No statement may take longer, but those of migrate() and verify(), which have an hour: they
  /// rewrite and read whole tables. Also the longest wait for locks that others hold, retries
  /// included.
  std::chrono::milliseconds statement_timeout{10000};
  std::int32_t readers = 2;
  /// Whether events are written to the feed.
  bool record_events = true;
  /// The lease of this process's node: an idle session of MySQL ends within half of it.
  std::chrono::milliseconds lease{240'000};
  /// The clock of leases on SQLite, where there is no other; the tests' clock moves as they say.
  std::function<time_point()> clock;
  /// Called with a point's name: "before_connect", "before_batch", "before_commit", "after_commit",
  /// "before_resolve". What a test throws there is taken as the loss of the connection at that
  /// point, so after "after_commit" the batch is committed and its answer lost. Null in production.
  std::function<void(std::string_view)> fault;
};

enum class schema_state { current, missing, older, newer };

/// A database that was reached once. Thread-safe; its sessions are not.
class ledger_database {
 public:
  virtual ~ledger_database() = default;
  virtual std::unique_ptr<ledger> open_ledger() = 0;
  virtual std::unique_ptr<ledger_queries> open_queries() = 0;
  virtual result<schema_state> schema() = 0;
  /// Creates the schema or brings it to this program's version.
  virtual result<void> migrate() = 0;
  /// Warnings for an operator, one sentence each: a sync setting that can lose commits, a
  /// server on which SKIP LOCKED does not skip (claims are optimistic then).
  virtual std::vector<std::string> warnings() const = 0;
  /// Whether the database's files are still under their names: `no_writes` when one was removed or
  /// replaced. Cheap: some microseconds.
  virtual result<void> check_storage() const { return {}; }
  /// True when no other process can have this database open: every other node is dead then.
  virtual bool exclusive() const { return false; }
  /// For people: "SQLite 3.40.1, postrider.db", "MariaDB 10.11.19 at 127.0.0.1:3306".
  virtual std::string description() const = 0;
};

/// Connects and probes; `wrong_schema` is not an error here (see schema()).
result<std::unique_ptr<ledger_database>> open_database(database_settings settings);

}  // namespace postrider::persistence
