#pragma once

#include "actors/api/delivery_info.hpp"
#include "actors/api/gateway.hpp"
#include "actors/environment.hpp"

#include <optional>

namespace postrider::actors {

/// The state of a provider, as this process sees it.
enum class provider_state : std::uint8_t {
  working,
  down,  ///< its circuit is open, or it asked for a long pause
  off,   ///< switched off, or not in the configuration
};
provider_state state_of(const provider_directory& directory, persistence::provider_id provider);

/// | the row | reason | next_at |
/// |---|---|---|
/// | failed | retry | its due time |
/// | pending, due later, never tried | scheduled | its due time |
/// | pending, due when its provider said | throttled | its due time |
/// | pending, due later otherwise | next_round | its due time |
/// | pending, due, its provider is off | provider_off | nothing |
/// | pending, due, its provider is down | provider_down | nothing |
/// | pending, due otherwise | turn | nothing |
///
/// Nothing for what is being sent or has ended. Pure.
std::optional<waiting_info> waiting_of(const persistence::transaction& row, provider_state state,
                                       std::chrono::milliseconds give_up_after,
                                       persistence::time_point now);

/// A provider that asked to wait has named the time of what is due there: `throttled`, and
/// next_at is its `paused_until`. Pure.
void note_pause(waiting_info& info, const provider_info& provider, persistence::time_point now);

/// Fills `waits_for` of a transaction, as of now.
void describe_waiting(transaction_info& info, const provider_directory& directory,
                      const environment& environment);

}  // namespace postrider::actors
