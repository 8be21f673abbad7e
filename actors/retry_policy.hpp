#pragma once

#include "actors/providers/driver.hpp"
#include "actors/routing.hpp"
#include "actors/settings.hpp"

#include <variant>

/// What a failed attempt means for its chain: a pure function.
namespace postrider::actors {

/// Nothing more is tried: the transaction ends with this error.
struct give_up {
  persistence::error_code error = persistence::error_code::none;
};
/// The chain goes on with `next`, after `delay`.
struct try_next {
  candidate next;
  std::chrono::milliseconds delay{0};
  bool possible_duplicate = false;
};
/// The only providers left are some that were tried, and are switched off or not in the
/// configuration now: a slip there must not end messages, so the same is asked again after `delay`.
struct try_later {
  std::chrono::milliseconds delay{0};
};
using retry_decision = std::variant<give_up, try_next, try_later>;

struct failed_chain {
  /// The transaction that failed; its `attempts` do not hold its own failure yet.
  const persistence::transaction* transaction = nullptr;
  persistence::error_code error = persistence::error_code::unavailable;
  /// The provider's on_unknown, used when the transaction leaves it to the provider.
  persistence::on_unknown provider_on_unknown = persistence::on_unknown::retry;
  /// rank() with this failure among the attempts.
  std::span<const candidate> candidates;
  persistence::time_point now{};
  /// From 0 to 1, for the jitter.
  double random = 0.5;
  /// The delay has passed already (a due retry): only whether and where is asked.
  bool due = false;
};

/// - expired, or max_retries used up, or no candidate left, or `hold` after an unknown outcome:
/// give up;
/// - an untried candidate: after failover_delay, at once when the last one rejected recipient or
/// content; otherwise after retry_delay, times retry_backoff for each round
///   the list has been gone through, with jitter;
/// - after an unknown outcome always after retry_delay, marked as a possible duplicate;
/// - when only providers are left that were tried and are not there now: asked again after
///   retry_delay;
/// - never later than expires_at: a retry that could only come too late is not waited for.
retry_decision decide(const failed_chain& failure, const messaging_settings& settings);

/// Before a provider is tried once more that was tried so often, without jitter.
std::chrono::milliseconds round_delay(std::int32_t tries, const messaging_settings& settings);

/// The chain's attempts with one more, for the successor.
std::vector<persistence::attempt> attempts_after(const persistence::transaction& failed,
                                                 persistence::error_code error);

persistence::error_code error_of(outcome_kind kind);

}  // namespace postrider::actors
