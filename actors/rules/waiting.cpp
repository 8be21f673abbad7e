#include "actors/rules/waiting.hpp"

#include "actors/rules/provider_states.hpp"
#include "persistence/attempts.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

using persistence::transaction_status;

/// True when the provider that the row waits for named the row's due time.
bool was_named(const persistence::transaction& row) {
  const auto* tried = persistence::find_attempt(row.attempts, row.provider);
  return tried && tried->not_before == row.due_at;
}

waiting_reason reason_of(const persistence::transaction& row, provider_state state,
                         persistence::time_point now) {
  if (row.status == transaction_status::failed) return waiting_reason::retry;
  if (row.due_at > now) {
    if (row.attempts.empty()) return waiting_reason::scheduled;
    return was_named(row) ? waiting_reason::throttled : waiting_reason::next_round;
  }
  switch (state) {
    case provider_state::working: break;
    case provider_state::down: return waiting_reason::provider_down;
    case provider_state::off: return waiting_reason::provider_off;
  }
  return waiting_reason::turn;
}

/// False where give_up_after ends nothing: a provider that works has its turn, one that is switched
/// off waits for its operator, and a retry of what may have arrived has a number of its own.
bool patience_ends(waiting_reason reason) {
  return reason == waiting_reason::provider_down || reason == waiting_reason::throttled ||
         reason == waiting_reason::next_round;
}

}  // namespace

std::string_view to_string(waiting_reason reason) {
  switch (reason) {
    case waiting_reason::scheduled: return "scheduled";
    case waiting_reason::turn: return "turn";
    case waiting_reason::provider_down: return "provider_down";
    case waiting_reason::provider_off: return "provider_off";
    case waiting_reason::throttled: return "throttled";
    case waiting_reason::next_round: return "next_round";
    case waiting_reason::retry: return "retry";
  }
  return "?";
}

bool is_for_provider(waiting_reason reason) {
  return reason == waiting_reason::turn || reason == waiting_reason::provider_down ||
         reason == waiting_reason::provider_off || reason == waiting_reason::throttled;
}

provider_state state_of(const provider_directory& directory, persistence::provider_id provider) {
  const auto known = directory.usable.find(provider);
  if (known == directory.usable.end() || known->second->idle()) return provider_state::off;
  return known->second->window->down() ? provider_state::down : provider_state::working;
}

std::optional<waiting_info> waiting_of(const persistence::transaction& row, provider_state state,
                                       std::chrono::milliseconds give_up_after,
                                       persistence::time_point now) {
  const bool waits = row.status == transaction_status::pending ||
                     (row.status == transaction_status::failed && !row.completed_at);
  if (!waits) return std::nullopt;
  waiting_info info;
  info.reason = reason_of(row, state, now);
  const bool scheduled = info.reason == waiting_reason::scheduled;
  info.since = scheduled ? row.created_at : persistence::patience_begin(row);
  if (row.due_at > now || info.reason == waiting_reason::retry) info.next_at = row.due_at;
  if (give_up_after.count() > 0 && patience_ends(info.reason))
    info.until = persistence::patience_begin(row) + give_up_after;
  if (row.expires_at) info.until = std::min(info.until.value_or(*row.expires_at), *row.expires_at);
  info.attempts = persistence::count_attempts(row.attempts);
  return info;
}

void note_pause(waiting_info& info, const provider_info& provider, persistence::time_point now) {
  const bool due =
      info.reason == waiting_reason::turn || info.reason == waiting_reason::provider_down;
  const bool closed = provider.circuit.state == to_string(circuit_state::closed);
  if (!due || !closed || !(provider.paused_until > now)) return;
  info.reason = waiting_reason::throttled;
  info.next_at = provider.paused_until;
}

void describe_waiting(transaction_info& info, const provider_directory& directory,
                      const environment& environment) {
  const auto patience =
      info.test ? std::chrono::milliseconds(0) : environment.settings.messaging.give_up_after;
  info.waits_for = waiting_of(info.transaction, state_of(directory, info.transaction.provider),
                              patience, environment.wall_clock());
  const auto seen = environment.providers->get();
  if (!info.waits_for || !seen) return;
  const auto provider = seen->all.find(info.transaction.provider);
  if (provider != seen->all.end())
    note_pause(*info.waits_for, provider->second, environment.wall_clock());
}

}  // namespace postrider::actors
