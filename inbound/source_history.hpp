#pragma once

#include "base/time_text.hpp"

#include <boost/json/object.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::inbound {

/// How a request to a source ended.
enum class source_result : std::uint8_t {
  stored,       ///< it became messages
  repeated,     ///< its messages were stored for an earlier request
  skipped,      ///< there was nothing to send, such as a resolved alert
  refused,      ///< it can never become a message: 4xx
  unavailable,  ///< not now: 5xx
};
inline constexpr std::array<std::string_view, 5> source_result_names{
    "stored", "repeated", "skipped", "refused", "unavailable"};

/// The part of an answer that the history of its source keeps.
struct source_outcome {
  source_result result = source_result::refused;
  /// The ids of its messages.
  std::vector<std::string> messages;
  /// Those of them that no earlier request had stored.
  std::size_t stored = 0;
  /// Why it was refused, or what was noticed, such as a template that failed.
  std::string detail;
};

/// A request as it is shown: without its key.
struct source_request {
  time_point at{};
  std::string request_id, method, target, content_type, user_agent;
  std::size_t bytes = 0;
  /// The front of the body.
  std::string body;
  unsigned status = 0;
  source_outcome outcome;
};

/// The counters of a source and its last requests, in memory. For any thread.
class source_history {
 public:
  static constexpr std::size_t kept = 20;
  static constexpr std::size_t kept_body_bytes = 4 * 1024;

  void add(source_request one);
  /// Newest first.
  std::vector<source_request> requests() const;
  /// {"requests": {"stored": 1, ...}, "messages": 1, "last_request_at": "..."}
  boost::json::object report() const;

 private:
  mutable std::mutex mutex_;
  std::deque<source_request> requests_;
  std::array<std::uint64_t, source_result_names.size()> counted_{};
  std::uint64_t messages_ = 0;
};

}  // namespace postrider::inbound
