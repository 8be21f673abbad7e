#include "actors/providers/signal/signal_results.hpp"

#include "actors/providers/quoted_reply.hpp"
#include "actors/providers/titled_text.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

using enum outcome_kind;
using namespace std::chrono_literals;

constexpr std::chrono::seconds longest_signal_pause = 24h;

/// MAX_TOTAL_BODY_SIZE_BYTES of Signal-Android's MessageUtil.kt, in UTF-8. signal-cli sends more,
/// and the clients do not show it.
constexpr std::size_t longest_text = 64 * 1024;

/// A limit with a token is one recipient's: others of the same request succeed.
outcome rate_limited(std::string_view token, std::int64_t seconds) {
  auto out =
      signal_outcome(throttled, token.empty() ? "Signal limits the account's rate"
                                              : "Signal asks for a captcha before it sends to this "
                                                "recipient again");
  out.recipient_only = !token.empty();
  out.challenge = token;
  out.retry_after = token.empty() ? signal_pause_without_hint : signal_pause_for_captcha;
  if (seconds > 0) out.retry_after = signal_pause(seconds);
  return out;
}

}  // namespace

outcome signal_outcome(outcome_kind kind, std::string_view detail) {
  return {kind, std::string(detail), {}, {}};
}

std::chrono::seconds signal_pause(std::int64_t seconds) {
  return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 1, longest_signal_pause.count()));
}

outcome classify_signal_failure(std::string_view type, std::string_view token,
                                std::int64_t retry_after_seconds) {
  if (type == "UNREGISTERED_FAILURE")
    return signal_outcome(recipient_rejected, "the recipient is not registered with Signal");
  if (type == "IDENTITY_FAILURE")
    return signal_outcome(
        recipient_rejected,
        "the recipient's safety number changed: verify it and run `signal-cli trust`");
  if (type == "NETWORK_FAILURE")
    return signal_outcome(unknown, "the daemon lost its connection to Signal while sending");
  if (type == "INVALID_PRE_KEY_FAILURE") {
    auto out =
        signal_outcome(unavailable, "the recipient's device has no usable keys at the moment");
    out.recipient_only = true;
    return out;
  }
  if (type == "RATE_LIMIT_FAILURE") return rate_limited(token, retry_after_seconds);
  return signal_outcome(unknown,
                        "the daemon answered with an unknown result '" + quoted_reply(type) + "'");
}

std::optional<std::string> signal_text_refusal(std::string_view text) {
  if (text.size() <= longest_text) return std::nullopt;
  return "the text has " + std::to_string(text.size()) +
         " bytes; Signal's clients show at most 65536";
}

std::string signal_text(const persistence::message& message, bool with_subject) {
  return sent_text(message, with_subject,
                   [](std::string_view text) { return text.size() <= longest_text; });
}

}  // namespace postrider::actors
