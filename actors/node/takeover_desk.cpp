#include "actors/node/takeover_desk.hpp"

#include "base/log.hpp"

namespace postrider::actors {
namespace {

using persistence::ledger_errc;

/// A lock that is still held after that has another owner than the dead node; the next look tries
/// again.
constexpr milliseconds longest_lock_wait{1'000};

}  // namespace

takeover_desk_actor::behavior_type takeover_desk_state::make_behavior(environment_ptr environment) {
  environment_ = std::move(environment);
  ledger_ = environment_->database->open_ledger();
  return {[this](persistence::node_id owner, const write_request& request) {
    return take_over(owner, request);
  }};
}

/// A node each, so that one that cannot be taken over keeps none of the others.
reply<write_results> takeover_desk_state::take_over(persistence::node_id owner,
                                                    const write_request& request) {
  reply<write_results> answer;
  for (const auto& transition : request.transitions) {
    end_connections(std::get<persistence::take_over>(transition).from);
    persistence::ledger_batch batch;
    batch.owner = owner;
    batch.now = environment_->wall_clock();
    batch.transitions.push_back(transition);
    batch.wait_for_locks = longest_lock_wait;
    auto applied = ledger_->apply(batch);
    if (applied) {
      answer.value.push_back(std::move(applied->front()));
      continue;
    }
    answer.error = applied.error();
    // To take over twice is to take over once: what became of the lost commit does not matter.
    if (applied.error().code == ledger_errc::unknown_result)
      ledger_ = environment_->database->open_ledger();
  }
  return answer;
}

void takeover_desk_state::end_connections(persistence::node_id dead) {
  const auto ended = ledger_->end_connections_of(dead);
  if (ended && *ended > 0)
    log(log_level::warning, name,
        "node " + std::to_string(dead) + " is silent and still had " + std::to_string(*ended) +
            " open connections to the database, with their locks: they were ended");
}

takeover_desk_actor::behavior_type takeover_desk(
    takeover_desk_actor::stateful_pointer<takeover_desk_state> self, environment_ptr environment) {
  return self->state.make_behavior(std::move(environment));
}

}  // namespace postrider::actors
