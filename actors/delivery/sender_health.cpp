#include "actors/delivery/sender.hpp"
#include "actors/rules/message_log.hpp"
#include "actors/rules/retry_policy.hpp"
#include "persistence/attempts.hpp"

#include <caf/send.hpp>

#include <utility>

/// What a sender knows of its provider: whether it is called, whom it tells, and what a new
/// configuration changes.
namespace postrider::actors {
namespace {

/// How long a provider that asked to slow down without saying how long is left alone.
constexpr milliseconds default_pause{30'000};
constexpr milliseconds shortest_pause{1'000};
constexpr milliseconds longest_quota_pause{6 * 3'600'000};
constexpr milliseconds longest_unnamed_pause{3'600'000};

}  // namespace

/// What an answer says of the provider is shown to whoever may see providers, and it may quote the
/// recipient of one message.
std::string sender_state::shown(const active& entry, const outcome& result) {
  return mask_mentions(result.detail, entry.delivery.transaction.recipient);
}

/// A throttle that names no end. Each one that the chain gets in a row there is waited for twice as
/// long: soon it is longer than retry_delay, and the chain goes elsewhere.
milliseconds sender_state::unnamed_pause(const active& entry) const {
  const auto& row = entry.delivery.transaction;
  const auto* before = persistence::find_attempt(row.attempts, row.provider);
  if (!before || before->last.outcome != persistence::error_code::throttled) return default_pause;
  const auto doubled = default_pause * (1 << std::min(before->count, 7));
  return std::min(doubled, longest_unnamed_pause);
}

/// A limit of the sender's that names no end: an hour, twice as long each time it is still there
/// when the pause has ended. Calls that were under way when it was met say nothing new.
milliseconds sender_state::quota_pause(const active& entry, steady_point now) {
  if (entry.started < quota_met_at_ && now < quota_until_)
    return std::chrono::ceil<milliseconds>(quota_until_ - now);
  const auto pause = std::exchange(quota_pause_, std::min(2 * quota_pause_, longest_quota_pause));
  quota_met_at_ = now;
  quota_until_ = now + pause;
  return pause;
}

/// Pauses the provider for a throttle, and names the time of the chain's next call. A recipient's
/// own throttle does not pause the others.
void sender_state::note_throttle(const active& entry, outcome& result, steady_point now) {
  if (result.kind == outcome_kind::accepted) {
    quota_pause_ = first_quota_pause;
    accepted_at_ = now;
  }
  if (result.kind != outcome_kind::throttled) {
    result.retry_after.reset();
    return;
  }
  auto pause = result.retry_after ? *result.retry_after
               : result.quota     ? quota_pause(entry, now)
                                  : unnamed_pause(entry);
  // One that says "0" would be called again and again without end: no retry is used up.
  pause = std::max(pause, shortest_pause);
  result.retry_after = pause;
  const bool is_long = pause > environment_->settings.messaging.retry_delay;
  // A test has no day to wait for its outcome.
  if (entry.simulated && is_long) result.retry_after.reset();
  if (entry.simulated || result.recipient_only) return;
  paused_until_ = std::max(paused_until_, now + pause);
  if (!is_long) return;
  // As a probe that failed: nobody was accepted since the pause before, and this came after it.
  const bool first_since = away_since_ && (!accepted_at_ || *accepted_at_ < *away_since_);
  if (first_since && entry.started >= away_until_) ++refusals_;
  if (!away_since_ || entry.started >= away_until_) away_since_ = now;
  away_until_ = paused_until_;
}

/// The chain's attempt before was not sent here either, and nobody's was accepted in between: the
/// provider is down, however little traffic shows it.
bool sender_state::refused_twice(const active& entry, const outcome& result) const {
  if (result.recipient_only || !was_not_sent(error_of(result.kind))) return false;
  const auto* before = persistence::find_attempt(entry.delivery.transaction.attempts,
                                                 entry.delivery.transaction.provider);
  if (!before || before->recipient_only || !was_not_sent(before->last.outcome)) return false;
  // Ages, because the ledger has the wall clock's times, which may jump. Successes before this
  // sender was there are not known.
  const auto age = environment_->wall_clock() - before->last.ended;
  return now() - accepted_at_.value_or(born_at_) > age;
}

void sender_state::note_health(const active& entry, outcome& result, steady_point now) {
  if (entry.since < configured_at_) return;
  const auto& row = entry.delivery.transaction;
  if (rejections_.on_outcome(result, row.recipient, row.message))
    return suspect(entry, result, now);
  const bool was_closed = circuit_->state(now) == circuit_state::closed;
  const auto probe_before = circuit_->open_until();
  const bool refused_before = circuit_->held();
  refusals_ += circuit_->on_outcome(
      result.kind, shown(entry, result), entry.started, now,
      {result.recipient_only, refused_twice(entry, result), result.credentials});
  const auto probe = circuit_->open_until();
  if (circuit_->held() && probe != probe_before) note_hold(entry, result, refused_before, now);
  if (!was_closed && circuit_->state(now) == circuit_state::closed) return slow_start_->begin();
  const auto said = judge(result.kind, result.recipient_only);
  if (said != verdict::no_evidence) slow_start_->on_end(said == verdict::healthy);
}

/// An error once, then a warning for each probe, of which the next comes later and later.
void sender_state::note_hold(const active& entry, const outcome& result, bool refused_before,
                             steady_point now) {
  const auto wait = wait_text(*circuit_->open_until() - now);
  note(refused_before ? log_level::warning : log_level::error, entry,
       settings().name + (refused_before ? " is still held" : " is held") +
           ": correct its credentials or settings and reload the configuration (SIGHUP). The next "
           "probe is in " +
           wait + ". Its answer: " + result.detail);
}

/// Not the recipient's or the text's fault: its chain goes on elsewhere, or waits.
void sender_state::suspect(const active& entry, outcome& result, steady_point now) {
  const bool was_closed = circuit_->state(now) == circuit_state::closed;
  result.kind = outcome_kind::misconfigured;
  result.detail = "the provider is suspected, for it rejects one recipient after the other so: " +
                  result.detail;
  refusals_ += circuit_->on_suspicion(shown(entry, result), entry.started, now);
  slow_start_->on_end(false);
  if (was_closed) note(log_level::error, entry, settings().name + ": " + result.detail);
}

void sender_state::note_challenge(const active& entry, const outcome& result, steady_point now) {
  if (result.challenge.empty()) return;
  if (!open_challenge(now))
    note(log_level::warning, entry,
         settings().name + " asks for a captcha: see `postrider providers challenge --help`");
  challenge_ = challenge_info{result.challenge, environment_->wall_clock()};
  challenge_ends_ = now + result.retry_after.value_or(milliseconds(0));
}

std::optional<challenge_info> sender_state::open_challenge(steady_point now) const {
  return now < challenge_ends_ ? challenge_ : std::nullopt;
}

/// A half-open circuit whose probe is under way takes no more than an open one, nor does a provider
/// that asked for a long pause.
circuit_state sender_state::takes(steady_point now) const {
  const bool away = links_.provider->idle() || now < away_until_;
  return away || probing(now) ? circuit_state::open : circuit_->state(now);
}

bool sender_state::probing(steady_point now) const {
  return circuit_->state(now) == circuit_state::half_open && !circuit_->allows(now);
}

persistence::time_point sender_state::wall_of(steady_point at, steady_point now) const {
  return environment_->wall_clock() +
         std::chrono::duration_cast<std::chrono::microseconds>(at - now);
}

void sender_state::report_health(steady_point now) {
  const auto seen = takes(now);
  if (seen == circuit_state::closed) down_since_.reset();
  else if (!down_since_) down_since_ = now;
  links_.provider->window->set_down(seen == circuit_state::open);
  links_.provider->window->set_held_until(
      circuit_->held() ? std::optional(wall_of(*circuit_->open_until(), now)) : std::nullopt);
  if (circuit_->open_until() > now && tick_at_ != circuit_->open_until()) {
    tick_at_ = circuit_->open_until();
    self_->delayed_send(self_, *tick_at_ - now, tick_atom_v);
  }
  // However often it was put off: nothing else tells the scheduler that it is over.
  if (paused_until_ > now) pump_in(paused_until_ - now);
  const bool refused = std::exchange(reported_refusals_, refusals_) != refusals_;
  const bool probes = seen == circuit_state::open && probing(now);
  const bool same = std::exchange(reported_, seen) == seen;
  if (std::exchange(reported_probe_, probes) == probes && same && !refused) return;
  const provider_health health{links_.provider->record.id, seen, probes, refusals_};
  // The selector first: what the scheduler asks it then is answered as of now.
  self_->send(links_.selector, health);
  self_->send(links_.scheduler, health);
}

/// While nobody is called here, what waits in memory goes back to its lane: there the scheduler
/// finds it and brings it to another provider, if there is one that takes it, and else back.
void sender_state::step_aside() {
  if (reported_ != circuit_state::open || draining_ || retired_) return;
  unpark_all();
  std::vector<persistence::release> rows;
  while (!queue_.empty()) {
    const auto row = queue_.pop().transaction;
    rows.push_back({row.id, persistence::transaction_status::pending, row.due_at});
  }
  stepped_aside_ += rows.size();
  give_back(std::move(rows));
}

/// Rows that were not begun go back to their lanes.
void sender_state::give_back(std::vector<persistence::release> rows, bool due_later) {
  const auto limit = static_cast<std::size_t>(environment_->settings.limits.batch);
  for (std::size_t begin = 0; begin < rows.size(); begin += limit) {
    const auto count = std::min(limit, rows.size() - begin);
    write_request request;
    for (std::size_t i = 0; i < count; ++i)
      request.transitions.emplace_back(rows[begin + i]);
    self_->request(links_.writer, without_timer, std::move(request))
        .then(
            [this, count, due_later](const reply<write_results>& written) {
              if (written.error) return;
              links_.provider->window->set_backlog(true);
              free_room(static_cast<std::int32_t>(count));
              self_->send(links_.scheduler, room_atom_v, links_.provider->record.id);
              if (due_later) self_->send(links_.scheduler, poke_atom_v);
            },
            [](caf::error&) {});
  }
}

/// What waits goes on with the new settings, what is in flight ends as it began. Whoever changes
/// the configuration may have mended what was wrong: a circuit that was held begins anew.
void sender_state::on_configured(const provider_ptr& next) {
  if (next == links_.provider && !circuit_->held() && !rejections_.suspects()) return;
  // Whom the provider told to wait is not called any more.
  if (next != links_.provider) {
    paused_until_ = away_until_ = quota_met_at_ = quota_until_ = {};
    away_since_.reset();
  }
  const bool other_rate = !(next->settings.rate == settings().rate);
  const bool gentle = circuit_->state(now()) != circuit_state::closed;
  links_.provider = next;
  configured_at_ = now();
  circuit_.emplace(settings().circuit);
  rejections_ = {};
  slow_start_.emplace(settings().max_in_flight);
  shares_->resize(settings().max_in_flight);
  unpark_all();
  if (gentle) slow_start_->begin();
  if (other_rate) rate_.emplace(settings().rate, now());
  report_health(now());
  schedule_pump();
}

}  // namespace postrider::actors
