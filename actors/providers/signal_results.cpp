#include "actors/providers/signal_results.hpp"

#include "actors/providers/text_codes.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

using enum outcome_kind;
using namespace std::chrono_literals;

/// Whatever the daemon says: a later attempt asks again.
constexpr std::chrono::seconds longest_pause = 24h;

struct text_row {
  std::string_view part;
  outcome_kind kind;
};

/// SendMessageResultUtils.java, SendCommand.java and the exceptions that they let through.
constexpr text_row refusals[]{
    {"Invalid phone number", recipient_rejected},
    {"Invalid group id", recipient_rejected},
    {"Group not found", recipient_rejected},
    {"group not found", recipient_rejected},
    {"not a member", recipient_rejected},
    {"not a group member", recipient_rejected},
    {"No recipients given", recipient_rejected},
    {"Sending empty message", message_rejected},
    {"AttachmentInvalidException", message_rejected},
    {"No prekeys available", unavailable},
    // It could not even reach Signal's servers.
    {"UnknownHostException", unavailable},
    {"ConnectException", unavailable},
    {"NoRouteToHostException", unavailable},
};

outcome of(outcome_kind kind, std::string_view detail) {
  return {kind, std::string(detail), {}, {}};
}

}  // namespace

outcome classify_signal_failure(std::string_view type, std::string_view token,
                                std::int64_t retry_after_seconds) {
  if (type == "UNREGISTERED_FAILURE")
    return of(recipient_rejected, "the recipient is not registered with Signal");
  if (type == "IDENTITY_FAILURE")
    return of(recipient_rejected,
              "the recipient's safety number changed: verify it and run `signal-cli trust`");
  if (type == "NETWORK_FAILURE")
    return of(unknown, "the daemon lost its connection to Signal while sending");
  if (type == "INVALID_PRE_KEY_FAILURE") {
    auto out = of(unavailable, "the recipient's device has no usable keys at the moment");
    out.recipient_only = true;
    return out;
  }
  if (type != "RATE_LIMIT_FAILURE")
    return of(unknown, "the daemon answered with an unknown result '" + quoted_reply(type) + "'");
  if (!token.empty())
    return of(misconfigured,
              "Signal asks for a captcha: run `signal-cli submitRateLimitChallenge`");
  auto out = of(throttled, "Signal limits the account's rate");
  out.retry_after =
      std::chrono::seconds(std::clamp<std::int64_t>(retry_after_seconds, 1, longest_pause.count()));
  return out;
}

std::optional<outcome> signal_refusal(std::string_view text) {
  for (const auto& row : refusals)
    if (text.find(row.part) != std::string_view::npos) return of(row.kind, quoted_reply(text));
  return std::nullopt;
}

}  // namespace postrider::actors
