#pragma once

#include "actors/api/gateway.hpp"

namespace postrider::actors {

/// Makes `send_at` and `expires_at` what is stored: what was to be sent in the past is sent now,
/// and a ttl begins when the message may be sent.
void resolve_times(send_request& request, time_point now);

/// A send request's values as a message (without its id), or everything that is wrong with them.
/// Pure.
result<persistence::message> check_message(send_request request, time_point now);

/// The same without a copy: when nothing is wrong, text, subject, html and metadata are moved out
/// of the request.
result<persistence::message> take_message(send_request& request, time_point now);

}  // namespace postrider::actors
