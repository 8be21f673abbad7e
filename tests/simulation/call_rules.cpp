#include "tests/simulation/call_rules.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <ranges>
#include <utility>

namespace postrider::tests {

using namespace std::chrono_literals;
using actors::outcome_kind;
using persistence::error_code;

namespace {

bool not_sent(error_code error) {
  return error == error_code::unavailable || error == error_code::misconfigured ||
         error == error_code::throttled;
}

bool rejected(error_code error) {
  return error == error_code::recipient_rejected || error == error_code::message_rejected;
}

double seconds_of(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}
double seconds_of(std::chrono::steady_clock::time_point moment) {
  return seconds_of(moment.time_since_epoch());
}

/// Nodes look once a second whether another one changed a provider.
constexpr auto longest_until_noticed = 3s;
/// A call may have begun so long before its end.
constexpr auto longest_call = 5min;

}  // namespace

void call_rules::on_reloaded(int process) {
  auto& known = lines_[process];
  known.blind = false;
  // Those who are told of it have not read it yet.
  forget(known, clock_.steady);
}

void call_rules::on_providers_changed() {
  const auto noticed = std::max(clock_.steady, slow_until_) + longest_until_noticed;
  for (auto& [process, known] : lines_)
    forget(known, std::max(known.since, noticed));
}

/// Its senders may begin anew until then, or keep what they know.
void call_rules::forget(known_process& known, instant until) {
  known.since = until;
  for (auto& [name, seen] : known.providers) {
    auto coming = std::move(seen.coming);
    for (auto& one : coming)
      one.may_not_count = true;
    seen = line();
    seen.coming = std::move(coming);
    seen.is_known = false;
  }
}

std::vector<std::string> call_rules::check(int process, const std::string& provider,
                                           const audited_row& row,
                                           const std::vector<audited_row>& rows) {
  check_chain(provider, row, rows);
  auto& known = lines_[process];
  auto& seen = known.providers[provider];
  learn(provider, seen);
  if (!known.blind && clock_.steady > known.since) {
    check_line(provider, seen);
    check_round(process, provider, row, rows);
  }
  return std::exchange(wrong_, {});
}

void call_rules::on_answer(int process, const std::string& provider, const audited_row& row,
                           const call_answer& answer) {
  auto& known = lines_[process];
  answered_call made{clock_.steady, clock_.steady + answer.after,
                     answer,        known.blind || clock_.steady <= known.since,
                     provider,      process,
                     std::nullopt};
  const auto [place, is_first] = chains_[chain_of(row)].try_emplace(provider);
  auto& before = place->second;
  if (not_sent(before.error)) made.refused_before = before.at;
  // Attempts are compared by the wall clock, and one whose end got lost may be stored all the same.
  const bool jumped = jumped_ && *jumped_ >= before.at - longest_call;
  made.may_not_count |= !is_first && (jumped || before.error == error_code::outcome_unknown);
  // Until its end is recorded; after a crash it stays so.
  before.error = error_code::outcome_unknown;
  calls_[row.id] = made;
  waits_.erase(row.id);
  auto& seen = known.providers[provider];
  seen.coming.push_back(made);
  seen.is_known = seen.is_known && !made.may_not_count;
}

// ---- the chain ----------------------------------------------------------------------------------

std::string call_rules::chain_of(const audited_row& row) {
  return fmt::format("{}/{}/{}", to_string(row.message), row.recipient_no, row.chain_no);
}

void call_rules::on_recorded(const audited_row& row, const persistence::attempt_result& result) {
  const auto call = calls_.find(row.id);
  if (call == calls_.end()) return;
  const auto& answered = call->second;
  chains_[chain_of(row)][answered.provider] = {result.error, answered.at, result.not_before,
                                               answered.process};
}

void call_rules::on_waits(const persistence::wait_again& step) { waits_[step.id] = step; }

/// The same transaction again: when its time has come, or elsewhere when that is free to take it.
void call_rules::check_wait(const std::string& provider, const audited_row& row) {
  const bool jumped = jumped_ && clock_.steady - *jumped_ < 48h;
  const auto& chain = chains_[chain_of(row)];
  const auto before = chain.find(provider);
  if (before != chain.end() && clock_.wall() < before->second.not_before && !jumped)
    wrong(fmt::format("{} is called {} s before the time that it named to this chain:{}", provider,
                      seconds_of(before->second.not_before - clock_.wall()), text_of({row})));
  const auto waits = waits_.find(row.id);
  if (waits == waits_.end() || jumped) return;
  const bool same = row.provider == waits->second.provider;
  const auto due = same                    ? waits->second.due_at
                   : before != chain.end() ? waits->second.round_due
                                           : persistence::time_point{};
  if (clock_.wall() < due)
    wrong(fmt::format("called {} s before its turn:{}", seconds_of(due - clock_.wall()),
                      text_of({row})));
}

void call_rules::check_chain(const std::string& provider, const audited_row& row,
                             const std::vector<audited_row>& rows) {
  check_wait(provider, row);
  const auto& chain = chains_[chain_of(row)];
  if (const auto before = chain.find(provider);
      before != chain.end() && rejected(before->second.error))
    wrong(
        fmt::format("{} is called again in a chain that it rejected:{}", provider, text_of(rows)));
  check_copies(row, rows);
  for (const auto& one : rows) {
    if (one.chain_no != row.chain_no || one.retry_count >= row.retry_count) continue;
    // A row that a receipt brought back is followed by this one, whatever was tried in between.
    if (one.superseded_by == row.id) check_delay(one);
  }
}

/// After an answer that leaves it open whether the message arrived, it is sent again max_retries
/// times at most. A receipt that brings a chain back begins its count anew.
void call_rules::check_copies(const audited_row& row, const std::vector<audited_row>& rows) {
  int copies = 0;
  for (const auto& one : rows) {
    if (one.chain_no != row.chain_no || one.retry_count >= row.retry_count) continue;
    if (one.error == error_code::undelivered) return;
    const auto call = calls_.find(one.id);
    copies += call != calls_.end() && call->second.answer.kind == outcome_kind::unknown;
  }
  if (copies > messaging_.max_retries)
    wrong(fmt::format("sent again after {} answers that left it open, at most {} times:{}", copies,
                      messaging_.max_retries, text_of(rows)));
}

/// Stored times are the wall clock's, and what is due follows it.
void call_rules::check_delay(const audited_row& before) {
  const auto call = calls_.find(before.id);
  if (call == calls_.end() || hastened_.contains(before.id)) return;
  // A message that was not delivered after all goes on at once.
  if (before.error == error_code::undelivered) return;
  if (jumped_ && *jumped_ >= call->second.called) return;
  const auto due = due_.find(before.id);
  if (due == due_.end()) {
    const bool waits =
        before.error == error_code::unavailable || before.error == error_code::misconfigured;
    if (waits && messaging_.failover_delay.count() > 0)
      wrong("called at once after a failure:" + text_of({before}));
  } else if (clock_.wall() < due->second) {
    wrong(fmt::format("called {} s before it was due:{}", seconds_of(due->second - clock_.wall()),
                      text_of({before})));
  }
}

bool call_rules::may_have_been_down(const line& seen, instant since) {
  return !seen.is_known || seen.open_until || seen.closed_at > since;
}

/// True when another process, for which the provider was down, had the row's last attempt: it left
/// the row in the provider's lane, where this one finds it.
bool call_rules::moved_elsewhere(int process, const std::string& provider, const audited_row& row,
                                 instant since) {
  const auto last = calls_.find(row.id);
  if (last == calls_.end() || last->second.process == process) return false;
  auto& known = lines_[last->second.process];
  auto& seen = known.providers[provider];
  learn(provider, seen);
  return known.blind || known.started > since || may_have_been_down(seen, since);
}

/// A provider that refused a chain is called by it again after retry_delay at the earliest, unless
/// it was down in between: what waits for that goes when it is back, or when another process, for
/// which its circuit is closed, finds it.
void call_rules::check_round(int process, const std::string& provider, const audited_row& row,
                             const std::vector<audited_row>& rows) {
  const auto& seen = lines_[process].providers.at(provider);
  const auto& chain = chains_[chain_of(row)];
  const auto before = chain.find(provider);
  // A person, or a receipt that brought the chain back, does not wait for the round.
  const bool hastened = std::ranges::any_of(rows, [&](const auto& one) {
    return hastened_.contains(one.id) || one.error == error_code::undelivered;
  });
  if (!rounds_ || jumped_ || before == chain.end() || hastened) return;
  if (before->second.error != error_code::unavailable) return;
  const bool was_down = before->second.process != process ||
                        may_have_been_down(seen, before->second.at) ||
                        moved_elsewhere(process, provider, row, before->second.at);
  const auto earliest = before->second.at + messaging_.retry_delay * 3 / 4;
  if (!was_down && clock_.steady < earliest)
    wrong(fmt::format("{} is called {} s before the chain's next round:{}", provider,
                      seconds_of(earliest - clock_.steady), text_of({row})));
}

// ---- the provider -------------------------------------------------------------------------------

void call_rules::check_line(const std::string& provider, const line& seen) {
  const auto now = clock_.steady;
  const auto begun_before = [&](instant known_at) {
    return now <= std::max(known_at, slow_until_);
  };
  if (now < seen.paused_until && !begun_before(seen.paused_from))
    wrong(fmt::format("{} is called {} s before the end of the pause that it asked for at {} s",
                      provider, seconds_of(seen.paused_until - now), seconds_of(seen.paused_from)));
  if (!seen.is_known || !seen.open_until || begun_before(*seen.opened_at)) return;
  if (now < *seen.open_until)
    wrong(fmt::format("{} is called though its circuit is {} since {} s", provider,
                      held(seen) ? "held" : "open", seconds_of(*seen.opened_at)));
  const bool probed =
      std::ranges::any_of(seen.coming, [&](const auto& one) { return is_probe(seen, one.called); });
  if (probed) wrong(provider + " is called though the probe of its circuit is under way");
}

/// Everything that its sender surely knows by now; of what comes at this moment only what could
/// make it less careful.
void call_rules::learn(const std::string& provider, line& seen) {
  const auto knows = [this](const answered_call& one) {
    const bool careful = one.answer.kind != outcome_kind::accepted &&
                         one.answer.kind != outcome_kind::recipient_rejected;
    return careful ? one.at < clock_.steady : one.at <= clock_.steady;
  };
  std::ranges::stable_sort(seen.coming, {}, &answered_call::at);
  // One by one: what ends later is still coming then.
  for (auto next = seen.coming.begin(); next != seen.coming.end();) {
    if (!knows(*next)) {
      ++next;
      continue;
    }
    const auto one = *next;
    next = seen.coming.erase(next);
    learn(provider, seen, one);
  }
}

void call_rules::learn(const std::string& provider, line& seen, const answered_call& one) {
  // Acceptances before a process started, or a sender with a configuration, are not known.
  const auto& known = lines_[one.process];
  const bool second = one.refused_before && seen.accepted_at < *one.refused_before &&
                      one.answer.kind != outcome_kind::unknown;
  const bool repeated = second && *one.refused_before > std::max(known.started, known.since);
  // Its circuit is open now, or it is not.
  const bool refusal = one.answer.kind != outcome_kind::accepted &&
                       one.answer.kind != outcome_kind::recipient_rejected &&
                       one.answer.kind != outcome_kind::message_rejected;
  if (second && !repeated && refusal) seen.is_known = false;
  const bool probe = is_probe(seen, one.called);
  if (one.answer.kind == outcome_kind::throttled) {
    if (held(seen) && probe) {
      seen.opened_at = one.at;
      seen.open_until = one.at + first_hold(seen);
    }
    if (repeated && !seen.open_until) {
      seen.opened_at = one.at;
      seen.open_until = one.at + open_for(provider);
    }
    if (!one.may_not_count && one.at + one.answer.pause > seen.paused_until) {
      seen.paused_from = one.at;
      seen.paused_until = one.at + one.answer.pause;
    }
    return;
  }
  const auto open = [&](instant until) {
    seen.opened_at = one.at;
    seen.open_until = until;
  };
  const auto& settings = circuits_.at(provider);
  switch (one.answer.kind) {
    case outcome_kind::accepted: seen.accepted_at = one.at; [[fallthrough]];
    case outcome_kind::recipient_rejected:
    case outcome_kind::message_rejected:
      // A call that was on its way does not help a chain that waits for a person.
      if (held(seen) && !probe) return;
      if (seen.may_be_held_since && one.called <= *seen.may_be_held_since) return;
      seen.may_be_held_since.reset();
      seen.failures = 0;
      seen.hold = {};
      if (seen.opened_at || !seen.is_known) seen.closed_at = one.at;
      seen.opened_at.reset();
      seen.open_until.reset();
      // This resets all that it knew before.
      seen.is_known =
          !one.may_not_count && std::ranges::none_of(seen.coming, &answered_call::may_not_count);
      return;
    case outcome_kind::misconfigured:
      ++seen.failures;
      // Held by one that may not count, its sender takes no notice of the next one.
      if (one.may_not_count) seen.may_be_held_since = one.at;
      seen.is_known = !seen.may_be_held_since;
      if (!seen.is_known) return;
      if (held(seen) && !probe) {
        // The sender may have heard either one of two refusals in the same instant first.
        if (one.at != *seen.opened_at || one.answer.credentials) return;
        seen.credentials = false;
        seen.hold = std::min<std::chrono::nanoseconds>(seen.hold, first_hold(seen));
        return open(one.at + seen.hold);
      }
      seen.credentials = one.answer.credentials;
      seen.hold = std::clamp<std::chrono::nanoseconds>(seen.hold * 2, first_hold(seen), 6h);
      return open(one.at + seen.hold);
    default: break;
  }
  ++seen.failures;
  const bool late = seen.opened_at && one.called <= std::max(*seen.opened_at, slow_until_);
  if (held(seen) && probe) return open(one.at + first_hold(seen));
  if (held(seen) || late) return;
  if (probe || repeated || seen.failures >= settings.failures) open(one.at + open_for(provider));
}

}  // namespace postrider::tests
