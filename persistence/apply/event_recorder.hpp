#pragma once

#include "persistence/events.hpp"
#include "persistence/sql/event_clock.hpp"
#include "persistence/sql/sql_session.hpp"

namespace postrider::persistence {

/// The events of one batch, and its order. A working_set reports the rows that it read and changed;
/// `write` stores the events in the batch's transaction, a row for each part of the batch.
class event_recorder {
 public:
  /// Where the rows go.
  struct target {
    /// The session's number and the batch's number there.
    std::int64_t session = 0, batch = 0;
    /// False: no events are stored, and the order is kept all the same.
    bool stores = true;
  };

  event_recorder(event_clock& clock, const target& where, node_id node, time_point now);

  /// A row was read that was changed at `updated_at`: the batch is ordered after that.
  void observe(time_point updated_at);
  /// `updated_at` of the rows that are changed now.
  time_point order() const { return order_; }

  bool stores() const { return where_.stores; }
  void add(const event& e);
  /// Ends a part: its events are ordered at `order()`, those after it perhaps later.
  void end_part();

  /// Stores all that was added.
  void write(sql_session& session);

 private:
  struct part {
    time_point order;
    std::string lines;
  };

  event_clock& clock_;
  target where_;
  node_id node_;
  time_point now_, order_;
  std::string lines_;
  std::vector<part> parts_;
};

}  // namespace postrider::persistence
