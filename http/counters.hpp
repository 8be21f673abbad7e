#pragma once

#include "base/histogram.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace postrider::http {

/// Why a connection or a request was turned away before any route saw it.
enum class refusal : std::uint8_t {
  connections,  ///< max_connections
  connections_per_address,
  malformed,  ///< refused by the gate or the parser
  header_too_large,
  body_too_large,
  request_timeout,  ///< header or body did not come in time
  draining,
  tls_handshake,
  unauthorized,        ///< no key, or none that is known
  insufficient_scope,  ///< the key may not be used for this
  forbidden,           ///< a web page, or another name, where no keys are required
  rate_limited,        ///< the key's rate is used up; lines count one by one
};
inline constexpr std::array<std::string_view, 12> refusal_names{
    "connections",    "connections_per_address", "malformed", "header_too_large",
    "body_too_large", "request_timeout",         "draining",  "tls_handshake",
    "unauthorized",   "insufficient_scope",      "forbidden", "rate_limited"};

/// Answers by the first digit of their status; index 0 is unused.
using status_classes = std::array<std::atomic<std::uint64_t>, 6>;

/// The answers of one route.
struct route_counters {
  status_classes by_class{};
  shared_histogram seconds{request_seconds};

  void count(unsigned status, std::chrono::microseconds took) {
    by_class[status / 100 % by_class.size()].fetch_add(1, std::memory_order_relaxed);
    seconds.add(seconds_of(took));
  }
  bool used() const { return !seconds.empty(); }
};

/// Counters of the HTTP front, for the inspector. All threads count here.
struct counters {
  std::atomic<std::int64_t> connections{0};
  std::atomic<std::uint64_t> accepted{0};
  /// Requests whose header has been read and whose answer has not been written.
  std::atomic<std::int64_t> in_flight{0};
  std::atomic<std::uint64_t> timeouts{0};
  /// Answers to wrong keys that were held back.
  std::atomic<std::uint64_t> held_back{0};
  /// Changes whose entry was written, and those whose entry could not be.
  std::atomic<std::uint64_t> audit_entries{0}, audit_failures{0};
  status_classes by_class{};
  /// By the place of the route in the table of endpoints; the last is for what has no route.
  static constexpr std::size_t max_routes = 96;
  std::array<route_counters, max_routes + 1> routes{};
  std::array<std::atomic<std::uint64_t>, refusal_names.size()> refused{};

  void count(refusal why) {
    refused[static_cast<std::size_t>(why)].fetch_add(1, std::memory_order_relaxed);
  }
  void count_answer(std::size_t route, unsigned status, std::chrono::microseconds took) {
    routes[std::min(route, max_routes)].count(status, took);
    by_class[status / 100 % by_class.size()].fetch_add(1, std::memory_order_relaxed);
  }
};

}  // namespace postrider::http
