#pragma once

#include "persistence/connector.hpp"
#include "persistence/counters.hpp"

namespace postrider::persistence {

/// What all sessions of one database share.
struct ledger_context {
  std::unique_ptr<persistence::connector> connector;
  database_settings settings;
  transaction_ids ids;

  /// A named point at which a test may break things: whatever the hook throws is a lost connection.
  void fault(std::string_view point) const;
};

/// One connection that is made when it is needed and dropped when it broke.
class reconnecting_session {
 public:
  explicit reconnecting_session(std::shared_ptr<ledger_context> context,
                                persistence::patience patience = patience::as_set)
      : context_(std::move(context)), patience_(patience) {}

  sql_session& get();
  void drop() { session_.reset(); }
  /// What the exception means; drops the connection when it is of no use any more.
  database_failure failure_of(std::exception_ptr error);

  ledger_context& context() { return *context_; }

 private:
  std::shared_ptr<ledger_context> context_;
  persistence::patience patience_;
  std::unique_ptr<sql_session> session_;
};

/// For an operator.
ledger_error unavailable(const database_failure& failure);

/// How often a transaction is tried before the caller hears of it.
inline constexpr int max_tries = 5;
/// Sleeps 5 to 50 ms, so that two that met in a deadlock do not meet again.
void pause_before_retry();

/// Runs `work(session)` inside a transaction and commits; tries again what may pass the next time,
/// and once on a new connection. `work` may run more than once.
template <class Work>
auto in_transaction(reconnecting_session& session, sql_session::access mode, Work work)
    -> result<decltype(work(session.get()))>;

}  // namespace postrider::persistence

#include "persistence/ledger_context.ipp"
