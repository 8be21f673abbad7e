#include "actors/rules/sender_health.hpp"

#include "actors/rules/message_log.hpp"
#include "actors/rules/retry_policy.hpp"
#include "base/mutant.hpp"
#include "persistence/attempts.hpp"

#include <algorithm>
#include <utility>

namespace postrider::actors {
namespace {

/// How long a provider that asked to slow down without saying how long is left alone.
constexpr milliseconds default_pause{30'000};
constexpr milliseconds shortest_named_pause{1'000};
constexpr milliseconds longest_quota_pause{6 * 3'600'000};
constexpr milliseconds longest_unnamed_pause{3'600'000};

/// A throttle that names no end. Each one that the chain gets in a row there is waited for twice as
/// long: soon it is longer than retry_delay, and the chain goes elsewhere.
milliseconds unnamed_pause(const persistence::transaction& row) {
  const auto* before = persistence::find_attempt(row.attempts, row.provider);
  if (!before || before->last.outcome != persistence::error_code::throttled) return default_pause;
  const auto doubled = default_pause * (1 << std::min(before->count, 7));
  return std::min(doubled, longest_unnamed_pause);
}

}  // namespace

std::string shown(const persistence::transaction& row, const outcome& result) {
  return mask_mentions(result.detail, row.recipient);
}

sender_health::sender_health(const provider_settings& settings, steady_point now)
    : name_(settings.name),
      circuit_(settings.circuit),
      slow_start_(settings.max_in_flight),
      born_at_(now) {}

bool sender_health::may_call(steady_point now) const {
  if (now < paused_until_ && !mutant(mutation::pause_ignored)) return false;
  return circuit_.allows(now) || mutant(mutation::circuit_ignored);
}

std::vector<sender_health::line> sender_health::on_outcome(const ended_call& call, outcome& result,
                                                           milliseconds retry_delay,
                                                           persistence::time_point wall,
                                                           steady_point now) {
  std::vector<line> lines;
  // An unknown outcome may name a time too, which pauses nothing but its own chain.
  if (result.kind != outcome_kind::unknown) note_throttle(call, result, retry_delay, now);
  if (call.called >= configured_at_) note_outcome(call, result, lines, wall, now);
  note_challenge(result, lines, wall, now);
  return lines;
}

/// A limit of the sender's that names no end: an hour, twice as long each time it is still there
/// when the pause has ended. Calls that were in flight when it was met say nothing new.
milliseconds sender_health::quota_pause(const ended_call& call, steady_point now) {
  if (call.started < quota_met_at_ && now < quota_until_)
    return std::chrono::ceil<milliseconds>(quota_until_ - now);
  const auto pause = std::exchange(quota_pause_, std::min(2 * quota_pause_, longest_quota_pause));
  quota_met_at_ = now;
  quota_until_ = now + pause;
  return pause;
}

/// Pauses the provider for a throttle, and names the time of the chain's next call. A recipient's
/// own throttle does not pause the others.
void sender_health::note_throttle(const ended_call& call, outcome& result, milliseconds retry_delay,
                                  steady_point now) {
  if (result.kind == outcome_kind::accepted) {
    quota_pause_ = first_quota_pause;
    accepted_at_ = now;
  }
  if (result.kind != outcome_kind::throttled) {
    result.retry_after.reset();
    return;
  }
  auto pause = result.retry_after ? *result.retry_after
               : result.quota     ? quota_pause(call, now)
                                  : unnamed_pause(call.row);
  // A pause of "0" would have it called again and again without end: no retry is used up.
  pause = std::max(pause, shortest_named_pause);
  result.retry_after = pause;
  const bool is_long = pause > retry_delay;
  // A test has no day to wait for its outcome.
  if (call.simulated && is_long) result.retry_after.reset();
  if (call.simulated || result.recipient_only) return;
  paused_until_ = std::max(paused_until_, now + pause);
  if (!is_long) return;
  // As a probe that failed: no message was accepted since the pause before, and this call came
  // after it.
  const bool first_since = away_since_ && (!accepted_at_ || *accepted_at_ < *away_since_);
  if (first_since && call.started >= away_until_) ++refusals_;
  if (!away_since_ || call.started >= away_until_) away_since_ = now;
  away_until_ = paused_until_;
}

/// The chain's attempt before was not sent here either, and no message was accepted in between: the
/// provider is down, however little traffic shows it.
bool sender_health::refused_twice(const ended_call& call, const outcome& result,
                                  persistence::time_point wall, steady_point now) const {
  if (result.recipient_only || !was_not_sent(error_of(result.kind))) return false;
  const auto* before = persistence::find_attempt(call.row.attempts, call.row.provider);
  if (!before || before->recipient_only || !was_not_sent(before->last.outcome)) return false;
  // Ages, because the ledger has the wall clock's times, which may jump. Successes before this
  // sender was there are not known.
  const auto age = wall - before->last.ended;
  return now - accepted_at_.value_or(born_at_) > age;
}

void sender_health::note_outcome(const ended_call& call, outcome& result, std::vector<line>& lines,
                                 persistence::time_point wall, steady_point now) {
  if (rejections_.on_outcome(result, call.row.recipient, call.row.message))
    return suspect(call, result, lines, now);
  const bool was_closed = circuit_.state(now) == circuit_state::closed;
  const auto probe_before = circuit_.open_until();
  const bool refused_before = circuit_.held();
  refusals_ += circuit_.on_outcome(
      result.kind, shown(call.row, result), call.started, now,
      {result.recipient_only, refused_twice(call, result, wall, now), result.credentials});
  if (circuit_.held() && circuit_.open_until() != probe_before)
    lines.push_back(hold_line(result, refused_before, now));
  if (!was_closed && circuit_.state(now) == circuit_state::closed) return slow_start_.begin();
  const auto said = judge(result.kind, result.recipient_only);
  if (said != verdict::no_evidence) slow_start_.on_end(said == verdict::healthy);
}

/// An error once, then a warning for each probe, of which the next comes later and later.
sender_health::line sender_health::hold_line(const outcome& result, bool refused_before,
                                             steady_point now) const {
  return {refused_before ? log_level::warning : log_level::error,
          name_ + (refused_before ? " is still held" : " is held") +
              ": correct its credentials or settings and reload the configuration (SIGHUP). The "
              "next probe is in " +
              wait_text(*circuit_.open_until() - now) + ". Its answer: " + result.detail};
}

/// The rejection is not the recipient's or the text's fault: the chain goes on elsewhere, or waits.
void sender_health::suspect(const ended_call& call, outcome& result, std::vector<line>& lines,
                            steady_point now) {
  const bool was_closed = circuit_.state(now) == circuit_state::closed;
  result.kind = outcome_kind::misconfigured;
  result.detail = "the provider is suspected, for it rejects one recipient after the other so: " +
                  result.detail;
  refusals_ += circuit_.on_suspicion(shown(call.row, result), call.started, now);
  slow_start_.on_end(false);
  if (was_closed) lines.push_back({log_level::error, name_ + ": " + result.detail});
}

void sender_health::note_challenge(const outcome& result, std::vector<line>& lines,
                                   persistence::time_point wall, steady_point now) {
  if (result.challenge.empty()) return;
  if (!challenge(now))
    lines.push_back({log_level::warning,
                     name_ + " asks for a captcha: see `postrider providers challenge --help`"});
  challenge_ = challenge_info{result.challenge, wall};
  challenge_ends_ = now + result.retry_after.value_or(milliseconds(0));
}

std::optional<challenge_info> sender_health::challenge(steady_point now) const {
  return now < challenge_ends_ ? challenge_ : std::nullopt;
}

void sender_health::on_solved(const std::string& token) {
  if (challenge_ && challenge_->token == token) challenge_.reset();
}

void sender_health::configure(const provider_settings& settings, bool changed, steady_point now) {
  // A provider with other settings is called although the old one asked for a pause.
  if (changed) {
    paused_until_ = away_until_ = quota_met_at_ = quota_until_ = {};
    away_since_.reset();
  }
  const bool gentle = circuit_.state(now) != circuit_state::closed;
  name_ = settings.name;
  configured_at_ = now;
  circuit_ = circuit(settings.circuit);
  rejections_ = {};
  slow_start_ = slow_start(settings.max_in_flight);
  if (gentle) slow_start_.begin();
}

bool sender_health::probing(steady_point now) const {
  return circuit_.state(now) == circuit_state::half_open && !circuit_.allows(now);
}

provider_condition sender_health::condition(bool idle, steady_point now) const {
  const bool away = idle || now < away_until_;
  const auto takes = away || probing(now) ? circuit_state::open : circuit_.state(now);
  return {takes, takes == circuit_state::open && probing(now), refusals_};
}

void sender_health::note(const provider_condition& seen, steady_point now) {
  if (seen.takes == circuit_state::closed) down_since_.reset();
  else if (!down_since_) down_since_ = now;
}

}  // namespace postrider::actors
