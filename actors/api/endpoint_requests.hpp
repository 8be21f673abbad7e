#pragma once

#include "persistence/endpoints.hpp"

#include <chrono>

/// Questions about endpoints of events, and their answers: plain values.
namespace postrider::actors {

struct new_endpoint {
  /// Its secret may be empty: then one is made.
  persistence::endpoint what;
  /// Nothing: it begins at the end of the feed.
  std::optional<persistence::event_cursor> after{};
};

struct endpoint_change {
  persistence::change_endpoint what;
  /// Another secret is made.
  bool rotate = false;
  /// The one that is there signs too for so long.
  std::chrono::seconds overlap{std::chrono::hours(24)};
};

/// The endpoint after a change, and its new secret if there is one.
struct changed_endpoint {
  persistence::endpoint endpoint;
  std::string secret{};
};

struct delivery_listing {
  /// The last ones, as the owner saved them.
  std::deque<persistence::recent_delivery> recent;
  /// Those that failed alone, newest first.
  std::vector<persistence::endpoint_delivery> deliveries;
};

/// The answer to an event that was sent for a test.
struct endpoint_test {
  bool delivered = false;
  std::string error{};
  std::chrono::milliseconds took{0};
};

}  // namespace postrider::actors
