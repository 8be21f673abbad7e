#pragma once

#include "actors/providers/driver.hpp"
#include "actors/rules/routing.hpp"
#include "actors/settings.hpp"

#include <variant>

/// The meaning of a failed attempt for its chain: pure functions. docs/internals/architecture.md
/// has the rule as a table ("Patience").
///
/// A provider is *usable* when the ranking does not exclude it; an open circuit, a pause or a hold
/// does not exclude. It is *tried* when an attempt of the chain at it has ended. An attempt was
/// *not sent* when it ended as unavailable, misconfigured or throttled.
namespace postrider::actors {

/// Nothing more is tried: the transaction ends with this error.
struct give_up {
  persistence::error_code error = persistence::error_code::none;
  /// The chain's patience (give_up_after) ended it.
  bool out_of_patience = false;
};
/// The chain goes on with a new transaction at `next`, after `delay`.
struct try_next {
  candidate next;
  std::chrono::milliseconds delay{0};
  bool possible_duplicate = false;
  /// True: it counts in retries_used.
  bool uses_retry = false;
};
/// The same transaction goes back to pending and waits in the lane of `next`.
struct wait_again {
  candidate next;
  persistence::time_point due{};
  std::int32_t round = 0;
  persistence::time_point round_due{};
};
/// Only providers that were tried and are now disabled or removed remain. Wait and ask again after
/// `delay`, so that a configuration mistake does not end messages.
struct try_later {
  std::chrono::milliseconds delay{0};
};
using retry_decision = std::variant<give_up, try_next, wait_again, try_later>;

struct failed_chain {
  /// The transaction that failed. Its `attempts` hold its own.
  const persistence::transaction* transaction = nullptr;
  persistence::error_code error = persistence::error_code::unavailable;
  /// The provider's on_unknown, used when the transaction leaves it to the provider.
  persistence::on_unknown provider_on_unknown = persistence::on_unknown::retry;
  /// rank() with the transaction's attempts.
  std::span<const candidate> candidates;
  persistence::time_point now{};
  /// From 0 to 1, for the jitter.
  double random = 0.5;
  /// The delay has passed already (a due retry): only whether and where is asked.
  bool due = false;
  /// messaging_settings::give_up_after, or 0 for messages of test keys.
  std::chrono::milliseconds give_up_after{0};
};

/// | the attempt ended | a usable provider is untried | all usable ones are tried |
/// |---|---|---|
/// | rejected | try_next at once | wait_again for the next round |
/// | not sent | try_next after failover_delay | wait_again |
/// | throttled for at most retry_delay | wait_again at the same provider, until then | the same |
/// | throttled for longer | try_next at once | wait_again, not there before the time it named |
/// | unknown, retry | try_next after retry_delay, uses a retry; none left: give_up | the same |
/// | unknown, hold | give_up | give_up |
/// | undelivered | try_next at once | try_next after retry_delay, uses a retry; none left: give_up
/// |
///
/// - No usable provider: give_up with the attempt's error; try_later when a tried one is only
///   switched off or missing from the configuration.
/// - wait_again waits in the lane of a provider whose circuit is open, if a usable one's is that
///   named no time behind the next round. Then the row is rerouted, or taken as the provider's
///   probe. Otherwise the chain's next round begins
///   after round_delay(); a round tries all usable providers, failover_delay apart.
/// - give_up_after past the first transaction's due time, an attempt that was not sent ends the
///   chain, unless a provider that takes messages is still to be tried in this round, or a probe is
///   under way. 0: no patience; attempts that were not sent use retries as unknown ones do, so does
///   a provider that asked for a moment's patience again and again for retry_delay_max.
/// - An expired message gives up; a retry that could only come after expires_at is not waited for.
retry_decision decide(const failed_chain& failure, const messaging_settings& settings);

/// The best candidate that takes a waiting row now in place of `away`, whose provider takes
/// nothing; null: none does. A tried one only when the chain's next round is due, and not before
/// the time that it named.
const candidate* place_now(const persistence::transaction& waiting,
                           std::span<const candidate> candidates, persistence::provider_id away,
                           persistence::time_point now, const messaging_settings& settings);

/// messaging_settings::give_up_after, or 0 for messages of test keys.
inline std::chrono::milliseconds patience_for(const persistence::message& message,
                                              const messaging_settings& settings) {
  return message.test ? std::chrono::milliseconds(0) : settings.give_up_after;
}

/// True when the chain's patience has ended by `now`.
bool out_of_patience(const persistence::transaction& row, persistence::time_point now,
                     std::chrono::milliseconds give_up_after);

/// Between the end of round number `round` (from 0) and the begin of the next one, without jitter:
/// retry_delay, doubled (or times retry_backoff, if that is more) for each round before, at least a
/// second, at most retry_delay_max or retry_delay, whichever is longer.
std::chrono::milliseconds round_delay(std::int32_t round, const messaging_settings& settings);

/// Before a retry of what may have arrived, without jitter: retry_delay, times retry_backoff for
/// each earlier round through the list.
std::chrono::milliseconds retry_delay(std::int32_t rounds_before,
                                      const messaging_settings& settings);

/// The text of a chain that ended so; `last` is the answer to its last attempt.
std::string patience_ended(std::chrono::milliseconds give_up_after, std::string_view last);

persistence::error_code error_of(outcome_kind kind);

/// True for outcomes of attempts that surely did not arrive and say nothing of recipient or
/// content.
bool was_not_sent(persistence::error_code error);

}  // namespace postrider::actors
