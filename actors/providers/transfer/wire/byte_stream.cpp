#include "actors/providers/transfer/wire/byte_stream.hpp"

#include "actors/providers/transfer/wire/tls_contexts.hpp"

#include <boost/asio/write.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <sys/socket.h>

namespace postrider::actors::wire {
namespace {

template <class Stream>
awaitable<handshake> shake_hands(Stream& stream, const std::string& host,
                                 std::string_view protocol) {
  auto* session = stream.native_handle();
  if (!expect_host(session, host) || (!protocol.empty() && !offer_protocol(session, protocol)))
    co_return handshake{false, false, "a certificate for " + host + " cannot be asked for"};
  const auto [error] = co_await stream.async_handshake(net::ssl::stream_base::client, as_result);
  if (!error) co_return handshake{true, false, {}};
  const auto verdict = SSL_get_verify_result(session);
  if (verdict == X509_V_OK)
    co_return handshake{false, false, "the TLS handshake failed: " + error.message()};
  co_return handshake{
      false, true,
      std::string("the certificate is not accepted: ") + X509_verify_cert_error_string(verdict)};
}

/// Whether nothing is left to read of what came. New session tickets are no more than noted.
bool is_read_up(SSL* session) {
  char byte = 0;
  const int size = SSL_peek(session, &byte, 1);
  const bool wants_more = size <= 0 && SSL_get_error(session, size) == SSL_ERROR_WANT_READ;
  ERR_clear_error();
  return wants_more;
}

}  // namespace

awaitable<handshake> byte_stream::add_tls(net::ssl::context& context, std::string host,
                                          std::string_view protocol) {
  if (tls_) {
    tls_in_tls_ = std::make_unique<tls_in_tls>(*tls_, context);
    co_return co_await shake_hands(*tls_in_tls_, host, protocol);
  }
  tls_ = std::make_unique<tls>(socket_, context);
  co_return co_await shake_hands(*tls_, host, protocol);
}

awaitable<byte_stream::transferred> byte_stream::read_some(net::mutable_buffer into) {
  if (tls_in_tls_) return tls_in_tls_->async_read_some(into, as_result);
  if (tls_) return tls_->async_read_some(into, as_result);
  return socket_.async_read_some(into, as_result);
}

awaitable<byte_stream::transferred> byte_stream::write(const pieces& bytes) {
  if (tls_in_tls_) return net::async_write(*tls_in_tls_, bytes, as_result);
  if (tls_) return net::async_write(*tls_, bytes, as_result);
  return net::async_write(socket_, bytes, as_result);
}

bool byte_stream::is_quiet() {
  if (tls_in_tls_ && !is_read_up(tls_in_tls_->native_handle())) return false;
  if (tls_ && !is_read_up(tls_->native_handle())) return false;
  char byte = 0;
  const auto size = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

const tcp::endpoint& byte_stream::peer() {
  error_code ignored;
  if (peer_.port() == 0) peer_ = socket_.remote_endpoint(ignored);
  return peer_;
}

void byte_stream::close() {
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace postrider::actors::wire
