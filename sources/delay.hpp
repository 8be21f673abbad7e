#pragma once

#include "actors/api/delivery_requests.hpp"

#include <optional>
#include <string_view>

namespace postrider::sources {

/// ntfy's Delay: "30m", "2 hours", "1d", or seconds since 1970. Nothing for another form, a time
/// that has passed, and more than 366 days.
std::optional<actors::time_point> delayed_until(std::string_view text, actors::time_point now);

}  // namespace postrider::sources
