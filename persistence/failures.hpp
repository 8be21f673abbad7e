#pragma once

#include "persistence/model.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// Deliveries that ended without arriving, in groups.
namespace postrider::persistence {

/// All that is given must hold; an empty list lets every delivery through.
struct failure_query {
  /// In ascending order.
  std::vector<user_id> users{};
  std::vector<provider_id> providers{};
  /// Deliveries that were made then or later.
  time_point since{};
  /// Deliveries that are looked at, at least 9: of each error the newest.
  std::int32_t rows = 10'000;
};

struct failure_group {
  provider_id provider = 0;
  error_code error = error_code::none;
  std::int64_t count = 0;
  /// When the first and the last of them ended.
  time_point first_at{}, last_at{};
  /// The last of them, its message and what was said of it.
  transaction_id last = 0;
  message_id message{};
  std::string last_error;
  /// There may be more, which were not looked at.
  bool at_least = false;
};

struct failure_groups {
  /// The largest first.
  std::vector<failure_group> groups;
  /// Deliveries that were looked at.
  std::int64_t seen = 0;
  /// False: there were more than `rows`.
  bool complete = true;
};

}  // namespace postrider::persistence
