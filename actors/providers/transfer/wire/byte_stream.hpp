#pragma once

#include "actors/providers/transfer/wire/executor.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>

namespace postrider::actors::wire {

/// How a TLS handshake ended.
struct handshake {
  bool done = false;
  bool certificate_refused = false;
  /// Why it failed, for a person.
  std::string reason;
};

/// A connection's bytes: plain, with TLS, or with TLS to a proxy and again TLS to the peer behind
/// it. The choice is a branch in front of an operation and not a coroutine around it, so without
/// TLS nothing is allocated for it.
class byte_stream {
 public:
  using transferred = std::tuple<error_code, std::size_t>;
  /// A head and a body.
  using pieces = std::array<net::const_buffer, 2>;

  explicit byte_stream(tcp_socket socket) : socket_(std::move(socket)) {}
  byte_stream(const byte_stream&) = delete;
  byte_stream& operator=(const byte_stream&) = delete;

  /// From here on bytes are encrypted, once more if they were before. The peer must have a
  /// certificate for `host`. `protocol`: its name in ALPN; empty: none is named.
  awaitable<handshake> add_tls(net::ssl::context& context, std::string host,
                               std::string_view protocol);

  bool is_encrypted() const { return tls_ != nullptr; }

  awaitable<transferred> read_some(net::mutable_buffer into);
  /// All of it. The bytes that were handed to the socket are counted also when it fails.
  awaitable<transferred> write(const pieces& bytes);

  /// Whether nothing came since the last reply: neither bytes nor the connection's end.
  bool is_quiet();
  const tcp::endpoint& peer();
  /// Ends what is in progress with an error; what the kernel has already done still counts.
  void close();

 private:
  using tls = net::ssl::stream<tcp_socket&>;
  using tls_in_tls = net::ssl::stream<tls&>;

  tcp_socket socket_;
  std::unique_ptr<tls> tls_;
  std::unique_ptr<tls_in_tls> tls_in_tls_;
  tcp::endpoint peer_;
};

}  // namespace postrider::actors::wire
