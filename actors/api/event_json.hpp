#pragma once

#include "actors/api/event_requests.hpp"

#include <string>

namespace postrider::actors {

/// Appends one event as clients see it, in answers and in calls of endpoints alike:
///
///   {"id": "evt_...", "type": "message.sent", "timestamp": "2026-12-01T05:06:07.089Z",
///    "data": {"message_id": ..., "transaction_id": ..., "user_id": ..., "recipient_no": ...,
///             "recipient": ..., "provider": ..., "attempts": ..., "error_code": ...,
///             "detail": ..., "possible_duplicate": ..., "settled_by_hand": ..., "test": ...,
///             "reference": ..., "metadata": {...}}}
///
/// The members type, timestamp and data are those of Standard Webhooks 1.0. An event of a provider
/// has provider, detail and node in its data, one of an endpoint endpoint_id, url, detail and node.
/// No value is longer than its column.
void append_event_json(std::string& out, const event_info& e);

}  // namespace postrider::actors
