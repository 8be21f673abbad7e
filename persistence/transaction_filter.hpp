#pragma once

#include "persistence/model.hpp"

/// The filters of lists and retries, the same from the HTTP request to the SQL statement. An absent
/// or empty member lets every transaction through.
namespace postrider::persistence {

struct transaction_filter {
  std::optional<user_id> user;
  std::optional<error_code> error;
  /// From the first time on, and before the second.
  std::optional<time_point> created_after, created_before;
};

/// A list has more to filter by.
struct list_filter : transaction_filter {
  std::optional<transaction_status> status;
  std::string recipient;
  std::vector<provider_id> providers;
  std::optional<bool> archived;
};

}  // namespace postrider::persistence
