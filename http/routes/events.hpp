#pragma once

#include "http/connection/push_stream.hpp"
#include "http/request.hpp"

#include <array>

namespace postrider::http::routes {

inline constexpr std::array<std::string_view, request::max_arguments> event_parameters{
    "after", "types", "user_id", "limit", "wait"};
inline constexpr std::array<std::string_view, request::max_arguments> stream_parameters{
    "after", "types", "user_id"};

/// GET /v1/events: a page of the feed; with `wait` it waits for the next event.
void get_events(exchange& x);
/// GET /v1/events/stream: server-sent events (WHATWG HTML, 9.2). Null: the answer says what is
/// wrong.
std::unique_ptr<push_stream> open_event_stream(exchange& x);

}  // namespace postrider::http::routes
