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
    const auto& what = std::get<persistence::take_over>(transition);
    end_connections(owner, what);
    persistence::ledger_batch batch;
    batch.owner = owner;
    batch.now = environment_->wall_clock();
    batch.transitions.push_back(transition);
    batch.wait_for_locks = longest_lock_wait;
    auto applied = ledger_->apply(batch);
    if (applied) {
      failed_.erase(what.from);
      answer.value.push_back(std::move(applied->front()));
      continue;
    }
    answer.error = applied.error();
    note(what.from, *answer.error);
    // To take over twice is to take over once: what became of the lost commit does not matter.
    if (applied.error().code == ledger_errc::unknown_result)
      ledger_ = environment_->database->open_ledger();
  }
  return answer;
}

void takeover_desk_state::end_connections(persistence::node_id owner,
                                          const persistence::take_over& what) {
  const auto ended = ledger_->end_connections_of(owner, what);
  if (!ended) return note(what.from, ended.error());
  if (*ended > 0)
    log(log_level::warning, name,
        "node " + std::to_string(what.from) + " is silent and still had " + std::to_string(*ended) +
            " open connections to the database, with their locks: they were ended");
}

/// Once for each kind of failure, and not with every look.
void takeover_desk_state::note(persistence::node_id dead, const persistence::ledger_error& error) {
  const auto [known, is_new] = failed_.try_emplace(dead, error.code);
  if (!is_new && std::exchange(known->second, error.code) == error.code) return;
  log(log_level::warning, name,
      "node " + std::to_string(dead) +
          ", whose lease has ended, cannot be taken over yet: " + error.message);
}

takeover_desk_actor::behavior_type takeover_desk(
    takeover_desk_actor::stateful_pointer<takeover_desk_state> self, environment_ptr environment) {
  return self->state.make_behavior(std::move(environment));
}

}  // namespace postrider::actors
