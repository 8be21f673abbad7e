#pragma once

#include "inbound/executor.hpp"
#include "inbound/tls.hpp"

#include <boost/asio/ssl/stream.hpp>

#include <cstddef>
#include <memory>
#include <tuple>

namespace postrider::inbound {

/// One connection's bytes, with TLS or without. The choice is a branch in front of an operation and
/// not a coroutine around it: without TLS nothing is allocated that was not before.
class transport {
 public:
  using error_code = boost::system::error_code;
  using transferred = std::tuple<error_code, std::size_t>;

  /// Without a context the connection speaks plainly.
  transport(inbound::socket peer, const tls_context& context);

  bool encrypted() const { return tls_ != nullptr; }
  auto get_executor() { return socket_.get_executor(); }
  bool is_open() const { return socket_.is_open(); }

  /// TLS begins on a connection that spoke plainly so far.
  void start_tls(const tls_context& context);
  awaitable<std::tuple<error_code>> handshake();
  awaitable<transferred> read_some(net::mutable_buffer into);
  awaitable<transferred> write_some(net::const_buffer bytes);
  /// All of it.
  awaitable<transferred> write(net::const_buffer bytes);
  /// Tells the client that nothing was cut off (RFC 8446, 6.1), and waits until it has said the
  /// same. Only with TLS.
  awaitable<std::tuple<error_code>> close_notify();

  /// The client spoke plainly where TLS was expected: so does the answer.
  void give_up_tls() { tls_.reset(); }
  /// Reading goes on, of bytes that nobody looks at.
  void shutdown_send();
  /// Ends an awaited operation with an error; the connection stays.
  void cancel();
  void close();

 private:
  inbound::socket socket_;
  std::unique_ptr<net::ssl::stream<inbound::socket&>> tls_;
};

/// Whether a handshake failed because the client sent an HTTP request.
bool is_plain_http(boost::system::error_code handshake);

}  // namespace postrider::inbound
