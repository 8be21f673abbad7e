#include "actors/delivery/retry_scheduler.hpp"

#include "actors/rules/explanation.hpp"
#include "actors/rules/message_log.hpp"
#include "actors/rules/waiting.hpp"
#include "persistence/attempts.hpp"

namespace postrider::actors {
namespace {

using persistence::error_code;
using persistence::transaction_status;

constexpr milliseconds route_again_after{1'000};

}  // namespace

retry_scheduler_actor::behavior_type retry_scheduler_state::make_behavior(
    environment_ptr environment, scheduler_links links) {
  environment_ = std::move(environment);
  links_ = std::move(links);
  random_.seed(environment_->seed ^ 0x5eed5eedULL);
  return {
      [this](failed_delivery& failed) { on_failed(failed); },
      [this](room_atom, persistence::provider_id provider) { on_room(provider); },
      [this](const provider_health& health) { on_health(health); },
      [this](pump_atom, persistence::provider_id provider) { go_on(provider); },
      [this](poke_atom) { on_poke(); },
      [this](tick_atom) { on_tick(); },
      [this](route_atom, persistence::transaction_id id) { consider(id); },
      [this](drain_atom) { on_drain(); },
      [this](retire_atom, const caf::actor& archiver) { on_retire(archiver); },
      [this](inspect_atom) { return on_inspect(); },
  };
}

// ---- what a failure means -----------------------------------------------------------------------

void retry_scheduler_state::on_failed(failed_delivery& failed) {
  const auto id = failed.delivery.transaction.id;
  auto& result = failed.result;
  if (successor_) {
    self_->send(
        *successor_,
        finished_delivery{id, failed.delivery.transaction.provider, transaction_status::processing,
                          transaction_status::failed, std::move(result), failed.delivery.message});
    return;
  }
  ++failures_;
  // As the ledger will have it.
  auto& row = failed.delivery.transaction;
  persistence::end_attempt(row, result, row.updated_at, environment_->wall_clock());
  in_hand_.insert_or_assign(
      id, failure{std::move(failed.delivery), std::move(result), transaction_status::processing});
  consider(id);
}

void retry_scheduler_state::consider(persistence::transaction_id id) {
  const auto found = in_hand_.find(id);
  if (found == in_hand_.end()) return;
  const auto& row = found->second.delivery.transaction;
  route_query query{found->second.delivery.message, row.recipient_no, row.attempts};
  // Most failures only wait then: the probe of a half-open provider is not theirs to take.
  query.only_asks = true;
  self_->request(links_.selector, without_timer, std::move(query))
      .then([this, id](const route_reply& answer) { on_ranked(id, answer); },
            [this, id](caf::error&) {
              on_ranked(id, {persistence::ledger_error{}, {}});
            });
}

void retry_scheduler_state::on_ranked(persistence::transaction_id id, const route_reply& answer) {
  const auto found = in_hand_.find(id);
  if (found == in_hand_.end()) return;
  if (answer.error || answer.rankings.empty()) {
    // The user's list cannot be read now. The failure stays in hand.
    self_->delayed_send(self_, route_again_after, route_atom_v, id);
    return;
  }
  const auto& failed = found->second;
  failed_chain chain;
  chain.transaction = &failed.delivery.transaction;
  chain.error = failed.error();
  chain.provider_on_unknown = provider_policy(failed.delivery.transaction.provider);
  chain.candidates = answer.rankings.front();
  chain.now = environment_->wall_clock();
  chain.random = std::uniform_real_distribution<>(0.0, 1.0)(random_);
  chain.due = failed.expected == transaction_status::failed;
  chain.give_up_after = patience_for(failed.delivery);
  const auto decision = decide(chain, environment_->settings.messaging);
  if (const auto* end = std::get_if<give_up>(&decision)) return give_up_on(id, *end);
  if (const auto* later = std::get_if<try_later>(&decision)) return wait_for(id, later->delay);
  if (const auto* waits = std::get_if<wait_again>(&decision))
    return wait_in_lane(id, *waits, encode_decision(answer.rankings.front()));
  const auto& step = std::get<try_next>(decision);
  if (step.delay > milliseconds(0)) return wait_for(id, step.delay);
  retry(id, step, encode_decision(answer.rankings.front()));
}

persistence::on_unknown retry_scheduler_state::provider_policy(
    persistence::provider_id provider) const {
  const auto directory = links_.directory->get();
  const auto known = directory->usable.find(provider);
  return known == directory->usable.end() ? persistence::on_unknown::retry
                                          : known->second->settings.on_unknown;
}

milliseconds retry_scheduler_state::patience_for(const persistence::delivery& of) const {
  return of.message->test ? milliseconds(0) : environment_->settings.messaging.give_up_after;
}

void retry_scheduler_state::give_up_on(persistence::transaction_id id, const give_up& end) {
  auto node = in_hand_.extract(id);
  auto& failed = node.mapped();
  ++given_up_;
  if (failed.expected == transaction_status::failed) retry_left();
  failed.result.error = end.error;
  if (end.out_of_patience) {
    ++out_of_patience_;
    failed.result.error_message =
        patience_ended(environment_->settings.messaging.give_up_after, failed.result.error_message);
  }
  // As the ledger will have it.
  if (persistence::chain_may_have_arrived(failed.delivery.transaction))
    failed.result.error = error_code::outcome_unknown;
  note(log_level::warning, failed.delivery,
       "has failed for good: " + std::string(to_string(end.error)) +
           (failed.result.error_message.empty() ? "" : ": ") + failed.result.error_message);
  self_->send(links_.archiver,
              finished_delivery{id, failed.delivery.transaction.provider, failed.expected,
                                transaction_status::failed, std::move(failed.result),
                                failed.delivery.message});
}

void retry_scheduler_state::wait_for(persistence::transaction_id id, milliseconds delay) {
  ++waits_;
  // Out of hand before the answer comes: when its time has come by then, it may have been claimed
  // in the same batch, and that one is in hand.
  const auto number = ++last_storing_;
  auto node = in_hand_.extract(id);
  const auto& failed = storing_.emplace(number, std::move(node.mapped())).first->second;
  note(log_level::debug, failed.delivery,
       "is tried again in " + std::to_string(delay.count()) + " ms");
  write_request request;
  const auto due = environment_->wall_clock() + delay;
  if (failed.expected == transaction_status::failed)
    request.transitions.emplace_back(persistence::release{id, failed.expected, due});
  else request.transitions.emplace_back(persistence::fail_for_now{id, failed.result, due});
  self_->request(links_.writer, without_timer, std::move(request))
      .then(
          [this, number, delay](const reply<write_results>& written) {
            if (written.error) return;
            const auto stored = storing_.extract(number);
            if (!stored.empty()) recorded(stored.mapped());
            tick_in(delay);
          },
          [](caf::error&) {});
}

/// The same transaction goes back to pending; its sender's room is free when that is committed.
void retry_scheduler_state::wait_in_lane(persistence::transaction_id id, const wait_again& step,
                                         std::string decision) {
  ++waiting_again_;
  const auto number = ++last_storing_;
  auto node = in_hand_.extract(id);
  const auto& failed = storing_.emplace(number, std::move(node.mapped())).first->second;
  const auto wall = environment_->wall_clock();
  const auto delay = std::chrono::ceil<milliseconds>(step.due - wall);
  const auto round = std::chrono::ceil<milliseconds>(step.round_due - wall);
  if (logs(log_level::debug))
    note(log_level::debug, failed.delivery,
         delay.count() > 0 ? "waits for " + std::to_string(delay.count()) + " ms"
                           : "waits until a provider takes it");
  write_request request;
  request.transitions.emplace_back(
      persistence::wait_again{id, failed.expected, failed.result, step.next.provider,
                              step.next.address, step.next.fallback_on_undelivered,
                              std::move(decision), step.due, step.round, step.round_due});
  self_->request(links_.writer, without_timer, std::move(request))
      .then(
          [this, number, delay, round,
           provider = step.next.provider](const reply<write_results>& written) {
            if (written.error) return;
            const auto stored = storing_.extract(number);
            if (!stored.empty()) recorded(stored.mapped());
            if (delay.count() > 0) return tick_in(delay);
            // Then a provider that takes messages may have it.
            if (round.count() > 0) tick_in(round);
            links_.directory->get()->window(provider).set_backlog(true);
            feed(provider);
          },
          [](caf::error&) {});
}

persistence::transaction retry_scheduler_state::successor_of(const failure& failed,
                                                             const try_next& step) const {
  auto next = failed.delivery.transaction;
  next.id = 0;
  next.provider = step.next.provider;
  next.recipient = step.next.address;
  next.status = transaction_status::pending;
  next.retry_count += 1;
  next.retries_used += step.uses_retry ? 1 : 0;
  next.possible_duplicate = step.possible_duplicate;
  next.error = error_code::none;
  next.error_message.clear();
  next.provider_ref.clear();
  next.receipt = persistence::receipt::none;
  next.receipt_at.reset();
  next.fallback_on_undelivered = step.next.fallback_on_undelivered;
  next.due_at = environment_->wall_clock();
  return next;
}

void retry_scheduler_state::retry(persistence::transaction_id id, const try_next& step,
                                  std::string decision) {
  ++failovers_;
  const auto& failed = in_hand_.at(id);
  persistence::delivery next{successor_of(failed, step), failed.delivery.message};
  note(log_level::debug, next, "is tried again now");
  next.transaction.decision = std::move(decision);
  auto& window = links_.directory->get()->window(step.next.provider);
  // From the lane of a half-open provider one is claimed as its probe.
  const bool well = health_of(step.next.provider) == circuit_state::closed;
  const bool now = well && !step.next.circuit_open && window.take_unless_backlog();
  next.transaction.owner = now ? our_node : 0;
  // In a lane its place is that of its chain.
  if (!now) next.transaction.due_at = persistence::patience_begin(failed.delivery.transaction);
  write_request request;
  request.transitions.emplace_back(
      persistence::retry_with{id, failed.expected, failed.result, next.transaction});
  self_->request(links_.writer, without_timer, std::move(request))
      .then(
          [this, id, next](const reply<write_results>& written) { on_retried(id, next, written); },
          [](caf::error&) {});
}

void retry_scheduler_state::on_retried(persistence::transaction_id id, persistence::delivery next,
                                       const reply<write_results>& written) {
  if (written.error) return;
  const auto node = in_hand_.extract(id);
  if (!node.empty()) recorded(node.mapped());
  const auto provider = next.transaction.provider;
  auto& window = links_.directory->get()->window(provider);
  const auto& result = written.value.front();
  if (result.status != persistence::transition_status::applied) {
    if (result.status == persistence::transition_status::refused)
      note(
          log_level::error, next,
          "the retry of transaction " + std::to_string(id) + " cannot be stored: " + result.reason);
    if (next.transaction.owner != 0) window.give_back(1);
    return;
  }
  if (next.transaction.owner == 0) {
    window.set_backlog(true);
    return feed(provider);
  }
  // As it was stored: a receipt that came back has changed its counts and its patience.
  next.transaction = result.rows.front().transaction;
  self_->send(links_.senders->get()->at(provider), deliver_atom_v, delivery_list{std::move(next)});
}

/// The ledger has what became of it: the sender's room is free again.
void retry_scheduler_state::recorded(const failure& failed) {
  if (failed.expected == transaction_status::failed) return retry_left();
  const auto& row = failed.delivery.transaction;
  const auto senders = links_.senders->get();
  if (const auto sender = senders->find(row.provider); sender != senders->end())
    self_->send(sender->second, recorded_atom_v, std::vector<persistence::transaction_id>{row.id});
}

void retry_scheduler_state::on_retire(const caf::actor& archiver) {
  successor_ = caf::actor_cast<history_archiver_actor>(archiver);
  draining_ = true;
  const auto forward = [this](failure& failed) {
    const auto& row = failed.delivery.transaction;
    // A row that was claimed for its retry has no news; it comes back from the ledger.
    if (failed.expected != transaction_status::processing) return;
    self_->send(*successor_,
                finished_delivery{row.id, row.provider, failed.expected, transaction_status::failed,
                                  std::move(failed.result), failed.delivery.message});
  };
  for (auto& [id, failed] : in_hand_)
    forward(failed);
  for (auto& [number, failed] : storing_)
    forward(failed);
  in_hand_.clear();
  storing_.clear();
}

void retry_scheduler_state::note(log_level level, const persistence::delivery& of,
                                 std::string_view text) const {
  if (!logs(level)) return;
  const auto directory = links_.directory->get();
  const auto known = directory->all.find(of.transaction.provider);
  log(level, name, text,
      log_subject{of.message.get(), &of.transaction,
                  known == directory->all.end() ? std::string_view() : known->second.name});
}

/// The reason for which a lane waits whose first row is due.
waiting_reason retry_scheduler_state::reason_of_lane(persistence::lane lane) const {
  if (lane == persistence::retry_lane) return waiting_reason::retry;
  switch (state_of(*links_.directory->get(), persistence::provider_of(lane))) {
    case provider_state::down: return waiting_reason::provider_down;
    case provider_state::off: return waiting_reason::provider_off;
    case provider_state::working: break;
  }
  return waiting_reason::turn;
}

/// What waits free in the database, by lane, as the last look found it.
boost::json::array retry_scheduler_state::inspect_lanes() const {
  boost::json::array lanes;
  const auto now = environment_->wall_clock();
  const auto directory = links_.directory->get();
  for (const auto& state : last_lanes_) {
    const auto due = std::chrono::duration_cast<milliseconds>(now - state.oldest_due_at).count();
    boost::json::object lane{{"lane", state.lane}, {"oldest_due_ms_ago", due}};
    if (state.lane == persistence::retry_lane) {
      lane["state"] = "failed";
    } else {
      const auto known = directory->all.find(persistence::provider_of(state.lane));
      lane["state"] = "pending";
      lane["provider"] = known == directory->all.end() ? std::string() : known->second.name;
      lane["priority"] = to_string(persistence::priority_of(state.lane));
    }
    lane[due < 0 ? "next_due_ms" : "oldest_age_ms"] = std::abs(due);
    if (due >= 0) {
      const auto reason = reason_of_lane(state.lane);
      const auto patience = environment_->settings.messaging.give_up_after;
      lane["waits_for"] = to_string(reason);
      // After it the first attempt that is refused ends what waits since then.
      if (reason == waiting_reason::provider_down && patience.count() > 0)
        lane["patience_left_ms"] = std::max<std::int64_t>(0, patience.count() - due);
    }
    lanes.push_back(std::move(lane));
  }
  return lanes;
}

caf::result<inspection> retry_scheduler_state::on_inspect() const {
  return inspection{{{"in_hand", in_hand_.size() + storing_.size()},
                     {"retries_in_hand", retries_in_hand_},
                     {"failures", failures_},
                     {"failovers", failovers_},
                     {"waits", waits_},
                     {"given_up", given_up_},
                     {"claimed", claimed_},
                     {"retries_due", retries_due_},
                     {"rerouted", rerouted_},
                     {"away", inspect_walks()},
                     {"expired", expired_},
                     {"waiting_again", waiting_again_},
                     {"out_of_patience", out_of_patience_},
                     {"waiting_lanes", inspect_lanes()}}};
}

retry_scheduler_actor::behavior_type retry_scheduler(
    retry_scheduler_actor::stateful_pointer<retry_scheduler_state> self,
    environment_ptr environment, scheduler_links links) {
  return self->state.make_behavior(std::move(environment), std::move(links));
}

}  // namespace postrider::actors
