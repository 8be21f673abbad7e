#pragma once

#include "persistence/sql/sql_session.hpp"

#include <mutex>

namespace postrider::persistence {

/// The counters that there are; migrate() makes their rows.
inline constexpr std::string_view counters[] = {
    "transaction", "node",  "session", "provider", "provider_change",
    "user_list",   "probe", "api_key", "endpoint"};

/// Makes others that use this counter wait until the transaction ends.
void lock_counter(sql_session& session, std::string_view name);
/// The first of `count` numbers that nobody else gets; in the transaction that is open.
std::int64_t take_from_counter(sql_session& session, std::string_view name, std::int64_t count);

/// Transaction ids for all writers of this process, from blocks that are reserved in the database
/// before any of their ids is used. What is left of a block at the end of the process is lost.
class transaction_ids {
 public:
  static constexpr std::int64_t block_size = 1000;
  /// The rest of a block is not used after this: so ids are in the order of creation, but for
  /// this.
  static constexpr std::chrono::minutes block_life{10};
  /// Outside of a transaction: a reservation is one of its own. Thread-safe.
  std::vector<transaction_id> take(sql_session& session, std::size_t count, time_point now);

 private:
  std::mutex mutex_;
  transaction_id next_ = 0, end_ = 0;
  time_point reserved_{};
};

}  // namespace postrider::persistence
