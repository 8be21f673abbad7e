#pragma once

#include "actors/providers/driver.hpp"
#include "actors/settings.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::actors {

using steady_point = std::chrono::steady_clock::time_point;

enum class circuit_state : std::uint8_t { closed, open, half_open };
std::string_view to_string(circuit_state state);

/// How long a provider that refused its settings is left alone before its first probe. How long an
/// outage keeps the circuit open is `circuit_settings::open_for` (actors/settings.hpp).
inline constexpr std::chrono::minutes first_hold{5};
/// Repeated logins with a wrong password lock accounts.
inline constexpr std::chrono::minutes first_hold_of_credentials{30};
inline constexpr std::chrono::hours longest_hold{6};

/// "5 min", "6 h": a wait for a person, rounded up.
std::string wait_text(std::chrono::nanoseconds wait);

/// Other facts about an outcome.
struct outcome_context {
  /// A failure that says nothing of the provider.
  bool recipient_only = false;
  /// The chain's attempt before was not sent here either, and nobody's succeeded in between. That
  /// opens the circuit whatever `failures` says.
  bool repeated = false;
  /// With misconfigured: the credentials were refused.
  bool credentials = false;
};

/// The meaning of an outcome for the provider. Rejecting one recipient or one message is healthy
/// work; throttling says nothing about the next hour, nor does a failure that only one recipient
/// has.
enum class verdict : std::uint8_t { healthy, failure, broken, no_evidence };
verdict judge(outcome_kind kind, bool recipient_only);

/// One provider's circuit breaker (M. Nygard, "Release It!"): closed it lets everything through;
/// after `failures` failures in a row it opens, for `open_for`; then half-open it lets one real
/// delivery through, whose outcome closes or opens it again; however short `open_for` is, and
/// whatever became of the last probe, the next one starts a second after it at the earliest.
/// If a call that started before the circuit opened succeeds, the circuit closes (unless it is
/// held).
///
/// `misconfigured` opens it at once and holds it: the first probe comes after `first_hold`, or
/// after `first_hold_of_credentials`, each probe that is refused doubles the distance to the next
/// one, up to `longest_hold`. Only a probe that succeeds closes a held circuit, because calls that
/// were in flight before say nothing of the next one. A probe that shows neither is followed by one
/// after the first distance. A changed configuration begins a new circuit.
class circuit {
 public:
  explicit circuit(circuit_settings settings) : settings_(settings) {}

  circuit_state state(steady_point now) const;
  /// Whether a delivery may start now; while half-open only one at a time.
  bool allows(steady_point now) const;
  /// A delivery was started.
  void on_start(steady_point now);
  /// A started delivery ended. An outcome of one that started before the circuit opened does not
  /// count as the probe's, but its success is welcome. True when it was a probe that failed.
  bool on_outcome(outcome_kind kind, std::string_view detail, steady_point started,
                  steady_point now, const outcome_context& context = {});
  /// A started delivery ended, and the provider is suspected. Opens for a second, and for twice as
  /// long with each probe that ends so, up to `open_for`: a healthy provider is soon back. True
  /// when it was the probe.
  bool on_suspicion(std::string_view detail, steady_point started, steady_point now);
  /// A started delivery came to no outcome: it was withdrawn before the call.
  void on_withdrawn(steady_point started) {
    if (!before_opening(started)) probing_ = false;
  }

  /// When an open circuit becomes half-open.
  std::optional<steady_point> open_until() const { return open_until_; }
  /// The credentials or settings were refused, and no probe has succeeded since.
  bool held() const { return hold_.count() > 0; }
  /// It opened on suspicion, and for less than `open_for`.
  bool suspected() const { return suspected_; }
  std::int32_t consecutive_failures() const { return failures_in_row_; }
  const std::string& reason() const { return reason_; }

 private:
  std::chrono::milliseconds pause() const;
  void open(steady_point now, steady_point until, std::string_view why);
  void hold(steady_point now, std::string_view why);
  void hold_on(steady_point now);
  std::chrono::milliseconds shortest_hold() const {
    return credentials_ ? first_hold_of_credentials : first_hold;
  }
  bool before_opening(steady_point started) const { return open_until_ && started < opened_at_; }

  circuit_settings settings_;
  std::int32_t failures_in_row_ = 0;
  std::optional<steady_point> open_until_;
  steady_point opened_at_{};
  bool probing_ = false;
  /// When the last probe started.
  steady_point probed_at_{};
  /// How long the last suspicion opened it.
  std::chrono::milliseconds suspicion_{0};
  bool suspected_ = false;
  /// How long the last refusal held it; 0: it is not held.
  std::chrono::milliseconds hold_{0};
  /// The last refusal was about the credentials.
  bool credentials_ = false;
  std::string reason_;
};

}  // namespace postrider::actors
