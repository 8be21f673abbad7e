#include "actors/delivery/sender.hpp"

#include "actors/providers/transfer/transport_outcome.hpp"
#include "actors/rules/attempt_answer.hpp"
#include "actors/rules/message_log.hpp"
#include "actors/rules/retry_policy.hpp"
#include "base/mutant.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <algorithm>

namespace postrider::actors {
namespace {

using persistence::transaction_status;

/// While the lease is not renewed.
constexpr milliseconds lease_check{1'000};

std::string sentence_of(const outcome& result) {
  std::string text(to_string(result.kind));
  return result.detail.empty() ? text : text + ": " + result.detail;
}

bool has_expired(const persistence::transaction& row, persistence::time_point wall) {
  return row.expires_at && *row.expires_at <= wall && !mutant(mutation::expired_but_sent);
}

}  // namespace

sender_actor::behavior_type sender_state::make_behavior(environment_ptr environment,
                                                        sender_links links) {
  environment_ = std::move(environment);
  links_ = std::move(links);
  born_at_ = now();
  circuit_.emplace(settings().circuit);
  slow_start_.emplace(settings().max_in_flight);
  shares_.emplace(settings().max_in_flight);
  rate_.emplace(settings().rate, now());
  return {
      [this](deliver_atom, delivery_list& deliveries) { on_deliver(deliveries); },
      [this](transferred_atom, persistence::transaction_id id, const transfer_result& result) {
        on_transferred(id, result);
      },
      [this](recorded_atom, const std::vector<persistence::transaction_id>& ids) {
        on_recorded(ids);
      },
      [this](configure_atom, const provider_ptr& next) { on_configured(next); },
      [this](pump_atom) { on_pump(); },
      [this](tick_atom) { on_tick(); },
      [this](solved_atom, const std::string& token) {
        if (challenge_ && challenge_->token == token) challenge_.reset();
      },
      [this](retire_atom, const caf::actor& archiver) { on_retire(archiver); },
      [this](drain_atom) { return on_drain(); },
      [this](list_atom) { return on_list(); },
      [this](inspect_atom) { return on_inspect(); },
  };
}

void sender_state::on_deliver(delivery_list& deliveries) {
  room_asked_ = false;
  if (retired_) return;
  for (auto& delivery : deliveries)
    queue_.push(std::move(delivery));
  schedule_pump();
}

/// Starting is put off to the end of the mailbox, so that one commit begins all that arrived
/// meanwhile.
void sender_state::schedule_pump() {
  if (std::exchange(pump_scheduled_, true)) return;
  self_->send(self_, pump_atom_v);
}

/// One timer at a time: each look that comes too early would start one more, which renews itself
/// for as long as something waits.
void sender_state::pump_in(std::chrono::nanoseconds wait) {
  const auto at = now() + wait;
  if (pump_at_ && *pump_at_ <= at) return;
  pump_at_ = at;
  self_->delayed_send(self_, wait, pump_atom_v);
}

bool sender_state::may_start(steady_point now) {
  if (draining_ || retired_ || links_.provider->idle()) return false;
  if (calls_ >= slow_start_->limit()) return false;
  if (now < paused_until_ && !mutant(mutation::pause_ignored)) return false;
  if (!circuit_->allows(now) && !mutant(mutation::circuit_ignored)) return false;
  // It would be begun for nothing, released, and claimed again.
  if (!links_.lease->covers(now + settings().timeout)) {
    pump_in(lease_check);
    return false;
  }
  if (const auto wait = rate_->wait(now); wait.count() > 0) {
    pump_in(wait);
    return false;
  }
  return true;
}

void sender_state::on_pump() {
  pump_scheduled_ = false;
  const auto at = now();
  const auto wall = environment_->wall_clock();
  if (pump_at_ && *pump_at_ <= at) pump_at_.reset();
  std::vector<active> starting;
  while (!queue_.empty() && may_start(at)) {
    auto next = queue_.pop();
    const auto& row = next.transaction;
    if (has_expired(row, wall)) {
      self_->send(
          links_.archiver,
          finished_delivery{row.id,
                            row.provider,
                            transaction_status::pending,
                            transaction_status::failed,
                            {persistence::error_code::expired, "not sent before it expired", {}},
                            next.message});
      const auto id = row.id;
      enter(id, active{std::move(next), phase::recording, at, at});
      continue;
    }
    auto host = links_.provider->driver->host_of(row.recipient);
    if (!host.empty() && !shares_->may_start(host)) {
      park(host, std::move(next), at);
      continue;
    }
    if (!host.empty()) shares_->on_start(host, at);
    rate_->take(at);
    circuit_->on_start(at);
    ++calls_;
    active entry{std::move(next), phase::beginning, at, at};
    entry.host = std::move(host);
    starting.push_back(std::move(entry));
  }
  if (!starting.empty()) begin(std::move(starting));
  make_room(at);
  send_put_off();
  report_health(at);
  step_aside();
}

/// What was released and claimed again can be faster than the answer to its release: that one's
/// room is free then.
void sender_state::enter(persistence::transaction_id id, active entry) {
  if (active_.erase(id) > 0) free_room(1);
  active_.emplace(id, std::move(entry));
}

void sender_state::begin(std::vector<active> entries) {
  write_request request;
  request.transitions.reserve(entries.size());
  std::vector<persistence::transaction_id> ids;
  ids.reserve(entries.size());
  for (auto& entry : entries) {
    const auto id = entry.delivery.transaction.id;
    ids.push_back(id);
    request.transitions.emplace_back(persistence::begin_delivery{id, links_.provider->record.id});
    enter(id, std::move(entry));
  }
  self_->request(links_.writer, without_timer, std::move(request))
      .then([this, ids](const reply<write_results>& begun) { on_begun(ids, begun); },
            [](caf::error&) {});
}

void sender_state::on_begun(const std::vector<persistence::transaction_id>& ids,
                            const reply<write_results>& begun) {
  const auto at = now();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto entry = active_.find(ids[i]);
    if (entry == active_.end()) continue;
    // Fenced, or the row is no longer ours: somebody else sees to it.
    const bool ours =
        !begun.error && (begun.value[i].status == persistence::transition_status::applied ||
                         mutant(mutation::refused_begin_ignored));
    if (ours) {
      call(entry->second, at);
    } else {
      withdraw(ids[i]);
    }
  }
  schedule_pump();
}

void sender_state::withdraw(persistence::transaction_id id) {
  const auto entry = active_.find(id);
  withdraw_call(entry->second);
  active_.erase(entry);
  ++withdrawn_;
  free_room(1);
  leave_when_idle();
}

void sender_state::call(active& entry, steady_point now) {
  const auto& row = entry.delivery.transaction;
  const bool expired = has_expired(row, environment_->wall_clock());
  if (expired || draining_ || retired_ || links_.provider->idle() ||
      !links_.lease->covers(now + settings().timeout))
    return give_up_before_call(entry, now);
  entry.phase = phase::calling;
  entry.since = now;
  entry.called = environment_->wall_clock();
  waited_.add(seconds_of(entry.called - row.due_at));
  entry.provider = links_.provider;
  if (auto simulated = links_.provider->driver->simulate(content_of(entry))) {
    entry.simulated = true;
    return answer(row.id, std::move(*simulated));
  }
  note(log_level::debug, entry, "is being sent");
  // The engine may outlive the actor; an answer for a dead one is dropped.
  auto self = caf::actor_cast<sender_actor>(self_);
  environment_->engine->perform(request_of(entry), [self, id = row.id](transfer_result result) {
    caf::anon_send(self, transferred_atom_v, id, std::move(result));
  });
}

/// Begun, and surely not sent. What finds no lease does not come back at once to find none again.
void sender_state::give_up_before_call(active& entry, steady_point now) {
  const auto& row = entry.delivery.transaction;
  withdraw_call(entry);
  entry.phase = phase::recording;
  if (!has_expired(row, environment_->wall_clock())) {
    const bool leased = links_.lease->covers(now + settings().timeout);
    return release(row.id, transaction_status::processing, milliseconds(leased ? 0 : 1'000));
  }
  self_->send(
      links_.archiver,
      finished_delivery{row.id,
                        row.provider,
                        transaction_status::processing,
                        transaction_status::failed,
                        {persistence::error_code::expired, "not sent before it expired", {}},
                        entry.delivery.message});
  note(log_level::warning, entry, "has failed for good: expired before it was sent");
}

void sender_state::on_transferred(persistence::transaction_id id, const transfer_result& result) {
  const auto found = active_.find(id);
  if (found == active_.end() || found->second.phase != phase::calling) return;
  const auto at = now();
  auto outcome = classify(found->second, result);
  end_of_call(found->second, has_status(result));
  latency_.add(std::chrono::duration_cast<std::chrono::microseconds>(at - found->second.since));
  called_.add(seconds_of(at - found->second.since));
  // An unknown outcome may name a time too, which pauses nothing but its own chain.
  if (outcome.kind != outcome_kind::unknown) note_throttle(found->second, outcome, at);
  note_health(found->second, outcome, at);
  note_challenge(found->second, outcome, at);
  // Before the scheduler asks where the failure may go.
  report_health(at);
  ++outcomes_[static_cast<std::size_t>(outcome.kind)];
  if (outcome.kind != outcome_kind::accepted) last_error_ = shown(found->second, outcome);
  if (logs(log_level::debug)) note(log_level::debug, found->second, sentence_of(outcome));
  found->second.phase = phase::recording;
  if (outcome.kind == outcome_kind::unknown && !retired_ && !found->second.simulated) {
    const auto& row = found->second.delivery.transaction;
    self_->send(links_.receipts, unknown_attempt{id, row.provider, row.recipient,
                                                 found->second.called, environment_->wall_clock()});
  }
  auto answer = answer_of(outcome, result);
  record(found->second, std::move(outcome), std::move(answer));
  schedule_pump();
  leave_when_idle();
}

void sender_state::record(active& entry, outcome result, std::string answer) {
  const auto& row = entry.delivery.transaction;
  persistence::attempt_result ended{error_of(result.kind),          std::move(result.detail),
                                    std::move(result.provider_ref), entry.called,
                                    environment_->wall_clock(),     std::move(answer)};
  if (result.retry_after) ended.not_before = ended.ended + *result.retry_after;
  ended.recipient_only = result.recipient_only;
  if (result.kind != outcome_kind::accepted && !retired_) {
    self_->send(links_.scheduler, failed_delivery{entry.delivery, std::move(ended)});
    return;
  }
  const auto status = ended.error == persistence::error_code::none ? transaction_status::success
                                                                   : transaction_status::failed;
  self_->send(links_.archiver,
              finished_delivery{row.id, row.provider, transaction_status::processing, status,
                                std::move(ended), entry.delivery.message});
}

void sender_state::release(persistence::transaction_id id, transaction_status expected,
                           milliseconds pause) {
  write_request request;
  request.transitions.emplace_back(
      persistence::release{id, expected, environment_->wall_clock() + pause});
  self_->request(links_.writer, without_timer, std::move(request))
      .then(
          [this, id](const reply<write_results>& written) {
            if (written.error) return;
            on_recorded({id});
            self_->send(links_.scheduler, poke_atom_v);
          },
          [](caf::error&) {});
}

void sender_state::on_recorded(const std::vector<persistence::transaction_id>& ids) {
  std::int32_t freed = 0;
  for (const auto id : ids) {
    const auto found = active_.find(id);
    if (found == active_.end() || found->second.phase != phase::recording) continue;
    active_.erase(found);
    ++freed;
  }
  free_room(freed);
}

void sender_state::free_room(std::int32_t count) {
  auto& window = *links_.provider->window;
  window.give_back(count);
  if (retired_ || draining_ || room_asked_ || !(window.backlog() || window.wanted())) return;
  // A quarter of the window is worth a query.
  if (window.room() * 4 < window.size()) return;
  room_asked_ = true;
  self_->send(links_.scheduler, room_atom_v, links_.provider->record.id);
}

void sender_state::on_tick() {
  room_asked_ = false;
  on_pump();
}

std::int64_t sender_state::on_drain() {
  draining_ = true;
  return static_cast<std::int64_t>(active_.size());
}

void sender_state::on_retire(const caf::actor& archiver) {
  retired_ = true;
  links_.archiver = caf::actor_cast<history_archiver_actor>(archiver);
  queue_.clear();
  parked_.clear();
  parked_count_ = 0;
  // What is being recorded is forwarded by those who have it. What is being begun was not called,
  // and is not any more; the writer that would answer may have ended.
  std::erase_if(active_, [this](const auto& entry) {
    if (entry.second.phase == phase::beginning) --calls_;
    return entry.second.phase != phase::calling;
  });
  leave_when_idle();
}

void sender_state::leave_when_idle() {
  if (retired_ && calls_ == 0) self_->quit(caf::exit_reason::normal);
}

sender_actor::behavior_type sender(sender_actor::stateful_pointer<sender_state> self,
                                   environment_ptr environment, sender_links links) {
  return self->state.make_behavior(std::move(environment), std::move(links));
}

}  // namespace postrider::actors
