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

/// What an outcome says of the provider. Rejecting one recipient or one message is healthy work;
/// throttling says nothing about the next hour, nor does a failure that only one recipient has.
enum class verdict : std::uint8_t { healthy, failure, broken, no_evidence };
verdict judge(outcome_kind kind, bool recipient_only);

/// One provider's circuit breaker (M. Nygard, "Release It!"): closed it lets everything through;
/// after `failures` failures in a row it opens, for `open_for`; then half-open it lets one real
/// delivery through, whose outcome closes or opens it again; however short `open_for` is, and
/// whatever became of the last probe, the next one starts a second after it at the earliest.
/// `misconfigured` opens it at once, and nothing is tried until somebody changed the configuration:
/// a new circuit begins then. A call that was under way when it opened otherwise, and succeeds,
/// says that all is well, and closes it too.
class circuit {
 public:
  explicit circuit(circuit_settings settings) : settings_(settings) {}

  circuit_state state(steady_point now) const;
  /// Whether a delivery may start now; while half-open only one at a time.
  bool allows(steady_point now) const;
  /// A delivery was started.
  void on_start(steady_point now);
  /// A started delivery ended. An outcome of one that started before the circuit opened does not
  /// count as the probe's, but its success is welcome. A failure that is `recipient_only` says
  /// nothing of the provider. `repeated`: the chain's attempt before was not sent here either, and
  /// nobody's succeeded in between; that opens the circuit whatever `failures` says. True when it
  /// was a probe that failed.
  bool on_outcome(outcome_kind kind, std::string_view detail, steady_point started,
                  steady_point now, bool recipient_only = false, bool repeated = false);
  /// A started delivery ended, and the provider is suspected. Opens for a second, and for twice as
  /// long with each probe that ends so, up to `open_for`: a healthy provider is soon back. True
  /// when it was the probe.
  bool on_suspicion(std::string_view detail, steady_point started, steady_point now);
  /// A started delivery came to no outcome: it was withdrawn before the call.
  void on_withdrawn(steady_point started) {
    if (!before_opening(started)) probing_ = false;
  }

  /// When an open circuit becomes half-open; none when it does not by itself.
  std::optional<steady_point> open_until() const { return held() ? std::nullopt : open_until_; }
  /// Open until the configuration changes.
  bool held() const { return open_until_ == steady_point::max(); }
  std::int32_t consecutive_failures() const { return failures_in_row_; }
  const std::string& reason() const { return reason_; }

 private:
  std::chrono::milliseconds pause() const;
  void open(steady_point now, steady_point until, std::string_view why);
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
  std::string reason_;
};

}  // namespace postrider::actors
