#pragma once

#include "actors/api/delivery_info.hpp"
#include "persistence/failures.hpp"
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

/// Messages by status and outcome. A message counts for an outcome when one of its recipients has
/// it, so the sum of the outcomes may be another than that of the messages.
struct message_counts {
  std::array<std::int64_t, 5> by_status{};
  std::array<std::int64_t, all_outcomes.size()> by_outcome{};
  std::int64_t messages = 0;
  /// Messages that were looked at.
  std::int64_t seen = 0;
  /// The counts are about messages of this time or later.
  persistence::time_point since{};
  /// False: there were more than could be looked at; the newest were.
  bool complete = true;

  /// A page of no messages looks at so many, of a day, for so long.
  static constexpr std::int32_t window = 10'000;
  static constexpr std::chrono::hours span{24};
  static constexpr std::chrono::milliseconds time{80};
};

/// Deliveries that failed, by provider and error.
struct failure_report {
  struct group {
    persistence::failure_group counted;
    provider_label provider;
  };
  std::vector<group> groups;
  std::int64_t seen = 0;
  bool complete = true;
  persistence::time_point since{};
};

struct failure_request {
  /// In ascending order; empty: all.
  std::vector<persistence::user_id> users;
  /// Only what test keys posted.
  bool test = false;
};

}  // namespace postrider::actors
