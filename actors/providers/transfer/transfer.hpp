#pragma once

#include "actors/providers/transfer/http_proxy.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
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
  /// HTTP: the status line and all headers came.
  reply_head_complete,
  reply_complete,
};
std::string_view to_string(transfer_stage stage);

enum class starttls_policy : std::uint8_t {
  required,  ///< without TLS nothing is sent
  optional,  ///< TLS where the server offers it
  never,
};

/// The envelope of an exchange by SMTP (RFC 5321). It has one recipient, so that a reply can be
/// read as the answer for that recipient.
struct mail_envelope {
  std::string from;
  std::string to;
  /// The name in EHLO; empty: the machine's own.
  std::string helo;
  /// Empty: no login. With `mechanism` XOAUTH2 the password is the access token.
  std::string username;
  std::string password;
  /// PLAIN, LOGIN or XOAUTH2; empty: the best that the server offers.
  std::string mechanism;
  /// For smtp://; smtps:// begins with TLS.
  starttls_policy starttls = starttls_policy::required;
};

/// One exchange. The URL's scheme tells the protocol: http, https, smtp or smtps.
struct transfer_request {
  /// HTTP only.
  std::string method = "POST";
  std::string url;
  /// The owner of the connections: the provider's name. Another provider's exchanges never wait for
  /// these.
  std::string group;
  /// SMTP: at most so many connections of this group at one time.
  std::int32_t max_connections = 1;
  /// SMTP only: then `body` is the whole message (RFC 5322), its lines ended by CRLF.
  std::optional<mail_envelope> mail;
  /// Refuses to connect to loopback, private, link-local and other addresses that are not public,
  /// by the address that is really connected to. Through a proxy only what may_be_public() refuses.
  bool public_addresses_only = false;
  /// HTTP only. It is asked for a connection (CONNECT), whatever the URL's scheme is.
  http_proxy proxy;
  /// PEM file of the authorities to trust; empty: those of the system.
  std::string ca_file;
  /// HTTP: "Name: value", without control characters.
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
  /// The address is not a public one (transfer_request::public_addresses_only).
  address_refused,
  /// The credentials were refused, or no common way to log in was found.
  login,
  /// The proxy could not be reached, or does not do what it should.
  proxy,
  /// The proxy wants other credentials (407, or 401 in answer to a CONNECT).
  proxy_login,
  /// The engine was shut down, or the stream was ended by its listener.
  shutdown,
  other,
};

/// The command of an SMTP session that a reply answers.
enum class smtp_command : std::uint8_t {
  greeting,
  ehlo,
  starttls,
  auth,
  mail,
  rcpt,
  data,
  message
};
std::string_view to_string(smtp_command command);

struct smtp_reply {
  smtp_command command = smtp_command::greeting;
  int code = 0;
  /// All its lines without the codes, joined by a space; an enhanced status code (RFC 3463) comes
  /// first where the server gives one.
  std::string text;
};

struct transfer_result {
  transfer_error error = transfer_error::none;
  transfer_stage stage = transfer_stage::not_started;
  /// For a person, without secrets: "connection refused".
  std::string error_text;
  /// HTTP status, 0 without a reply.
  int status = 0;
  /// SMTP: every reply of this exchange, in order, at most 32. On a connection that served before
  /// it begins with the reply to MAIL. Here `status` is the code of the last one.
  std::vector<smtp_reply> replies;
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

  /// Ends a stream: `on_end` is called with `shutdown` if it was not called yet.
  using stream_end = std::function<void()>;
  using stream_data = std::function<void(std::string)>;
  /// A GET over HTTP whose reply does not end, such as server-sent events. `on_data` is called with
  /// each piece of a 200's body, `on_end` once: after another status, an error, or a silence of
  /// `timeout`. Both on a thread of the engine.
  virtual stream_end listen(transfer_request request, stream_data on_data, completion on_end) = 0;
};

}  // namespace postrider::actors
