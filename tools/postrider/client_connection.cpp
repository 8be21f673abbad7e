#include "tools/postrider/client_connection.hpp"

#include "tools/postrider/client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/url/parse.hpp>

#include <cerrno>
#include <exception>
#include <sys/socket.h>

namespace postrider::cli {
namespace {

namespace net = boost::asio;
using steady = std::chrono::steady_clock;
using reason = connection_error::reason;

constexpr std::chrono::seconds connect_timeout{5};

boost::urls::url parse_url(const std::string& text) {
  const auto url = boost::urls::parse_uri(text);
  if (!url) throw connection_error(reason::url, url.error().message());
  if (url->scheme() != "http" && url->scheme() != "https")
    throw connection_error(reason::url, "it begins with " + std::string(url->scheme()) + ":");
  if (url->host().empty()) throw connection_error(reason::url, "it names no host");
  if (url->has_userinfo()) throw connection_error(reason::url, "it has a user name");
  return *url;
}

bool is_address(const boost::urls::url& url) {
  return url.host_type() == boost::urls::host_type::ipv4 ||
         url.host_type() == boost::urls::host_type::ipv6;
}

bool is_about_name(long verified) {
  return verified == X509_V_ERR_HOSTNAME_MISMATCH || verified == X509_V_ERR_IP_ADDRESS_MISMATCH;
}

}  // namespace

client_connection::client_connection(const server_location& server)
    : url_(parse_url(server.url)),
      local_socket_(server.socket),
      authority_(url_.encoded_host_and_port()),
      path_(url_.encoded_path()) {
  while (path_.ends_with('/'))
    path_.pop_back();
  if (url_.scheme() == "https") load_authorities(server.ca_file);
}

void client_connection::load_authorities(const std::string& ca_file) {
  tls_context_.set_options(net::ssl::context::no_tlsv1 | net::ssl::context::no_tlsv1_1);
  tls_context_.set_verify_mode(net::ssl::verify_peer);
  boost::system::error_code failed;
  if (ca_file.empty()) tls_context_.set_default_verify_paths(failed);
  else tls_context_.load_verify_file(ca_file, failed);
  if (failed) throw connection_error(reason::ca_file, failed.message());
}

void client_connection::moved() { last_moved_ = steady::now(); }

void client_connection::close() {
  tls_.reset();
  socket_.reset();
  buffer_.clear();
}

/// A server that has said or ended something while nobody asked is not asked over this connection.
bool client_connection::is_open() {
  if (!socket_ || !socket_->is_open()) return false;
  char byte = 0;
  return ::recv(socket_->native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         (errno == EAGAIN || errno == EWOULDBLOCK);
}

net::awaitable<void> client_connection::connect() {
  if (!local_socket_.empty()) {
    const net::local::stream_protocol::endpoint place(local_socket_);
    co_await socket_->async_connect(place, net::use_awaitable);
    co_return;
  }
  net::ip::tcp::resolver resolver(context_);
  const std::string host(url_.host_address());
  const std::string port = url_.has_port() && !url_.port().empty() ? std::string(url_.port())
                           : url_.scheme() == "https"              ? "443"
                                                                   : "80";
  const auto found = co_await resolver.async_resolve(host, port, net::use_awaitable);
  boost::system::error_code last;
  for (const auto& entry : found) {
    socket_.emplace(context_.get_executor());
    try {
      co_await socket_->async_connect(entry.endpoint(), net::use_awaitable);
      co_return;
    } catch (const boost::system::system_error& failed) {
      if (timed_out_) throw;
      last = failed.code();
    }
  }
  throw boost::system::system_error(last);
}

net::awaitable<void> client_connection::secure() {
  tls_.emplace(*socket_, tls_context_);
  auto* handle = tls_->native_handle();
  const std::string host(url_.host_address());
  if (is_address(url_)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(handle), host.c_str());
  } else {
    SSL_set_tlsext_host_name(handle, host.c_str());
    SSL_set1_host(handle, host.c_str());
  }
  co_await tls_->async_handshake(net::ssl::stream_base::client, net::use_awaitable);
}

net::awaitable<void> client_connection::open() {
  if (is_open()) co_return;
  close();
  socket_.emplace(context_.get_executor());
  co_await connect();
  if (url_.scheme() == "https") {
    stage_ = stage::securing;
    co_await secure();
  }
}

/// Closes the socket when nothing has moved for too long; whoever waits there ends then.
net::awaitable<void> client_connection::watch(net::steady_timer& alarm, const bool& over) {
  while (!over) {
    const auto limit = stage_ == stage::exchanging ? longest_ : connect_timeout;
    if (steady::now() >= last_moved_ + limit) {
      timed_out_ = true;
      shut();
      co_return;
    }
    alarm.expires_at(last_moved_ + limit);
    boost::system::error_code cancelled;
    co_await alarm.async_wait(net::redirect_error(net::use_awaitable, cancelled));
  }
}

void client_connection::shut() {
  boost::system::error_code ignored;
  if (socket_) socket_->close(ignored);
}

void client_connection::run(const task& writing, const task& reading,
                            std::chrono::seconds longest) {
  bool over = false, written = !writing;
  std::exception_ptr error;
  net::steady_timer alarm(context_);
  stage_ = stage::connecting;
  longest_ = longest;
  timed_out_ = false;
  moved();
  const auto exchange = [&]() -> net::awaitable<void> {
    co_await open();
    stage_ = stage::exchanging;
    moved();
    alarm.cancel();
    // An answer may come although not all was taken, so that only the reading fails.
    if (writing)
      net::co_spawn(context_, writing(),
                    [&](const std::exception_ptr& failed) { written = !failed; });
    co_await reading();
  };
  context_.restart();
  net::co_spawn(context_, exchange(), [&](const std::exception_ptr& failed) {
    error = failed;
    over = true;
    if (error || !written) shut();
    alarm.cancel();
  });
  net::co_spawn(context_, watch(alarm, over), net::detached);
  context_.run();
  if (error) explain(error);
  if (!written) close();
}

/// Throws connection_error for what the network did, and all else as it is.
void client_connection::explain(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const boost::system::system_error& failed) {
    const auto verified = tls_ ? SSL_get_verify_result(tls_->native_handle()) : X509_V_OK;
    const auto limit = stage_ == stage::exchanging ? longest_ : connect_timeout;
    const auto text = timed_out_ ? "nothing came for " + std::to_string(limit.count()) + " s"
                      : failed.code() == net::error::eof ||
                              failed.code() == boost::beast::http::error::end_of_stream
                          ? std::string("the connection ended")
                          : failed.code().message();
    const auto was = stage_;
    close();
    if (was == stage::connecting) throw connection_error(reason::unreachable, text);
    if (was == stage::exchanging) throw connection_error(reason::no_answer, text);
    if (verified == X509_V_OK) throw connection_error(reason::no_tls, text);
    throw connection_error(is_about_name(verified) ? reason::other_name : reason::untrusted,
                           X509_verify_cert_error_string(verified));
  } catch (...) {
    close();
    throw;
  }
}

}  // namespace postrider::cli
