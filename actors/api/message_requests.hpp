#pragma once

#include "actors/api/delivery_info.hpp"
#include "persistence/message_search.hpp"

namespace postrider::actors {

/// A page of a list of messages. The gateway brings `filter.recipient` into its stored form.
struct message_query {
  persistence::message_filter filter;
  std::optional<delivery_status> status;
  /// A message fits when one of its recipients does.
  std::optional<delivery_outcome> outcome;
  std::int32_t limit = 50;
  /// `next_before` of the page before; nothing for the first one.
  std::optional<persistence::message_id> before;
};
struct message_listing {
  /// Newest first, without text and HTML.
  std::vector<message_info> messages;
  /// Nothing: there is no more. A page with a filter may be short, or empty, and have a next one.
  std::optional<persistence::message_id> next_before;
  /// The place of this read (read_turns.hpp); its last holder lets the next read begin.
  std::shared_ptr<void> turn;
};

}  // namespace postrider::actors
