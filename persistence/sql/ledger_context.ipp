#pragma once

#include <odb/transaction.hxx>

namespace postrider::persistence {

template <class Work>
auto in_transaction(reconnecting_session& session, sql_session::access mode, Work work)
    -> result<decltype(work(session.get()))> {
  for (auto tries = session.new_work();;) {
    try {
      auto& connected = session.get(tries);
      auto transaction = connected.begin(mode);
      auto answer = work(connected);
      connected.commit(*transaction);
      return answer;
    } catch (...) {
      const auto failure = session.failure_of(std::current_exception());
      if (!tries.allow_another(failure.kind())) return unavailable(failure);
    }
    pause_before_retry();
  }
}

}  // namespace postrider::persistence
