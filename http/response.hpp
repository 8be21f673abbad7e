#pragma once

#include "actors/api/gateway.hpp"
#include "http/inbound.hpp"
#include "inbound/source_history.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::http {

/// An answer before it becomes bytes; sessions keep one and use its memory again.
struct response {
  unsigned status = 200;
  std::string_view content_type = "application/json";
  std::string body;
  /// Fields that only some answers carry; empty ones are left out.
  std::string location;
  std::string allow;
  /// Set-Cookie.
  std::string cookie;
  /// WWW-Authenticate.
  std::string authenticate;
  /// The requests that the key has left.
  std::optional<actors::request_budget> rate;
  std::optional<std::chrono::seconds> retry_after;
  /// Whole fields, "Name: value\r\n" each, as they are always given on some route.
  std::string_view fixed_fields;
  /// The answer is that of an earlier request with the same idempotency key.
  bool replayed = false;
  /// The request had an API key that is not known.
  bool wrong_key = false;
  /// The key with which a browser signed in by this request.
  std::shared_ptr<const persistence::api_key> signed_in;
  /// With a request to a source: what its history keeps.
  source_outcome source;
  /// The connection cannot be used after this answer.
  bool close = false;

  void clear();
};

/// How an answer is put on the wire.
struct framing {
  std::string_view request_id;
  /// To HEAD: all fields, no content (RFC 9110, 9.3.2).
  bool head = false;
  bool close = false;
  /// An HTTP/1.0 client is told that its wish for keep-alive is granted.
  bool http_1_0 = false;
};

/// Appends the whole answer to `out`: one buffer, one write.
void append_response(std::string& out, const response& answer, const framing& how);

/// The head of an answer whose content comes in chunks (RFC 9112, 7.1); HTTP/1.0 gets it until the
/// connection ends.
void append_stream_head(std::string& out, const response& answer, const framing& how);
void append_chunk(std::string& out, std::string_view content);
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

/// RFC 9110, 15; empty for a code that is not used here.
std::string_view reason_phrase(unsigned status);

}  // namespace postrider::http
