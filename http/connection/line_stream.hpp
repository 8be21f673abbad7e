#pragma once

#include "http/connection/exchange.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

namespace postrider::http {

/// The bounds of a request whose lines are answered while they arrive.
struct stream_limits {
  static constexpr std::size_t max_bytes = 32 * 1024 * 1024;
  static constexpr std::size_t max_lines = 10'000;
  /// From the header to the last answer, however slowly a client sends and reads.
  static constexpr std::chrono::minutes max_time{15};
};

/// A route that takes its body line by line and answers each line with one, in order. The session
/// gives it lines until it is full or none has arrived, waits for the chunk, writes its answers,
/// and only then reads on: what a client does not read slows what is read from it.
class line_stream {
 public:
  virtual ~line_stream() = default;
  /// The view does not live longer than the call.
  virtual void add(std::string_view line) = 0;
  /// A line that is longer than a body may be.
  virtual void add_too_long() = 0;
  /// A line that is answered with this and not read.
  virtual void refuse(problem why) = 0;
  /// No more lines before `take_chunk`.
  virtual bool full() const = 0;
  virtual bool empty() const = 0;
  /// The lines since the last chunk. Its answer is appended to the body of the response, a line
  /// each; it may be asked for when the wait has ended too early.
  virtual std::shared_ptr<pending_call> take_chunk() = 0;
};

}  // namespace postrider::http
