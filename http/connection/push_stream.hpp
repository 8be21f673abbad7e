#pragma once

#include "http/connection/exchange.hpp"

#include <chrono>
#include <memory>
#include <string_view>

namespace postrider::http {

/// A route that goes on answering one request as things happen. The session asks again and again
/// and writes what is answered; it asks only when the client has taken the answer before, so a slow
/// client costs nothing. It ends when the client goes, does not read for the write timeout, loses
/// its key, or the server stops.
class push_stream {
 public:
  virtual ~push_stream() = default;
  virtual std::string_view content_type() const = 0;
  /// The next question. Its answer is appended to the body of the response; it may be nothing, and
  /// takes no longer than the request timeout. The first one answers at once.
  virtual std::shared_ptr<pending_call> next() = 0;
  /// Appends to the body what tells the client why the stream ends.
  virtual void end(const problem& why, response& into) = 0;

  /// Between two looks at the client's key.
  static constexpr std::chrono::seconds key_check{5};
};

}  // namespace postrider::http
