#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace postrider::http {

/// Why a connection or a request was turned away before any route saw it.
enum class refusal : std::uint8_t {
  connections,  ///< max_connections
  connections_per_address,
  malformed,  ///< what the gate or the parser does not let through
  header_too_large,
  body_too_large,
  request_timeout,  ///< header or body did not come in time
  draining,
  tls_handshake,
};
inline constexpr std::array<std::string_view, 8> refusal_names{
    "connections",    "connections_per_address", "malformed", "header_too_large",
    "body_too_large", "request_timeout",         "draining",  "tls_handshake"};

/// What the inspector shows of the HTTP front. All threads count here.
struct counters {
  std::atomic<std::int64_t> connections{0};
  std::atomic<std::uint64_t> accepted{0};
  /// Requests whose header has been read and whose answer has not been written.
  std::atomic<std::int64_t> in_flight{0};
  std::atomic<std::uint64_t> timeouts{0};
  /// Answers by the first digit of their status; index 0 is unused.
  std::array<std::atomic<std::uint64_t>, 6> by_class{};
  std::array<std::atomic<std::uint64_t>, refusal_names.size()> refused{};

  void count(refusal why) {
    refused[static_cast<std::size_t>(why)].fetch_add(1, std::memory_order_relaxed);
  }
  void count_status(unsigned status) {
    by_class[status / 100 % by_class.size()].fetch_add(1, std::memory_order_relaxed);
  }
};

}  // namespace postrider::http
