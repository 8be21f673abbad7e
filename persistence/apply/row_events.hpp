#pragma once

#include "persistence/apply/event_recorder.hpp"

namespace postrider::persistence {

/// A transaction's row before a batch changed it, as far as events depend on it.
struct row_before {
  enum class place : std::uint8_t { nowhere, live, history };
  place where = place::nowhere;
  transaction_status status = transaction_status::pending;
  transaction_id superseded_by = 0;
  persistence::receipt receipt = persistence::receipt::none;
  std::int32_t attempts = 0;
  std::string recipient;
};

row_before remember(const transaction& row, row_before::place where);

/// Adds the events that a change of the row means, in their order. The only place that says which
/// change is which event.
///
/// | change | event |
/// |---|---|
/// | the first row of a recipient | message.accepted |
/// | an attempt more, not accepted | attempt.failed |
/// | it is a success now | message.sent |
/// | a later receipt | message.delivered, message.undelivered, message.read |
/// | it ended as failed, and nothing follows | message.cancelled, message.expired, message.failed |
void add_row_events(event_recorder& to, const row_before& before, const transaction& after,
                    row_before::place where);

}  // namespace postrider::persistence
