#pragma once

#include <stdexcept>
#include <string>

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
  /// The database does not take writes now: read only, full, shutting down.
  unavailable,
};

/// The only exception that leaves a dialect. What ODB and the client libraries throw or return is
/// translated into it by the dialect that knows their codes.
class database_failure : public std::runtime_error {
 public:
  database_failure(failure_kind kind, int code, const std::string& message)
      : std::runtime_error(message), kind_(kind), code_(code) {}
  failure_kind kind() const { return kind_; }
  /// The database's own code, 0 when there is none.
  int code() const { return code_; }

 private:
  failure_kind kind_;
  int code_;
};

}  // namespace postrider::persistence
