#include "actors/node/retention_keeper.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

constexpr milliseconds prune_timeout{60'000};

/// Events have the providers' answers, which go with the bodies.
milliseconds keep_events(const history_settings& settings) {
  if (settings.keep_bodies == milliseconds(0)) return settings.keep;
  if (settings.keep == milliseconds(0)) return settings.keep_bodies;
  return std::min(settings.keep, settings.keep_bodies);
}

}  // namespace

retention_keeper_actor::behavior_type retention_keeper_state::make_behavior(
    environment_ptr environment, ledger_writer_actor writer) {
  environment_ = std::move(environment);
  writer_ = std::move(writer);
  tick_in(first_look);
  return {
      [this](tick_atom) { on_tick(); },
      [this](inspect_atom) { return on_inspect(); },
  };
}

milliseconds retention_keeper_state::keep() const {
  const auto& settings = environment_->settings.history;
  switch (kind_) {
    case kind::bodies: return settings.keep_bodies;
    case kind::history:
    case kind::audit: return settings.keep;
    case kind::events: return keep_events(settings);
    case kind::idempotency: break;
  }
  return milliseconds(0);
}

persistence::time_point retention_keeper_state::completed_before() const {
  // Also without an age there are only so many entries.
  if (kind_ == kind::audit && keep() == milliseconds(0)) return {};
  return environment_->wall_clock() - keep();
}

bool retention_keeper_state::has_work() const {
  if (kind_ == kind::idempotency || kind_ == kind::audit) return rounds_ % rounds_for_keys == 0;
  return keep() > milliseconds(0);
}

void retention_keeper_state::on_tick() {
  if (!has_work()) return next_kind();
  // An orderly stop has better things to write.
  if (environment_->flags->draining) return tick_in(environment_->polls.retention);
  write_request request;
  request.keep_trying = false;
  request.transitions.emplace_back(persistence::prune{kind_, completed_before(), step_rows});
  const auto begun = self_->clock().now();
  self_->request(writer_, prune_timeout, std::move(request))
      .then([this, begun](const reply<write_results>& written) { on_stepped(begun, written); },
            [this](caf::error&) { tick_in(environment_->polls.retention); });
}

void retention_keeper_state::on_stepped(steady_point begun, const reply<write_results>& written) {
  if (written.error) return tick_in(environment_->polls.retention);
  const auto& result = written.value.front();
  ++steps_;
  deleted_[static_cast<std::size_t>(kind_)] += result.count;
  more_left_ |= result.more;
  // One kind that never ends must not keep the others from their turn.
  if (!result.more || ++steps_of_kind_ == steps_at_once) return next_kind();
  const auto took = std::chrono::duration_cast<milliseconds>(self_->clock().now() - begun);
  tick_in(std::clamp(4 * took, shortest_pause, longest_pause));
}

/// Bodies, history, events, audit, keys, then a rest.
void retention_keeper_state::next_kind() {
  const bool round_ends = kind_ == kind::idempotency;
  steps_of_kind_ = 0;
  rounds_ += round_ends;
  kind_ = kind_ == kind::bodies    ? kind::history
          : kind_ == kind::history ? kind::events
          : kind_ == kind::events  ? kind::audit
          : kind_ == kind::audit   ? kind::idempotency
                                   : kind::bodies;
  const bool rests = round_ends && !more_left_;
  if (round_ends) more_left_ = false;
  tick_in(rests ? environment_->polls.retention : shortest_pause);
}

void retention_keeper_state::tick_in(milliseconds delay) {
  self_->delayed_send(self_, delay, tick_atom_v);
}

caf::result<inspection> retention_keeper_state::on_inspect() const {
  return inspection{{{"steps", steps_},
                     {"bodies_emptied", deleted(kind::bodies)},
                     {"rows_deleted", deleted(kind::history)},
                     {"event_rows_deleted", deleted(kind::events)},
                     {"audit_rows_deleted", deleted(kind::audit)},
                     {"keys_deleted", deleted(kind::idempotency)}}};
}

retention_keeper_actor::behavior_type retention_keeper(
    retention_keeper_actor::stateful_pointer<retention_keeper_state> self,
    environment_ptr environment, ledger_writer_actor writer) {
  return self->state.make_behavior(std::move(environment), std::move(writer));
}

}  // namespace postrider::actors
