#pragma once

#include "actors/api/gateway.hpp"

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>

namespace postrider::actors {

/// Whether the ledger's writers get their changes into the database. Writers report, everybody may
/// ask. Thread-safe.
class database_health {
 public:
  using writer_id = std::uint64_t;
  using time_point = std::chrono::steady_clock::time_point;

  struct ended_trouble {
    std::chrono::milliseconds lasted{0};
    /// Reports of trouble in that time: writes that failed.
    std::uint64_t failures = 0;
  };

  /// A trouble of one writer begins or goes on. True when no other writer has the same: worth a
  /// line in the log.
  bool report_trouble(writer_id writer, database_state trouble, time_point now);
  /// The writer's changes are committed. An answer when this ends the last trouble.
  std::optional<ended_trouble> report_usable(writer_id writer, time_point now);
  /// The writer has ended.
  void forget(writer_id writer);

  /// The database is known to be away: a read would wait in vain. Trouble that only writers have,
  /// such as a lock or a full disk, does not count.
  bool reads_away() const;

  /// Usable as long as one writer can commit.
  database_state state() const;
  bool usable(writer_id writer) const;
  /// Writers in trouble, and all of them.
  std::pair<std::size_t, std::size_t> troubled() const;

 private:
  std::size_t count_troubled() const;

  mutable std::mutex mutex_;
  std::map<writer_id, database_state> writers_;
  /// Since there is any trouble.
  std::optional<time_point> since_;
  std::uint64_t failures_ = 0;
};

}  // namespace postrider::actors
