#include "actors/delivery/retry_scheduler.hpp"

#include "actors/delivery/delivery_log.hpp"
#include "actors/delivery/lane_report.hpp"
#include "actors/ledger/ledger_reader.hpp"
#include "actors/rules/explanation.hpp"
#include "persistence/attempts.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

using persistence::error_code;
using persistence::transaction_status;

constexpr milliseconds route_again_after{1'000};
/// Looks closer than this are one.
constexpr milliseconds shortest_look{10};
/// Rows of one claim.
constexpr std::int32_t claim_limit = 500;
/// Due retries whose next step is not committed yet.
constexpr std::int32_t max_retries_in_hand = 1'000;
/// The next look after retries were claimed.
constexpr milliseconds more_retries_after{200};
/// The next look after the database did not answer.
constexpr milliseconds look_again_after_error{1'000};

}  // namespace

retry_scheduler_actor::behavior_type retry_scheduler_state::make_behavior(
    environment_ptr environment, scheduler_links links) {
  environment_ = std::move(environment);
  links_ = std::move(links);
  failures_.set_senders(links_.senders);
  random_.seed(environment_->seed ^ 0x5eed5eedULL);
  return {
      [this](ended_attempt& failed) { on_failed(failed); },
      [this](wake_atom) { look_in(milliseconds(0)); },
      [this](tick_atom) { on_tick(); },
      [this](route_atom, std::uint64_t number) { consider(number); },
      [this](drain_atom) { on_drain(); },
      [this](retire_atom, const caf::actor& archiver) { on_retire(archiver); },
      [this](inspect_atom) { return on_inspect(); },
  };
}

// ---- what a failure means -----------------------------------------------------------------------

void retry_scheduler_state::on_failed(ended_attempt& failed) {
  if (!failures_.retired()) {
    ++failed_;
    // As the ledger will have it.
    auto& row = failed.delivery.transaction;
    persistence::end_attempt(row, failed.result, row.updated_at, environment_->wall_clock());
  }
  if (const auto number = failures_.add(std::move(failed))) consider(*number);
}

void retry_scheduler_state::consider(std::uint64_t number) {
  const auto* failed = failures_.find(number);
  if (!failed) return;
  const auto& row = failed->delivery.transaction;
  route_query query{failed->delivery.message, row.recipient_no, row.attempts};
  // Most failures only wait then: the probe of a half-open provider is not theirs to take.
  query.only_asks = true;
  self_->request(links_.selector, without_timer, std::move(query))
      .then([this, number](const route_reply& answer) { on_ranked(number, answer); },
            [this, number](caf::error&) {
              on_ranked(number, {persistence::ledger_error{}, {}});
            });
}

void retry_scheduler_state::on_ranked(std::uint64_t number, const route_reply& answer) {
  const auto* failed = failures_.find(number);
  if (!failed) return;
  if (answer.error || answer.rankings.empty()) {
    // The user's list cannot be read now. The failure stays in hand.
    self_->delayed_send(self_, route_again_after, route_atom_v, number);
    return;
  }
  const auto& settings = environment_->settings.messaging;
  failed_chain chain;
  chain.transaction = &failed->delivery.transaction;
  chain.error = failed->result.error;
  chain.provider_on_unknown = provider_policy(failed->delivery.transaction.provider);
  chain.candidates = answer.rankings.front();
  chain.now = environment_->wall_clock();
  chain.random = std::uniform_real_distribution<>(0.0, 1.0)(random_);
  chain.due = failed->expected == transaction_status::failed;
  chain.give_up_after = patience_for(*failed->delivery.message, settings);
  const auto decision = decide(chain, settings);
  if (const auto* end = std::get_if<give_up>(&decision)) return give_up_on(number, *end);
  if (const auto* later = std::get_if<try_later>(&decision)) return wait_for(number, later->delay);
  if (const auto* waits = std::get_if<wait_again>(&decision))
    return wait_in_lane(number, *waits, encode_decision(answer.rankings.front()));
  const auto& step = std::get<try_next>(decision);
  if (step.delay > milliseconds(0)) return wait_for(number, step.delay);
  retry(number, step, encode_decision(answer.rankings.front()));
}

persistence::on_unknown retry_scheduler_state::provider_policy(
    persistence::provider_id provider) const {
  const auto directory = links_.directory->get();
  const auto known = directory->usable.find(provider);
  return known == directory->usable.end() ? persistence::on_unknown::retry
                                          : known->second->settings.on_unknown;
}

circuit_state retry_scheduler_state::takes(persistence::provider_id provider) const {
  const auto directory = links_.directory->get();
  const auto known = directory->usable.find(provider);
  return known == directory->usable.end() ? circuit_state::open
                                          : known->second->window->condition().takes;
}

void retry_scheduler_state::give_up_on(std::uint64_t number, const give_up& end) {
  auto failed = failures_.take(number);
  ++given_up_;
  retry_left(failed);
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
  self_->send(links_.archiver, std::move(failed));
}

void retry_scheduler_state::wait_for(std::uint64_t number, milliseconds delay) {
  ++waits_;
  const auto& failed = *failures_.find(number);
  const auto id = failed.delivery.transaction.id;
  if (logs(log_level::debug))
    note(log_level::debug, failed.delivery,
         "is tried again in " + std::to_string(delay.count()) + " ms");
  write_request request;
  const auto due = environment_->wall_clock() + delay;
  if (failed.expected == transaction_status::failed)
    request.transitions.emplace_back(persistence::release{id, failed.expected, due});
  else request.transitions.emplace_back(persistence::fail_for_now{id, failed.result, due});
  self_->request(links_.writer, without_timer, std::move(request))
      .then(
          [this, number, due](const reply<write_results>& written) {
            if (written.error) return;
            recorded(number);
            look_in(time_to(due));
          },
          [](caf::error&) {});
}

/// The same transaction goes back to pending.
void retry_scheduler_state::wait_in_lane(std::uint64_t number, const wait_again& step,
                                         std::string decision) {
  ++waiting_again_;
  const auto& failed = *failures_.find(number);
  if (logs(log_level::debug)) {
    const auto delay = time_to(step.due);
    note(log_level::debug, failed.delivery,
         delay.count() > 0 ? "waits for " + std::to_string(delay.count()) + " ms"
                           : "waits until a provider takes it");
  }
  write_request request;
  request.transitions.emplace_back(persistence::wait_again{
      failed.delivery.transaction.id, failed.expected, failed.result, step.next.provider,
      step.next.address, step.next.fallback_on_undelivered, std::move(decision), step.due,
      step.round, step.round_due});
  self_->request(links_.writer, without_timer, std::move(request))
      .then(
          [this, number, due = step.due, round_due = step.round_due,
           provider = step.next.provider](const reply<write_results>& written) {
            if (written.error) return;
            recorded(number);
            if (const auto left = time_to(due); left.count() > 0) return wake_in(left);
            // Then a provider that takes messages may have it.
            if (const auto left = time_to(round_due); left.count() > 0) wake_in(left);
            self_->send(links_.dispatcher, wake_atom_v, provider);
          },
          [](caf::error&) {});
}

persistence::transaction retry_scheduler_state::successor_of(const ended_attempt& failed,
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

void retry_scheduler_state::retry(std::uint64_t number, const try_next& step,
                                  std::string decision) {
  ++failovers_;
  const auto& failed = *failures_.find(number);
  persistence::delivery next{successor_of(failed, step), failed.delivery.message};
  if (logs(log_level::debug)) note(log_level::debug, next, "is tried again now");
  next.transaction.decision = std::move(decision);
  // From the lane of a half-open provider one row is claimed as its probe.
  const bool well = takes(step.next.provider) == circuit_state::closed;
  const bool now = well && !step.next.circuit_open &&
                   links_.directory->get()->window(step.next.provider).take_unless_backlog();
  next.transaction.owner = now ? our_node : 0;
  // In a lane its place is that of its chain.
  if (!now) next.transaction.due_at = persistence::patience_begin(failed.delivery.transaction);
  write_request request;
  request.transitions.emplace_back(persistence::retry_with{
      failed.delivery.transaction.id, failed.expected, failed.result, next.transaction});
  self_->request(links_.writer, without_timer, std::move(request))
      .then([this, number,
             next](const reply<write_results>& written) { on_retried(number, next, written); },
            [](caf::error&) {});
}

void retry_scheduler_state::on_retried(std::uint64_t number, persistence::delivery next,
                                       const reply<write_results>& written) {
  const auto* failed = failures_.find(number);
  if (written.error || !failed) return;
  const auto id = failed->delivery.transaction.id;
  recorded(number);
  const auto provider = next.transaction.provider;
  const auto& result = written.value.front();
  if (result.status == persistence::transition_status::applied && next.transaction.owner != 0) {
    // As it was stored: a receipt that came back has changed its counts and its patience.
    next.transaction = result.rows.front().transaction;
    self_->send(links_.senders->get()->at(provider), deliver_atom_v,
                delivery_list{std::move(next)});
    return;
  }
  if (result.status == persistence::transition_status::refused)
    note(log_level::error, next,
         "the retry of transaction " + std::to_string(id) + " cannot be stored: " + result.reason);
  const bool stored = result.status == persistence::transition_status::applied;
  const bool wakes =
      next.transaction.owner != 0 && links_.directory->get()->window(provider).give_back(1);
  if (stored || wakes) self_->send(links_.dispatcher, wake_atom_v, provider);
}

/// The ledger has the failure's next step.
void retry_scheduler_state::recorded(std::uint64_t number) {
  for (const auto& failed : failures_.recorded({number}))
    retry_left(failed);
}

void retry_scheduler_state::on_retire(const caf::actor& archiver) {
  draining_ = true;
  failures_.retire(caf::actor_cast<history_archiver_actor>(archiver));
}

/// Asked when the row is in the ledger: a database that was locked may have kept it for minutes.
milliseconds retry_scheduler_state::time_to(persistence::time_point due) const {
  return std::chrono::ceil<milliseconds>(due - environment_->wall_clock());
}

/// The dispatcher looks into its lanes once in `polls.lanes`. It is woken for what is due before.
void retry_scheduler_state::wake_in(milliseconds delay) {
  if (delay < environment_->polls.lanes) self_->delayed_send(links_.dispatcher, delay, wake_atom_v);
}

// ---- due retries --------------------------------------------------------------------------------

void retry_scheduler_state::look_in(milliseconds delay) {
  const auto now = self_->clock().now();
  const auto at = now + std::clamp(delay, shortest_look, environment_->polls.lanes);
  if (look_.set(at)) self_->delayed_send(self_, at - now, tick_atom_v);
}

void retry_scheduler_state::on_tick() {
  if (!look_.rings(self_->clock().now()) || draining_) return;
  look_in(environment_->polls.lanes);
  self_
      ->request(links_.reader, read_timeout, lanes_atom_v,
                std::vector<persistence::lane>{persistence::retry_lane})
      .then([this](const reply<std::vector<persistence::lane_state>>& answer) { on_lane(answer); },
            [this](caf::error&) { look_in(look_again_after_error); });
}

void retry_scheduler_state::on_lane(const reply<std::vector<persistence::lane_state>>& lane) {
  if (draining_) return;
  if (lane.error) return look_in(look_again_after_error);
  last_lane_ = lane.value;
  if (last_lane_.empty()) return;
  const auto left = last_lane_.front().oldest_due_at - environment_->wall_clock();
  if (left.count() > 0) return look_in(std::chrono::ceil<milliseconds>(left));
  retries_wait_ = true;
  claim_retries();
}

/// As long as some wait and half of the hand is free. What is stored during a claim is found by the
/// look that its own wake begins.
void retry_scheduler_state::claim_retries() {
  if (!retries_wait_ || claiming_ || draining_ || retries_in_hand_ > max_retries_in_hand / 2)
    return;
  retries_wait_ = false;
  claiming_ = true;
  const auto limit = std::min(claim_limit, max_retries_in_hand - retries_in_hand_);
  write_request request;
  request.keep_trying = false;
  request.transitions.emplace_back(persistence::claim{persistence::retry_lane, limit});
  self_->request(links_.writer, without_timer, std::move(request))
      .then([this, limit](const reply<write_results>& claimed) { on_retries(claimed, limit); },
            [this, limit](caf::error&) {
              on_retries({persistence::ledger_error{}, {}}, limit);
            });
}

void retry_scheduler_state::on_retries(const reply<write_results>& claimed, std::int32_t limit) {
  claiming_ = false;
  if (failures_.retired()) return;
  if (claimed.error) return look_in(look_again_after_error);
  const auto& rows = claimed.value.front().rows;
  for (const auto& row : rows) {
    const auto& transaction = row.transaction;
    ++retries_in_hand_;
    ++retries_due_;
    const auto number =
        failures_.add({row,
                       {transaction.error, transaction.error_message, transaction.provider_ref},
                       transaction_status::failed});
    consider(*number);
  }
  retries_wait_ |= static_cast<std::int32_t>(rows.size()) == limit;
  // Rows that are due later were behind these.
  if (!retries_wait_) look_in(rows.empty() ? look_again_after_error : more_retries_after);
  claim_retries();
}

/// A failure that was claimed for its retry leaves the hand.
void retry_scheduler_state::retry_left(const ended_attempt& failed) {
  if (failed.expected != transaction_status::failed) return;
  --retries_in_hand_;
  claim_retries();
}

// ---- for people ---------------------------------------------------------------------------------

void retry_scheduler_state::note(log_level level, const persistence::delivery& of,
                                 std::string_view text) const {
  if (logs(level)) log_delivery(level, name, *links_.directory->get(), of, text);
}

caf::result<inspection> retry_scheduler_state::on_inspect() const {
  return inspection{
      {{"in_hand", failures_.size()},
       {"retries_in_hand", retries_in_hand_},
       {"failures", failed_},
       {"failovers", failovers_},
       {"waits", waits_},
       {"given_up", given_up_},
       {"retries_due", retries_due_},
       {"waiting_again", waiting_again_},
       {"out_of_patience", out_of_patience_},
       {"waiting_lanes", lane_report(last_lane_, *environment_, *links_.directory->get())}}};
}

retry_scheduler_actor::behavior_type retry_scheduler(
    retry_scheduler_actor::stateful_pointer<retry_scheduler_state> self,
    environment_ptr environment, scheduler_links links) {
  return self->state.make_behavior(std::move(environment), std::move(links));
}

}  // namespace postrider::actors
