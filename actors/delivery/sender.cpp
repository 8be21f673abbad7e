#include "actors/delivery/sender.hpp"

#include "actors/providers/transfer/transport_outcome.hpp"
#include "actors/rules/attempt_answer.hpp"
#include "actors/rules/message_log.hpp"
#include "actors/rules/retry_policy.hpp"
#include "base/mutant.hpp"

#include <caf/actor_cast.hpp>

#include <algorithm>

namespace postrider::actors {
namespace {

using persistence::transaction_status;

/// While the lease is not renewed.
constexpr milliseconds lease_check{1'000};

}  // namespace

sender_actor::behavior_type sender_state::make_behavior(environment_ptr environment,
                                                        sender_links links) {
  environment_ = std::move(environment);
  links_ = std::move(links);
  health_.emplace(settings(), now());
  hosts_.emplace(settings().max_in_flight);
  rate_.emplace(settings().rate, now());
  returns_.emplace(self_, links_, *environment_);
  calls_to_.emplace(self_, links_, *environment_);
  notice_.emplace(self_, links_, *environment_);
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
      [this](tick_atom) { on_pump(); },
      [this](solved_atom, const std::string& token) { health_->on_solved(token); },
      [this](retire_atom, const caf::actor& archiver) { on_retire(archiver); },
      [this](drain_atom) { return on_drain(); },
      [this](list_atom) { return list_entry(view()); },
      [this](inspect_atom) { return inspection_of(view()); },
  };
}

void sender_state::on_deliver(delivery_list& deliveries) {
  if (retired_) return;
  for (auto& delivery : deliveries) {
    const bool begun = delivery.transaction.status == transaction_status::processing;
    if (begun && !mutant(mutation::begun_at_once_is_queued)) start_begun(std::move(delivery));
    else queue_.push(std::move(delivery));
  }
  schedule_pump();
}

/// It was begun with a permit, in the commit that accepted its message.
void sender_state::start_begun(persistence::delivery delivery) {
  permits().on_message();
  const auto at = now();
  const auto id = delivery.transaction.id;
  enter(id, {std::move(delivery), delivery_phase::beginning, at, at});
  auto& entry = active_.at(id);
  if (!is_well(at)) return release_unsent(entry, at);
  ++calls_;
  call(entry, at);
}

/// Its provider may be called without being probed.
bool sender_state::is_well(steady_point now) const {
  return health_->breaker().state(now) == circuit_state::closed && health_->may_call(now);
}

/// While nothing waits here, intake may begin what can be called at once.
void sender_state::offer_permits(steady_point now) {
  const bool nothing_waits =
      queue_.empty() && hosts_->size() == 0 && settings().rate.per_second <= 0;
  const bool may = nothing_waits && !draining_ && !retired_ && !links_.provider->idle() &&
                   is_well(now) && links_.lease->covers(now + settings().timeout);
  permits().offer(may ? std::max(health_->limit() - calls_, 0) : 0);
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
  if (pump_timer_.set(now() + wait)) self_->delayed_send(self_, wait, pump_atom_v);
}

bool sender_state::may_start(steady_point now) {
  if (draining_ || retired_ || links_.provider->idle()) return false;
  if (calls_ + permits().out() >= health_->limit() || !health_->may_call(now)) return false;
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
  static_cast<void>(pump_timer_.rings(at));
  if (!queue_.empty()) permits().offer(0);
  std::vector<active_delivery> starting;
  while (!queue_.empty() && may_start(at)) {
    auto next = queue_.pop();
    const auto& row = next.transaction;
    if (has_expired(row, wall)) {
      const auto id = row.id;
      active_delivery entry{std::move(next), delivery_phase::recording, at, at};
      end(entry, transaction_status::pending, expired_unsent());
      enter(id, std::move(entry));
      continue;
    }
    auto host = links_.provider->driver->host_of(row.recipient);
    if (!host.empty() && !hosts_->may_start(host)) {
      hosts_->park(host, std::move(next), waiting_room(), wall, at);
      continue;
    }
    if (!host.empty()) hosts_->on_start(host, at);
    rate_->take(at);
    health_->on_start(at);
    ++calls_;
    active_delivery entry{std::move(next), delivery_phase::beginning, at, at};
    entry.host = std::move(host);
    starting.push_back(std::move(entry));
  }
  if (!starting.empty()) begin(std::move(starting));
  if (const auto again = hosts_->make_room(waiting_room(), wall, at)) pump_in(*again - at);
  returns_->give_back(hosts_->take_put_off(), host_queues::shortest_put_off);
  report_health(at);
  step_aside();
  offer_permits(at);
}

/// A row may be released and claimed again before the release is acknowledged: drop the old entry
/// and return its credit.
void sender_state::enter(persistence::transaction_id id, active_delivery entry) {
  if (active_.erase(id) > 0) returns_->free_room(1);
  active_.emplace(id, std::move(entry));
}

void sender_state::begin(std::vector<active_delivery> entries) {
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

/// The part of the window that no call has.
std::size_t sender_state::waiting_room() const {
  const auto size = static_cast<std::size_t>(links_.provider->window->size());
  return size - std::min(size, active_.size());
}

void sender_state::end_of_call(const active_delivery& entry, bool came_back) {
  --calls_;
  if (!entry.host.empty()) hosts_->on_end(entry.host, came_back, now(), queue_);
}

/// The call was started, and its provider not called.
void sender_state::withdraw_call(const active_delivery& entry) {
  --calls_;
  health_->on_withdrawn(entry.started);
  if (!entry.host.empty()) hosts_->on_withdrawn(entry.host, queue_);
}

void sender_state::withdraw(persistence::transaction_id id) {
  const auto entry = active_.find(id);
  withdraw_call(entry->second);
  active_.erase(entry);
  statistics_.on_withdrawn();
  returns_->free_room(1);
  leave_when_idle();
}

void sender_state::call(active_delivery& entry, steady_point now) {
  const auto& row = entry.delivery.transaction;
  const bool expired = has_expired(row, environment_->wall_clock());
  if (expired || draining_ || retired_ || links_.provider->idle() ||
      !links_.lease->covers(now + settings().timeout))
    return give_up_before_call(entry, now);
  entry.phase = delivery_phase::calling;
  entry.since = now;
  entry.called = environment_->wall_clock();
  statistics_.on_call(entry.called - row.due_at);
  calls_to_->start(entry);
  if (!entry.simulated) note(log_level::debug, entry, "is being sent");
}

/// The row was begun but never sent. Without a lease, release it with a delay, so that it is not
/// claimed again at once.
void sender_state::give_up_before_call(active_delivery& entry, steady_point now) {
  withdraw_call(entry);
  release_unsent(entry, now);
}

void sender_state::release_unsent(active_delivery& entry, steady_point now) {
  const auto& row = entry.delivery.transaction;
  entry.phase = delivery_phase::recording;
  if (!has_expired(row, environment_->wall_clock())) {
    const bool leased = links_.lease->covers(now + settings().timeout);
    return returns_->release(row.id, milliseconds(leased ? 0 : 1'000),
                             [this, id = row.id] { on_recorded({id}); });
  }
  note(log_level::warning, entry, "has failed for good: expired before it was sent");
  end(entry, transaction_status::processing, expired_unsent());
}

void sender_state::on_transferred(persistence::transaction_id id, const transfer_result& result) {
  const auto found = active_.find(id);
  if (found == active_.end() || found->second.phase != delivery_phase::calling) return;
  const auto at = now();
  auto& entry = found->second;
  const auto& row = entry.delivery.transaction;
  auto outcome = classify(entry.call(), environment_->settings.receipts, result);
  end_of_call(entry, has_status(result));
  const auto lines = health_->on_outcome({row, entry.started, entry.since, entry.simulated},
                                         outcome, environment_->settings.messaging.retry_delay,
                                         environment_->wall_clock(), at);
  for (const auto& line : lines)
    note(line.level, entry, line.text);
  // Before the scheduler asks where the failure may go.
  report_health(at);
  statistics_.on_end(outcome.kind, at - entry.since, shown(row, outcome));
  if (logs(log_level::debug)) note(log_level::debug, entry, sentence_of(outcome));
  entry.phase = delivery_phase::recording;
  if (outcome.kind == outcome_kind::unknown && !retired_ && !entry.simulated)
    self_->send(links_.receipts, unknown_attempt{id, row.provider, row.recipient, entry.called,
                                                 environment_->wall_clock()});
  auto answer = answer_of(outcome, result);
  end(entry, transaction_status::processing,
      result_of(entry, std::move(outcome), std::move(answer), environment_->wall_clock()));
  schedule_pump();
  leave_when_idle();
}

/// Hands the attempt over to the actor that owns it until the ledger has it: the scheduler, which
/// decides how a failure goes on, or the archiver.
void sender_state::end(active_delivery& entry, transaction_status expected,
                       persistence::attempt_result result) {
  const bool goes_on = has_failed(result) && !retired_;
  auto attempt = ended(std::move(entry.delivery), expected, std::move(result));
  if (goes_on) self_->send(links_.scheduler, std::move(attempt));
  else self_->send(links_.archiver, std::move(attempt));
}

void sender_state::on_recorded(const std::vector<persistence::transaction_id>& ids) {
  std::int32_t freed = 0;
  for (const auto id : ids) {
    const auto found = active_.find(id);
    if (found == active_.end() || found->second.phase != delivery_phase::recording) continue;
    active_.erase(found);
    ++freed;
  }
  returns_->free_room(freed);
}

void sender_state::report_health(steady_point now) {
  notice_->tell(*health_, now);
  // However often the pump was put off: nothing else notices that the pause is over.
  if (health_->paused_until() > now) pump_in(health_->paused_until() - now);
}

/// While the provider is not called, release queued rows to their lanes. There the dispatcher
/// reroutes them, or brings them back later.
void sender_state::step_aside() {
  if (notice_->told() != circuit_state::open || draining_ || retired_) return;
  hosts_->unpark_all(queue_);
  std::vector<persistence::release> rows;
  while (!queue_.empty()) {
    const auto row = queue_.pop().transaction;
    rows.push_back({row.id, persistence::transaction_status::pending, row.due_at});
  }
  statistics_.on_stepped_aside(rows.size());
  returns_->give_back(std::move(rows));
}

/// The queue goes on with the new settings; calls in flight end with those that they began with.
/// A person who has the configuration read again may have mended the fault: a circuit that was held
/// begins again.
void sender_state::on_configured(const provider_ptr& next) {
  if (next == links_.provider && !health_->is_marked()) return;
  const bool changed = next != links_.provider;
  const bool other_rate = !(next->settings.rate == settings().rate);
  links_.provider = next;
  health_->configure(settings(), changed, now());
  hosts_->resize(settings().max_in_flight);
  hosts_->unpark_all(queue_);
  if (other_rate) rate_.emplace(settings().rate, now());
  report_health(now());
  schedule_pump();
}

std::int64_t sender_state::on_drain() {
  draining_ = true;
  permits().offer(0);
  return static_cast<std::int64_t>(active_.size()) + permits().out();
}

void sender_state::on_retire(const caf::actor& archiver) {
  retired_ = true;
  links_.archiver = caf::actor_cast<history_archiver_actor>(archiver);
  queue_.clear();
  hosts_->clear();
  // Their owners forward the attempts that are being recorded. A delivery that is being begun is
  // not called any more; the writer that would answer may have ended.
  std::erase_if(active_, [this](const auto& entry) {
    if (entry.second.phase == delivery_phase::beginning) --calls_;
    return entry.second.phase != delivery_phase::calling;
  });
  leave_when_idle();
}

void sender_state::leave_when_idle() {
  if (retired_ && calls_ == 0) self_->quit(caf::exit_reason::normal);
}

sender_view sender_state::view() const {
  return {*links_.provider,
          *health_,
          queue_,
          *hosts_,
          active_,
          *rate_,
          statistics_,
          calls_,
          draining_,
          now(),
          environment_->wall_clock()};
}

void sender_state::note(log_level level, const active_delivery& entry,
                        std::string_view text) const {
  log(level, name, text,
      log_subject{entry.delivery.message.get(), &entry.delivery.transaction, settings().name});
}

sender_actor::behavior_type sender(sender_actor::stateful_pointer<sender_state> self,
                                   environment_ptr environment, sender_links links) {
  return self->state.make_behavior(std::move(environment), std::move(links));
}

}  // namespace postrider::actors
