#pragma once

#include "persistence/sql/connector.hpp"
#include "persistence/sql/counters.hpp"
#include "persistence/sql/event_clock.hpp"

namespace postrider::persistence {

/// State that all sessions of one database share.
struct ledger_context {
  std::unique_ptr<persistence::connector> connector;
  database_settings settings;
  transaction_ids ids;
  event_clock events;

  /// A named point at which a test may break things: whatever the hook throws is a lost connection.
  void fault(std::string_view point) const;
};

/// Decides whether one piece of work is tried again after a failure, and how long it may wait for
/// locks: all tries together no longer than `time_for_locks`.
class tries {
 public:
  /// With `locks_only` the statements themselves may take longer.
  explicit tries(std::chrono::milliseconds time_for_locks, bool locks_only = false)
      : time_for_locks_(time_for_locks), locks_only_(locks_only) {}
  /// For the next try: all of the time at the first one, and never less than `shortest_wait`.
  std::chrono::milliseconds time_for_locks() const;
  bool locks_only() const { return locks_only_; }
  /// Counts the failed try.
  bool allow_another(failure_kind failed);

 private:
  static constexpr std::chrono::milliseconds shortest_wait{100};
  std::chrono::milliseconds left() const;

  std::chrono::milliseconds time_for_locks_;
  bool locks_only_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  int transient_ = 0;
  bool first_ = true, reconnected_ = false;
};

/// One connection that is made when it is needed and dropped when it broke.
class reconnecting_session {
 public:
  explicit reconnecting_session(std::shared_ptr<ledger_context> context,
                                persistence::patience patience = patience::as_set)
      : context_(std::move(context)), patience_(patience) {}

  sql_session& get();
  /// The connection for the next try of that work.
  sql_session& get(const tries& work);
  tries new_work(std::optional<std::chrono::milliseconds> time_for_locks = {}) const {
    return tries(time_for_locks.value_or(context_->settings.statement_timeout),
                 time_for_locks.has_value());
  }
  void drop();
  /// The meaning of the exception; drops the connection when it is of no use any more.
  database_failure failure_of(std::exception_ptr error);

  ledger_context& context() { return *context_; }

 private:
  void end_lost();
  database_failure with_holders(const database_failure& failure);

  std::shared_ptr<ledger_context> context_;
  persistence::patience patience_;
  std::unique_ptr<sql_session> session_;
  /// The connection before this one, which the server may still have, with its locks.
  std::optional<session_mark> lost_;
};

/// For an operator.
ledger_error unavailable(const database_failure& failure);

/// How often a transaction that met a deadlock is tried before the caller hears of it.
inline constexpr int max_tries = 5;
/// Sleeps 5 to 50 ms, so that two that met in a deadlock do not meet again.
void pause_before_retry();

/// Runs `work(session)` inside a transaction and commits; tries again what may pass the next time,
/// and once on a new connection. `work` may run more than once.
template <class Work>
auto in_transaction(reconnecting_session& session, sql_session::access mode, Work work)
    -> result<decltype(work(session.get()))>;

}  // namespace postrider::persistence

#include "persistence/sql/ledger_context.ipp"
