#pragma once

#include "actors/api/gateway.hpp"

#include <array>
#include <string>
#include <string_view>

namespace postrider::http {
class exchange;
}

namespace postrider::http::routes {

/// The query parameters of both lists, in the order of `request::arguments`.
inline constexpr std::array<std::string_view, 10> list_parameters{
    "status",   "provider",      "provider_type",  "recipient", "error_code",
    "archived", "created_after", "created_before", "limit",     "cursor"};

/// GET /v1/transactions
void get_transactions(exchange& x);
/// GET /v1/users/{user_id}/transactions
void get_user_transactions(exchange& x);

/// Where the next page begins, as a text that clients give back and do not read.
std::string encode_cursor(actors::transaction_id before);
/// 0 for what encode_cursor never gave.
actors::transaction_id decode_cursor(std::string_view text);

}  // namespace postrider::http::routes
