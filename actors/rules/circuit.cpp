#include "actors/rules/circuit.hpp"

#include "base/mutant.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

/// Between two probes.
constexpr std::chrono::seconds shortest_pause{1};

}  // namespace

verdict judge(outcome_kind kind, bool recipient_only) {
  switch (kind) {
    case outcome_kind::accepted:
    case outcome_kind::recipient_rejected:
    case outcome_kind::message_rejected: return verdict::healthy;
    case outcome_kind::throttled: return verdict::no_evidence;
    case outcome_kind::unavailable:
    case outcome_kind::unknown: return recipient_only ? verdict::no_evidence : verdict::failure;
    case outcome_kind::misconfigured:
      return recipient_only ? verdict::no_evidence : verdict::broken;
  }
  return verdict::failure;
}

std::string_view to_string(circuit_state state) {
  switch (state) {
    case circuit_state::closed: return "closed";
    case circuit_state::open: return "open";
    case circuit_state::half_open: return "half_open";
  }
  return "?";
}

std::string wait_text(std::chrono::nanoseconds wait) {
  const auto minutes = std::max(std::chrono::ceil<std::chrono::minutes>(wait).count(), 1L);
  if (minutes <= 120) return std::to_string(minutes) + " min";
  return std::to_string((minutes + 59) / 60) + " h";
}

circuit_state circuit::state(steady_point now) const {
  if (!open_until_) return circuit_state::closed;
  return now < *open_until_ ? circuit_state::open : circuit_state::half_open;
}

bool circuit::allows(steady_point now) const {
  switch (state(now)) {
    case circuit_state::closed: return true;
    case circuit_state::open: return false;
    case circuit_state::half_open: return !probing_;
  }
  return false;
}

void circuit::on_start(steady_point now) {
  if (state(now) != circuit_state::half_open) return;
  probing_ = true;
  probed_at_ = now;
}

bool circuit::on_outcome(outcome_kind kind, std::string_view detail, steady_point started,
                         steady_point now, const outcome_context& context) {
  // A call that was in flight when the circuit opened is not the probe, and must not prolong the
  // pause.
  const bool late = before_opening(started);
  const bool probe = probing_ && !late;
  switch (judge(kind, context.recipient_only)) {
    case verdict::healthy:
      failures_in_row_ = 0;
      // A call that was in flight when the credentials were refused says nothing of the next call.
      if (held() && !probe) return false;
      open_until_.reset();
      suspicion_ = hold_ = {};
      probing_ = false;
      reason_.clear();
      return false;
    case verdict::no_evidence:
      if (probe && held()) {
        hold_on(now);
        return false;
      }
      if (probe) {
        probing_ = false;
        open_until_ = std::max(*open_until_, probed_at_ + shortest_pause);
      }
      if (context.repeated && !open_until_) open(now, now + pause(), detail);
      return false;
    case verdict::broken:
      ++failures_in_row_;
      // Several calls that are refused at once are one refusal.
      if (held() && !probe) return false;
      credentials_ = context.credentials;
      hold(now, detail);
      return probe;
    case verdict::failure:
      ++failures_in_row_;
      if (late || (held() && !probe)) return false;
      if (held()) hold_on(now);
      else if (probe || context.repeated || failures_in_row_ >= settings_.failures)
        open(now, now + pause(), detail);
      return probe;
  }
  return false;
}

std::chrono::milliseconds circuit::pause() const {
  return std::max<std::chrono::milliseconds>(settings_.open_for, shortest_pause);
}

bool circuit::on_suspicion(std::string_view detail, steady_point started, steady_point now) {
  ++failures_in_row_;
  if (before_opening(started) || (held() && !probing_)) return false;
  const bool probe = probing_;
  if (held()) {
    hold_on(now);
    return probe;
  }
  suspicion_ = std::clamp<std::chrono::milliseconds>(suspicion_ * 2, shortest_pause, pause());
  open(now, now + suspicion_, detail);
  return probe;
}

void circuit::open(steady_point now, steady_point until, std::string_view why) {
  opened_at_ = now;
  open_until_ = until;
  probing_ = false;
  reason_ = why;
}

void circuit::hold(steady_point now, std::string_view why) {
  hold_ = std::clamp<std::chrono::milliseconds>(hold_ * 2, shortest_hold(), longest_hold);
  constexpr auto for_ever = std::chrono::hours(24 * 365);
  open(now, now + (mutant(mutation::held_for_ever) ? for_ever : hold_), why);
}

/// The probe ended with an outcome that says nothing about credentials or settings.
void circuit::hold_on(steady_point now) { open(now, now + shortest_hold(), std::string(reason_)); }

}  // namespace postrider::actors
