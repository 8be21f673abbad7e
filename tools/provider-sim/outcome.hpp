#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace postrider::provider_sim {

// The simulated provider's treatment of one send. The order is that of outcome_names.
enum class outcome : std::uint8_t {
  accept,
  unregistered,
  identity,
  rate_limit,
  rate_limit_captcha,
  network_failure,
  invalid_pre_key,
  io_error,
  internal_error,
  unknown_host,
  account_unknown,
  http_500,
  http_404,
  garbage,
  accept_then_garbage,
  accept_then_cut,
  accept_then_drop,
  drop,
  never_answer,
  accept_never_answer,
  reply,
  accept_then_reply,
  drop_in_body,
};

inline constexpr std::array<std::string_view, 23> outcome_names = {
    "accept",          "unregistered",      "identity",     "rate_limit",     "rate_limit_captcha",
    "network_failure", "invalid_pre_key",   "io_error",     "internal_error", "unknown_host",
    "account_unknown", "http_500",          "http_404",     "garbage",        "accept_then_garbage",
    "accept_then_cut", "accept_then_drop",  "drop",         "never_answer",   "accept_never_answer",
    "reply",           "accept_then_reply", "drop_in_body",
};
inline constexpr std::size_t outcome_count = outcome_names.size();

constexpr std::string_view name_of(outcome o) { return outcome_names[static_cast<std::size_t>(o)]; }

std::optional<outcome> outcome_named(std::string_view name);

// Whether the provider took the message, whatever the client gets to see of it.
bool counts_as_accepted(outcome o);

// Whether the outcome belongs to one recipient's line of a reply; the others befall the whole call.
bool is_per_recipient(outcome o);

}  // namespace postrider::provider_sim
