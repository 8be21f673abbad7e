#pragma once

#include "persistence/events.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Questions of readers to the feed of events, and its answers: plain values.
namespace postrider::actors {

/// The events that a reader wants and may see.
struct event_filter {
  /// A bit for each event_type; 0: all of them.
  std::uint32_t types = 0;
  /// Sorted; empty: of all users, and of providers.
  std::vector<persistence::user_id> users{};
  /// Only of messages of test keys.
  bool test_only = false;
  /// Only of this time and later.
  std::optional<persistence::time_point> since{};

  bool operator==(const event_filter&) const = default;
};

struct event_request {
  /// Nothing: from the end of the feed on.
  std::optional<persistence::event_cursor> after = persistence::event_cursor{};
  event_filter filter{};
  std::int32_t limit = 100;
  /// With nothing to tell, the answer waits so long for an event.
  std::chrono::milliseconds wait{0};
  /// It waits for an endpoint of this server: it does not count among the readers.
  bool of_endpoint = false;
};

struct event_info {
  /// Never null; readers share it.
  std::shared_ptr<const persistence::found_event> found;
  /// The provider's name; empty: none.
  std::string provider;
};

struct event_listing {
  std::vector<event_info> events;
  /// `after` of the next request.
  persistence::event_cursor next;
  /// More can be read at once.
  bool more = false;
};

}  // namespace postrider::actors
