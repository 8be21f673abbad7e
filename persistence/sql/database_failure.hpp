#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace postrider::persistence {

/// The treatment of a failure of the database.
enum class failure_kind {
  /// Roll back and run the whole transaction again: a deadlock.
  transient,
  /// A lock that somebody else holds was waited for in vain. Worth another try while there is time.
  locked,
  /// The values of one transition are to blame; without it the others would pass.
  data,
  /// This connection is of no use any more; during COMMIT the result is unknown.
  connection,
  /// The database does not take writes now: read only, shutting down.
  unavailable,
  /// The disk, a quota or a limit of the database is full.
  full,
  /// The disk or the file fails: I/O errors, damaged pages, a file that was moved. What this
  /// connection has in memory can no longer be trusted.
  storage,
};

/// The only exception that leaves a dialect. What ODB and the client libraries throw or return is
/// translated into it by the dialect that knows their codes.
class database_failure : public std::runtime_error {
 public:
  /// `advice` says what an operator can do about it.
  database_failure(failure_kind kind, int code, const std::string& message, std::string advice = {})
      : std::runtime_error(message), kind_(kind), code_(code), advice_(std::move(advice)) {}
  failure_kind kind() const { return kind_; }
  /// The database's own code, 0 when there is none.
  int code() const { return code_; }
  const std::string& advice() const { return advice_; }

 private:
  failure_kind kind_;
  int code_;
  std::string advice_;
};

}  // namespace postrider::persistence
