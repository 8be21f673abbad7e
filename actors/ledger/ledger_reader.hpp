#pragma once

#include "actors/protocol.hpp"

namespace postrider::actors {

/// Owns one reading connection; never in the way of a writer. It holds nothing: when it dies, those
/// who asked get no answer in time.
class ledger_reader_state {
 public:
  static inline constexpr const char* name = "ledger_reader";
  explicit ledger_reader_state(ledger_reader_actor::pointer) {}
  ledger_reader_actor::behavior_type make_behavior(const environment_ptr& environment);

 private:
  reply<database_counts> count(persistence::time_point now,
                               const std::vector<persistence::lane>& lanes);

  std::unique_ptr<persistence::ledger_queries> queries_;
};

ledger_reader_actor::behavior_type ledger_reader(
    ledger_reader_actor::stateful_pointer<ledger_reader_state> self,
    const environment_ptr& environment);

/// A query's answer that takes longer is given up.
inline constexpr milliseconds read_timeout{15'000};

}  // namespace postrider::actors
