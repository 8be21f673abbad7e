#pragma once

#include "actors/providers/transfer/transfer.hpp"
#include "actors/rules/endpoint_window.hpp"

namespace postrider::actors {

/// An endpoint has so long for its answer.
inline constexpr std::chrono::seconds endpoint_timeout{15};

/// A call of Standard Webhooks 1.0: `id` is the same at each repetition.
transfer_request endpoint_request(const persistence::endpoint& to, const std::string& id,
                                  std::string body, persistence::time_point now);

/// Any 2xx is delivered, 410 is gone, all else failed: the specification knows no other final
/// answer. 429 and 503 may ask for a time (Retry-After).
endpoint_answer endpoint_answer_of(const transfer_result& result, persistence::time_point now);

}  // namespace postrider::actors
