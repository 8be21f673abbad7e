#pragma once

#include "actors/api/gateway.hpp"

#include <optional>
#include <string>

namespace postrider::actors {

/// The reason why a person cannot settle transaction `id` of this message so, with what to do in
/// place of it; nothing: it can be settled, or was settled so before. Pure.
std::optional<std::string> refusal_to_settle(const message_info& message, transaction_id id,
                                             persistence::settled_as outcome, time_point now);

/// The transaction of that id; null: the message has none.
const transaction_info* find_in(const message_info& message, transaction_id id);

}  // namespace postrider::actors
