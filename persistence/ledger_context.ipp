#pragma once

#include <odb/transaction.hxx>

namespace postrider::persistence {

template <class Work>
auto in_transaction(reconnecting_session& session, sql_session::access mode, Work work)
    -> result<decltype(work(session.get()))> {
  bool reconnected = false;
  for (int tries = 1;; ++tries) {
    try {
      auto& connected = session.get();
      auto transaction = connected.begin(mode);
      auto answer = work(connected);
      transaction->commit();
      return answer;
    } catch (...) {
      const auto failure = session.failure_of(std::current_exception());
      const bool transient = failure.kind() == failure_kind::transient && tries < max_tries;
      const bool reconnect =
          failure.kind() == failure_kind::connection && !std::exchange(reconnected, true);
      if (!transient && !reconnect) return unavailable(failure);
    }
    pause_before_retry();
  }
}

}  // namespace postrider::persistence
