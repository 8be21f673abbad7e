#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

/// One exchange with a provider, as values. A driver composes the request and classifies the
/// result; the transfer engine in between knows no provider.
namespace postrider::actors {

/// How far an exchange got. Everything up to `request_partly_written` was surely not acted upon by
/// a peer that needs the whole request; silence after `request_written` may have been.
enum class transfer_stage : std::uint8_t {
  not_started,
  resolving,
  connecting,
  tls_handshake,
  logging_in,
  request_partly_written,
  request_written,
  reply_started,
  reply_complete,
};
std::string_view to_string(transfer_stage stage);

struct transfer_request {
  std::string method = "POST";
  std::string url;
  /// "Name: value", without control characters.
  std::vector<std::string> headers;
  std::string body;
  std::chrono::milliseconds connect_timeout{5'000};
  /// For the whole exchange.
  std::chrono::milliseconds timeout{30'000};
  /// A longer reply ends the exchange with an error.
  std::size_t max_reply_bytes = 256 * 1024;
};

enum class transfer_error : std::uint8_t {
  none,
  resolve,
  connect,
  tls,
  timeout,
  /// The connection ended or was reset before the reply was complete.
  disconnected,
  reply_too_long,
  /// The request cannot be made: a bad URL, an unsupported scheme.
  bad_request,
  /// The engine was shut down before the request was begun.
  shutdown,
  other,
};

struct transfer_result {
  transfer_error error = transfer_error::none;
  transfer_stage stage = transfer_stage::not_started;
  /// For a person, without secrets: "connection refused".
  std::string error_text;
  /// HTTP status, 0 without a reply.
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;
  std::chrono::microseconds duration{0};

  bool complete() const {
    return error == transfer_error::none && stage == transfer_stage::reply_complete;
  }
};

/// Performs exchanges, never on the caller's thread. Every request is answered exactly once, within
/// its timeout and a little, on a thread of the engine.
class transfer_engine {
 public:
  using completion = std::function<void(transfer_result)>;
  virtual ~transfer_engine() = default;
  virtual void perform(transfer_request request, completion done) = 0;
};

}  // namespace postrider::actors
