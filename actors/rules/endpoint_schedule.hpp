#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

/// The times between attempts at an endpoint. Pure.
namespace postrider::actors {

/// The wait after that many attempts for one event, which failed while others were delivered: eight
/// attempts in 27 hours and 35 minutes, as Standard Webhooks 1.0 proposes and Svix does. Nothing:
/// there is no other attempt.
constexpr std::optional<std::chrono::seconds> wait_after_attempts(std::int32_t attempts) {
  using namespace std::chrono_literals;
  constexpr std::array<std::chrono::seconds, 7> waits{5s, 5min, 30min, 2h, 5h, 10h, 10h};
  if (attempts < 1 || attempts > static_cast<std::int32_t>(waits.size())) return std::nullopt;
  return waits[static_cast<std::size_t>(attempts) - 1];
}

inline constexpr std::chrono::hours longest_pause{1};

/// The length of the pause after that many pauses one behind the other, while everything fails.
constexpr std::chrono::seconds pause_after(std::int32_t pauses) {
  using namespace std::chrono_literals;
  constexpr std::array<std::chrono::seconds, 6> lengths{5s, 15s, 1min, 5min, 15min, 30min};
  if (pauses >= static_cast<std::int32_t>(lengths.size())) return longest_pause;
  return lengths[static_cast<std::size_t>(pauses < 0 ? 0 : pauses)];
}

/// An endpoint at which everything failed for so long is disabled.
inline constexpr std::chrono::hours longest_failing{5 * 24};

}  // namespace postrider::actors
