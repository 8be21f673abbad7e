#pragma once

#include "actors/providers/driver.hpp"

/// signal-cli's own words for a send that failed. The daemon passes them on in JSON-RPC errors,
/// signal-cli-rest-api in the `error` of a 400.
namespace postrider::actors {

/// The outcome that a text tells, or nothing when no row of the table knows it. The requests of
/// both drivers have one recipient, so a text is about that one.
std::optional<outcome> classify_signal_text(std::string_view text);

/// The whole number that follows `before` in a text, such as the seconds in `wait "86400" seconds`.
/// Nothing when there is none, or when it is 0 or negative.
std::optional<std::chrono::seconds> seconds_after(std::string_view text, std::string_view before);

}  // namespace postrider::actors
