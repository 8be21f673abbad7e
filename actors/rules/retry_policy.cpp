#include "actors/rules/retry_policy.hpp"

#include "base/mutant.hpp"
#include "persistence/attempts.hpp"

#include <algorithm>
#include <cmath>

namespace postrider::actors {
namespace {

using persistence::error_code;
using persistence::time_point;
using std::chrono::milliseconds;

bool rejected(error_code error) {
  return error == error_code::recipient_rejected || error == error_code::message_rejected;
}

bool usable(const candidate& one) { return one.excluded == exclusion::none; }

/// A chain whose last attempt may have been delivered: a second copy would be possible.
bool held(const failed_chain& failure) {
  if (failure.error != error_code::outcome_unknown) return false;
  const auto own = failure.transaction->on_unknown;
  const auto policy =
      own == persistence::on_unknown::by_provider ? failure.provider_on_unknown : own;
  return policy == persistence::on_unknown::hold;
}

milliseconds with_jitter(milliseconds delay, double jitter, double random) {
  const double factor = 1.0 + jitter * (2.0 * random - 1.0);
  return milliseconds(static_cast<std::int64_t>(static_cast<double>(delay.count()) * factor));
}

/// This chain has tried it and may try it again, but it was switched off or removed since. One that
/// was away all the time is no way out: a chain would wait for what was removed for good.
bool may_come_back(const candidate& one) {
  const bool away =
      one.excluded == exclusion::not_configured || one.excluded == exclusion::provider_inactive;
  return away && one.tries > 0;
}

/// No delay is longer than a month, whatever the backoff.
constexpr double max_delay_ms = 30.0 * 24 * 3600 * 1000;
constexpr milliseconds shortest_round{1'000};

milliseconds grown(milliseconds base, double factor, std::int32_t times) {
  const double grown = static_cast<double>(base.count()) * std::pow(factor, std::max(0, times));
  return milliseconds(static_cast<std::int64_t>(std::min(grown, max_delay_ms)));
}

time_point not_before(const failed_chain& failure, const candidate& one) {
  const auto* tried = persistence::find_attempt(failure.transaction->attempts, one.provider);
  return tried && !mutant(mutation::named_time_ignored) ? tried->not_before : time_point{};
}

/// The time at which a round that is under way, or planned, goes on.
time_point round_time(const failed_chain& failure) {
  return std::max(failure.transaction->round_due, failure.now);
}

/// A provider that takes this message and has not had its turn in the chain's round.
bool has_turn(const failed_chain& failure, const candidate& one) {
  if (!usable(one) || one.circuit_open) return false;
  const auto* tried = persistence::find_attempt(failure.transaction->attempts, one.provider);
  if (!tried) return true;
  return tried->round < failure.transaction->round &&
         not_before(failure, one) <= round_time(failure);
}

/// False while nobody knows: it has its turn, or its probe is under way.
bool surely_takes_nothing(const failed_chain& failure, const candidate& one) {
  return !usable(one) || (!has_turn(failure, one) && !one.probing);
}

/// The first of them that may be called at `when`, or else the one that may be called first.
template <class Fits>
const candidate* first_at(const failed_chain& failure, time_point when, Fits fits) {
  const candidate* best = nullptr;
  for (const auto& one : failure.candidates) {
    if (!usable(one) || !fits(one)) continue;
    if (not_before(failure, one) <= when) return &one;
    if (!best || not_before(failure, one) < not_before(failure, *best)) best = &one;
  }
  return best;
}

const candidate* first_untried(const failed_chain& failure) {
  const auto at = std::ranges::find_if(
      failure.candidates, [](const candidate& one) { return usable(one) && one.tries == 0; });
  return at == failure.candidates.end() ? nullptr : &*at;
}

bool too_late(const failed_chain& failure, time_point when) {
  const auto& expires = failure.transaction->expires_at;
  return expires && when >= *expires;
}

retry_decision go_on(const failed_chain& failure, const candidate& next, milliseconds delay,
                     bool uses_retry) {
  const auto& row = *failure.transaction;
  if (uses_retry && row.retries_used >= row.max_retries) return give_up{failure.error};
  const auto pause = not_before(failure, next) - failure.now;
  if (pause > delay) delay = std::chrono::ceil<milliseconds>(pause);
  if (failure.due && pause <= milliseconds(0)) delay = milliseconds(0);
  if (too_late(failure, failure.now + delay)) return give_up{failure.error};
  const bool may_be_second = row.possible_duplicate || persistence::chain_may_have_arrived(row) ||
                             failure.error == error_code::outcome_unknown;
  return try_next{next, delay, may_be_second, uses_retry};
}

/// The next transaction of a chain that uses up a retry: after an unknown outcome, and without
/// patience after an attempt that was not sent.
retry_decision retry(const failed_chain& failure, const messaging_settings& settings) {
  const auto* next = first_untried(failure);
  if (!next)
    next = first_at(failure, failure.now + settings.retry_delay,
                    [](const candidate&) { return true; });
  // Attempts that were not sent make no round of retries.
  const auto rounds = std::min(next->tries - 1, failure.transaction->retries_used);
  const auto delay =
      with_jitter(retry_delay(rounds, settings), settings.retry_jitter, failure.random);
  return go_on(failure, *next, delay, !mutant(mutation::unknown_uses_no_retry));
}

/// All usable providers are tried: the same transaction waits.
retry_decision wait(const failed_chain& failure, const messaging_settings& settings) {
  const auto& row = *failure.transaction;
  const auto now = failure.now;
  const auto in_turn = [&](const candidate& one) { return has_turn(failure, one); };
  const bool round_goes_on = std::ranges::any_of(failure.candidates, in_turn);
  auto round = row.round;
  auto round_due = row.round_due;
  const auto between = [&](std::int32_t rounds_before) {
    const auto longest = std::max(settings.retry_delay_max, settings.retry_delay);
    return std::clamp(
        with_jitter(round_delay(rounds_before, settings), settings.retry_jitter, failure.random),
        shortest_round, std::max(longest, shortest_round));
  };
  const auto* own = persistence::find_attempt(row.attempts, row.provider);
  if (round_due > now) {
    // A round that was planned stays planned, but a provider that was down then and was tried only
    // now has its time, too.
    if (own && own->count == 1 && round > 0)
      round_due = std::max(round_due, now + between(round - 1));
  } else if (round_goes_on) {
    round_due = now + settings.failover_delay;
  } else {
    const bool at_once = failure.due || mutant(mutation::round_not_waited_for);
    round_due = at_once ? now : now + between(round);
    ++round;
  }
  // One that named a time behind the next round is not waited for: the others have their round.
  const auto is_open = [&](const candidate& one) {
    return one.circuit_open && not_before(failure, one) <= std::max(round_due, now);
  };
  const auto* open =
      first_at(failure, now, [&](const candidate& one) { return is_open(one) && one.tries == 0; });
  if (!open) open = first_at(failure, now, is_open);
  if (open) {
    // Its place among what waits there is that of its chain.
    const auto since = persistence::patience_begin(row);
    return wait_again{*open, std::max(since, not_before(failure, *open)), round, round_due};
  }
  const auto* next = round_goes_on
                         ? first_at(failure, round_due, in_turn)
                         : first_at(failure, round_due, [](const candidate&) { return true; });
  const auto due = std::max(round_due, not_before(failure, *next));
  if (too_late(failure, due)) return give_up{failure.error};
  return wait_again{*next, due, round, round_due};
}

/// A provider that says "in a moment" again and again takes nothing either. A row of an old backlog
/// is not meant, which was tried a moment ago for the first time.
bool asked_to_wait_for_ever(const failed_chain& failure, const messaging_settings& settings) {
  const auto& row = *failure.transaction;
  const auto* tried = persistence::find_attempt(row.attempts, row.provider);
  const auto longest =
      failure.give_up_after.count() > 0 ? failure.give_up_after : settings.retry_delay_max;
  return tried && tried->count > 1 && failure.now - tried->first.began >= longest;
}

/// A throttle that ends before a retry would be due: the same transaction, at the same provider.
const candidate* waits_for_same(const failed_chain& failure, const messaging_settings& settings) {
  if (failure.error != error_code::throttled || failure.due) return nullptr;
  if (asked_to_wait_for_ever(failure, settings)) return nullptr;
  const auto own =
      std::ranges::find(failure.candidates, failure.transaction->provider, &candidate::provider);
  if (own == failure.candidates.end() || !usable(*own)) return nullptr;
  const auto until = not_before(failure, *own);
  const bool named = until != time_point{};
  return named && until <= failure.now + settings.retry_delay ? &*own : nullptr;
}

retry_decision after_refusal(const failed_chain& failure, const messaging_settings& settings) {
  const auto& row = *failure.transaction;
  if (const auto* same = waits_for_same(failure, settings))
    return wait_again{*same, not_before(failure, *same), row.round, row.round_due};
  const bool impatient = failure.give_up_after.count() == 0 && was_not_sent(failure.error);
  const auto* untried = first_untried(failure);
  // A provider that is down and still untried is waited for by one transaction, however often
  // others are tried meanwhile.
  const auto* own = persistence::find_attempt(row.attempts, row.provider);
  if (untried && untried->circuit_open && own && own->count > 1 && !impatient) untried = nullptr;
  if (untried) {
    const bool at_once = rejected(failure.error) || failure.error == error_code::throttled;
    return go_on(failure, *untried, at_once ? milliseconds(0) : settings.failover_delay, impatient);
  }
  if (impatient) return retry(failure, settings);
  const bool last_word = !failure.due && failure.give_up_after.count() > 0 &&
                         std::ranges::all_of(failure.candidates, [&](const candidate& one) {
                           return surely_takes_nothing(failure, one);
                         });
  const bool ends = out_of_patience(row, failure.now, failure.give_up_after) ||
                    mutant(mutation::patience_forgotten);
  if (last_word && ends) return give_up{failure.error, true};
  return wait(failure, settings);
}

}  // namespace

error_code error_of(outcome_kind kind) {
  switch (kind) {
    case outcome_kind::accepted: return error_code::none;
    case outcome_kind::recipient_rejected: return error_code::recipient_rejected;
    case outcome_kind::message_rejected: return error_code::message_rejected;
    case outcome_kind::throttled: return error_code::throttled;
    case outcome_kind::unavailable: return error_code::unavailable;
    case outcome_kind::misconfigured: return error_code::misconfigured;
    case outcome_kind::unknown: return error_code::outcome_unknown;
  }
  return error_code::outcome_unknown;
}

bool was_not_sent(error_code error) {
  return error == error_code::unavailable || error == error_code::misconfigured ||
         error == error_code::throttled;
}

milliseconds round_delay(std::int32_t round, const messaging_settings& settings) {
  const auto delay = grown(settings.retry_delay, std::max(2.0, settings.retry_backoff), round);
  const auto longest = std::max(settings.retry_delay_max, settings.retry_delay);
  return std::max(shortest_round, std::min(delay, longest));
}

milliseconds retry_delay(std::int32_t rounds_before, const messaging_settings& settings) {
  return grown(settings.retry_delay, settings.retry_backoff, rounds_before);
}

bool out_of_patience(const persistence::transaction& row, time_point now,
                     milliseconds give_up_after) {
  if (mutant(mutation::patience_without_end)) return false;
  return give_up_after.count() > 0 && persistence::patience_begin(row) + give_up_after <= now;
}

std::string patience_ended(milliseconds give_up_after, std::string_view last) {
  std::string text = "no provider took it for ";
  text += std::to_string(std::chrono::duration_cast<std::chrono::seconds>(give_up_after).count());
  text += " s (give_up_after)";
  return last.empty() ? text : text.append("; the last attempt: ").append(last);
}

const candidate* place_now(const persistence::transaction& waiting,
                           std::span<const candidate> candidates, persistence::provider_id away,
                           time_point now, const messaging_settings& settings) {
  // In its first round the chain has come to `away` when the transaction was made.
  const auto round_due = waiting.round_due == time_point{}
                             ? waiting.created_at + round_delay(0, settings)
                             : waiting.round_due;
  for (const auto& one : candidates) {
    if (!usable(one) || one.circuit_open || one.provider == away) continue;
    const auto* tried = persistence::find_attempt(waiting.attempts, one.provider);
    const bool named = tried && tried->not_before > now && !mutant(mutation::named_time_ignored);
    if (!tried || (round_due <= now && !named)) return &one;
  }
  return nullptr;
}

retry_decision decide(const failed_chain& failure, const messaging_settings& settings) {
  const auto& row = *failure.transaction;
  if (held(failure)) return give_up{failure.error};
  if (row.expires_at && *row.expires_at <= failure.now)
    // A message that may have been delivered must not be reported as expired unsent.
    return give_up{persistence::may_have_arrived(failure.error) ? failure.error
                                                                : error_code::expired};
  if (std::ranges::none_of(failure.candidates, usable)) {
    const bool out =
        persistence::may_have_arrived(failure.error) && row.retries_used >= row.max_retries;
    if (!out && std::ranges::any_of(failure.candidates, may_come_back))
      return try_later{with_jitter(settings.retry_delay, settings.retry_jitter, failure.random)};
    return give_up{failure.error};
  }
  if (failure.error == error_code::outcome_unknown) return retry(failure, settings);
  if (failure.error == error_code::undelivered) {
    if (const auto* untried = first_untried(failure))
      return go_on(failure, *untried, milliseconds(0), false);
    return retry(failure, settings);
  }
  return after_refusal(failure, settings);
}

}  // namespace postrider::actors
