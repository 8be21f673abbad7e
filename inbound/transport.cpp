#include "inbound/transport.hpp"

#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>
#include <openssl/err.h>
#include <openssl/sslerr.h>

namespace postrider::inbound {

transport::transport(inbound::socket peer, const tls_context& context) : socket_(std::move(peer)) {
  if (context) start_tls(context);
}

void transport::start_tls(const tls_context& context) {
  tls_ = std::make_unique<net::ssl::stream<inbound::socket&>>(socket_, *context);
}

awaitable<std::tuple<transport::error_code>> transport::handshake() {
  return tls_->async_handshake(net::ssl::stream_base::server, as_result);
}

awaitable<transport::transferred> transport::read_some(net::mutable_buffer into) {
  if (tls_) return tls_->async_read_some(into, as_result);
  return socket_.async_read_some(into, as_result);
}

awaitable<transport::transferred> transport::write_some(net::const_buffer bytes) {
  if (tls_) return tls_->async_write_some(bytes, as_result);
  return socket_.async_write_some(bytes, as_result);
}

awaitable<transport::transferred> transport::write(net::const_buffer bytes) {
  if (tls_) return net::async_write(*tls_, bytes, as_result);
  return net::async_write(socket_, bytes, as_result);
}

awaitable<std::tuple<transport::error_code>> transport::close_notify() {
  return tls_->async_shutdown(as_result);
}

void transport::shutdown_send() {
  error_code ignored;
  socket_.shutdown(inbound::socket::shutdown_send, ignored);
  // From here on what comes is only counted.
  tls_.reset();
}

void transport::cancel() {
  error_code ignored;
  socket_.cancel(ignored);
}

void transport::close() {
  error_code ignored;
  socket_.close(ignored);
}

bool is_plain_http(boost::system::error_code handshake) {
  return handshake.category() == net::error::get_ssl_category() &&
         ERR_GET_REASON(static_cast<unsigned long>(handshake.value())) == SSL_R_HTTP_REQUEST;
}

}  // namespace postrider::inbound
