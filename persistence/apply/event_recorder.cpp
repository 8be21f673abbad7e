#include "persistence/apply/event_recorder.hpp"

#include "base/mutant.hpp"

namespace postrider::persistence {

event_recorder::event_recorder(event_clock& clock, const target& where, node_id node,
                               time_point now)
    : clock_(clock), where_(where), node_(node), now_(now), order_(clock.next(now)) {}

void event_recorder::observe(time_point updated_at) {
  if (updated_at < order_ || mutant(mutation::order_of_others_ignored)) return;
  order_ = updated_at + std::chrono::microseconds(1);
  clock_.observe(order_);
}

void event_recorder::add(const event& e) {
  if (!where_.stores) return;
  append_event(lines_, e);
  if (lines_.size() >= max_event_row_bytes) end_part();
}

void event_recorder::end_part() {
  if (lines_.empty()) return;
  parts_.push_back({order_, std::move(lines_)});
  lines_.clear();
}

void event_recorder::write(sql_session& session) {
  end_part();
  if (parts_.empty()) return;
  sql_values values;
  std::int64_t position = where_.batch * event_rows_per_batch;
  for (const auto& p : parts_)
    values.add(where_.session).add(position++).add(node_).add(p.order).add(now_).add(p.lines);
  session.insert_rows(
      "INSERT INTO event_log (session, position, node, ordered_at, created_at, events)", 6, values);
}

}  // namespace postrider::persistence
