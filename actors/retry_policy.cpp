#include "actors/retry_policy.hpp"

#include <algorithm>
#include <cmath>

namespace postrider::actors {
namespace {

using persistence::error_code;
using std::chrono::milliseconds;

bool rejected(error_code error) {
  return error == error_code::recipient_rejected || error == error_code::message_rejected;
}

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

milliseconds delay_before(const candidate& next, const failed_chain& failure,
                          const messaging_settings& settings) {
  if (failure.due) return milliseconds(0);
  const bool unknown = failure.error == error_code::outcome_unknown;
  if (next.tries == 0 && !unknown)
    return rejected(failure.error) ? milliseconds(0) : settings.failover_delay;
  return with_jitter(round_delay(next.tries, settings), settings.retry_jitter, failure.random);
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

milliseconds round_delay(std::int32_t tries, const messaging_settings& settings) {
  const auto round = std::max(0, tries - 1);
  const double base =
      static_cast<double>(settings.retry_delay.count()) * std::pow(settings.retry_backoff, round);
  return milliseconds(static_cast<std::int64_t>(std::min(base, max_delay_ms)));
}

std::vector<persistence::attempt> attempts_after(const persistence::transaction& failed,
                                                 error_code error) {
  auto attempts = failed.attempts;
  attempts.push_back({failed.provider, error});
  return attempts;
}

retry_decision decide(const failed_chain& failure, const messaging_settings& settings) {
  const auto& transaction = *failure.transaction;
  if (held(failure)) return give_up{failure.error};
  if (transaction.expires_at && *transaction.expires_at <= failure.now)
    // What may have been delivered must not be told to have expired unsent.
    return give_up{persistence::may_have_arrived(failure.error) ? failure.error
                                                                : error_code::expired};
  if (transaction.retry_count >= transaction.max_retries) return give_up{failure.error};
  const auto* next = first_usable(failure.candidates);
  if (!next && std::ranges::any_of(failure.candidates, may_come_back))
    return try_later{with_jitter(settings.retry_delay, settings.retry_jitter, failure.random)};
  if (!next) return give_up{failure.error};
  const auto delay = delay_before(*next, failure, settings);
  if (transaction.expires_at && failure.now + delay >= *transaction.expires_at)
    return give_up{failure.error};
  return try_next{*next, delay,
                  failure.error == error_code::outcome_unknown || transaction.possible_duplicate};
}

}  // namespace postrider::actors
