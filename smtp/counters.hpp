#pragma once

#include "base/histogram.hpp"

#include <boost/json/object.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace postrider::smtp {

/// The end of a mail that was received.
enum class mail_end : std::uint8_t {
  stored,
  repeated,     ///< its messages were stored before
  skipped,      ///< there was nothing to send
  refused,      ///< 5xx
  unavailable,  ///< 4xx: the client sends it again
};
inline constexpr std::array<std::string_view, 5> mail_end_names{"stored", "repeated", "skipped",
                                                                "refused", "unavailable"};

/// Why a connection, a command or a mail was refused before it could be stored.
enum class refusal : std::uint8_t {
  connections,  ///< max_connections
  connections_per_address,
  tls_handshake,
  timeout,
  unauthorized,  ///< no key, or none that is good enough
  recipient,     ///< an address that is none here
  content,       ///< lines that do not end with CRLF, or are too long, and NUL
  too_large,
  no_room,   ///< max_held
  protocol,  ///< any other mistake
};
inline constexpr std::array<std::string_view, 10> refusal_names{
    "connections",   "connections_per_address",
    "tls_handshake", "timeout",
    "unauthorized",  "recipient",
    "content",       "too_large",
    "no_room",       "protocol"};

/// The reason that a reply's enhanced status code stands for.
refusal refusal_of(std::string_view enhanced);

/// Counters of the SMTP front. All threads count here.
struct counters {
  std::atomic<std::int64_t> connections{0};
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> encrypted{0};
  std::atomic<std::uint64_t> logins{0};
  /// Answers to wrong keys that were held back.
  std::atomic<std::uint64_t> held_back{0};
  std::array<std::atomic<std::uint64_t>, mail_end_names.size()> mails{};
  std::array<std::atomic<std::uint64_t>, refusal_names.size()> refused{};
  /// From the end of a mail to its reply.
  shared_histogram seconds{request_seconds};

  void count(mail_end end) {
    mails[static_cast<std::size_t>(end)].fetch_add(1, std::memory_order_relaxed);
  }
  void count(refusal why) {
    refused[static_cast<std::size_t>(why)].fetch_add(1, std::memory_order_relaxed);
  }
};

/// The section `smtp` of an inspection. `held`: the bytes of mails in memory.
boost::json::object statistics(const counters& counted, std::size_t held);

}  // namespace postrider::smtp
