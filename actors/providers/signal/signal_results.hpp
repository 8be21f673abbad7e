#pragma once

#include "actors/providers/driver.hpp"

/// signal-cli's results for one recipient, by its own words, whichever server passes them on.
namespace postrider::actors {

/// How long an account whose rate is limited is left alone when nobody says for how long.
inline constexpr std::chrono::seconds signal_pause_without_hint{60};

/// A recipient for whom Signal asks for a captcha, when the time after which it goes on without one
/// is not said. It is often a day; the captcha may be solved before.
inline constexpr std::chrono::seconds signal_pause_for_captcha{3600};

/// Seconds that a peer named, from one second to a day: a later attempt asks again.
std::chrono::seconds signal_pause(std::int64_t seconds);

outcome signal_outcome(outcome_kind kind, std::string_view detail);

/// A failure of json/JsonSendMessageResult.java: `type`, and the token and seconds that come with a
/// rate limit (seconds 0 or less: not said).
outcome classify_signal_failure(std::string_view type, std::string_view token = {},
                                std::int64_t retry_after_seconds = 0);

/// A sentence when clients would drop a part of the text without a word.
std::optional<std::string> signal_text_refusal(std::string_view text);
/// The text as it is sent.
std::string signal_text(const persistence::message& message, bool with_subject);

}  // namespace postrider::actors
