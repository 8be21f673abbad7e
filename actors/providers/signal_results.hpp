#pragma once

#include "actors/providers/driver.hpp"

#include <boost/json/fwd.hpp>

/// What signal-cli says became of a send, by its own words, whichever server passes them on.
namespace postrider::actors {

/// How long an account whose rate is limited is left alone when nobody says for how long.
inline constexpr std::chrono::seconds signal_pause_without_hint{60};

/// A failure of json/JsonSendMessageResult.java: `type`, and the token and seconds that come with a
/// rate limit (seconds 0: not said).
outcome classify_signal_failure(std::string_view type, std::string_view token = {},
                                std::int64_t retry_after_seconds = 0);

/// What a text of signal-cli says of an attempt that never left it, or nothing when the text does
/// not tell.
std::optional<outcome> signal_refusal(std::string_view text);

}  // namespace postrider::actors
