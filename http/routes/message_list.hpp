#pragma once

#include <array>
#include <string_view>

namespace postrider::http {
class exchange;
}

namespace postrider::http::routes {

/// The query parameters of the list, in the order of `request::arguments`. "metadata.*" is any
/// member of the metadata; see request::members.
inline constexpr std::array<std::string_view, 10> message_list_parameters{
    "user_id",       "recipient",      "reference", "status", "outcome",
    "created_after", "created_before", "limit",     "cursor", "metadata.*"};

/// GET /v1/messages
void get_messages(exchange& x);

inline constexpr std::array<std::string_view, 10> message_count_parameters{
    "user_id",       "recipient",      "reference", "status", "outcome",
    "created_after", "created_before", "",          "",       "metadata.*"};

/// GET /v1/messages/counts
void get_message_counts(exchange& x);

}  // namespace postrider::http::routes
