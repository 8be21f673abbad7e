#pragma once

#include "actors/api/gateway.hpp"
#include "actors/rules/circuit.hpp"
#include "actors/rules/rejection_streak.hpp"
#include "actors/rules/sender_window.hpp"
#include "actors/rules/slow_start.hpp"
#include "base/log.hpp"

#include <optional>
#include <string>
#include <vector>

namespace postrider::actors {

using milliseconds = std::chrono::milliseconds;

/// A call that has ended, as its provider's health sees it.
struct ended_call {
  const persistence::transaction& row;
  /// When its delivery left the queue, and when the provider was called.
  steady_point started, called;
  /// A call of test mode: no provider was called.
  bool simulated = false;
};

/// The judgement of one sender on its provider: whether it may be called now, and how often. It
/// brings together the circuit breaker, the slow start after an outage, the suspicion after many
/// rejections, the pauses that the provider asked for, and its captcha.
class sender_health {
 public:
  /// A line for the log.
  struct line {
    log_level level;
    std::string text;
  };

  sender_health(const provider_settings& settings, steady_point now);

  bool may_call(steady_point now) const;
  /// Calls at the same time.
  std::int32_t limit() const { return slow_start_.limit(); }
  void on_start(steady_point now) { circuit_.on_start(now); }
  /// The call was started, and the provider not called.
  void on_withdrawn(steady_point started) { circuit_.on_withdrawn(started); }
  /// Judges an outcome. It may become another one (a suspected provider), and it gets the time of
  /// the chain's next call. `retry_delay`: a longer pause is not waited for at the sender.
  std::vector<line> on_outcome(const ended_call& call, outcome& result, milliseconds retry_delay,
                               persistence::time_point wall, steady_point now);

  /// Something that new settings would end.
  bool is_marked() const { return circuit_.held() || rejections_.suspects(); }
  /// New settings, or the old ones read again: whoever does that may have mended what was wrong.
  void configure(const provider_settings& settings, bool changed, steady_point now);
  void on_solved(const std::string& token);

  /// The provider's condition now. A half-open circuit whose probe is in flight takes no more than
  /// an open one, nor does a provider that asked for a long pause, or one that is idle.
  provider_condition condition(bool idle, steady_point now) const;
  /// Notes since when the provider takes nothing, or only a probe.
  void note(const provider_condition& seen, steady_point now);

  const circuit& breaker() const { return circuit_; }
  bool in_slow_start() const { return slow_start_.running(); }
  steady_point paused_until() const { return paused_until_; }
  std::optional<steady_point> down_since() const { return down_since_; }
  std::optional<challenge_info> challenge(steady_point now) const;

 private:
  static constexpr milliseconds first_quota_pause{3'600'000};

  bool probing(steady_point now) const;
  milliseconds quota_pause(const ended_call& call, steady_point now);
  bool refused_twice(const ended_call& call, const outcome& result, persistence::time_point wall,
                     steady_point now) const;
  void note_throttle(const ended_call& call, outcome& result, milliseconds retry_delay,
                     steady_point now);
  void note_outcome(const ended_call& call, outcome& result, std::vector<line>& lines,
                    persistence::time_point wall, steady_point now);
  line hold_line(const outcome& result, bool refused_before, steady_point now) const;
  void suspect(const ended_call& call, outcome& result, std::vector<line>& lines, steady_point now);
  void note_challenge(const outcome& result, std::vector<line>& lines, persistence::time_point wall,
                      steady_point now);

  /// The provider's.
  std::string name_;
  circuit circuit_;
  slow_start slow_start_;
  rejection_streak rejections_;
  steady_point paused_until_{};
  /// The end of a pause that is too long to be waited for at the sender.
  steady_point away_until_{};
  /// When the first such pause in a row was asked for.
  std::optional<steady_point> away_since_;
  /// When the settings came into force; an earlier call says nothing of them.
  steady_point configured_at_{};
  steady_point born_at_{};
  /// When a message was accepted last; not one of test mode.
  std::optional<steady_point> accepted_at_;
  /// The pause after the next quota that names no end.
  milliseconds quota_pause_ = first_quota_pause;
  /// The last such pause.
  steady_point quota_met_at_{}, quota_until_{};
  /// Probes that were refused.
  std::uint32_t refusals_ = 0;
  std::optional<steady_point> down_since_;
  std::optional<challenge_info> challenge_;
  /// When the challenge's limit ends by itself.
  steady_point challenge_ends_{};
};

/// The text of an outcome for whoever may see providers: it may quote the recipient of one message.
std::string shown(const persistence::transaction& row, const outcome& result);

}  // namespace postrider::actors
