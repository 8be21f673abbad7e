#pragma once

#include "actors/delivery/provider_call.hpp"
#include "actors/messages.hpp"

#include <unordered_map>

namespace postrider::actors {

enum class delivery_phase : std::uint8_t { beginning, calling, recording };

/// One delivery in a sender's hands, from its begin until the ledger has its end.
struct active_delivery {
  persistence::delivery delivery;
  delivery_phase phase = delivery_phase::beginning;
  steady_point started{};
  /// When its phase began.
  steady_point since{};
  /// When the provider was called, by the wall clock, and with which settings.
  persistence::time_point called{};
  provider_ptr provider{};
  /// The host that is called, where the provider calls many.
  std::string host{};
  /// A call of test mode: no provider was called.
  bool simulated = false;

  provider_call call() const { return {delivery, called, *provider}; }
};

using active_deliveries = std::unordered_map<persistence::transaction_id, active_delivery>;

bool has_expired(const persistence::transaction& row, persistence::time_point wall);
/// The end of an attempt that was not begun in time.
persistence::attempt_result expired_unsent();
/// The end of a call. `answer`: what the provider said, for the history of the attempt.
persistence::attempt_result result_of(const active_delivery& entry, outcome came,
                                      std::string answer, persistence::time_point ended);

/// Whether another attempt may follow: a failure that is not the message's end in time.
bool has_failed(const persistence::attempt_result& result);
/// `expected`: the row's status until then.
ended_attempt ended(persistence::delivery delivery, persistence::transaction_status expected,
                    persistence::attempt_result result);
std::string sentence_of(const outcome& came);

}  // namespace postrider::actors
