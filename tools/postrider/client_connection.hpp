#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/url/url.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

namespace postrider::cli {

struct server_location;

/// Why a connection came to nothing; what() is for a person.
class connection_error : public std::runtime_error {
 public:
  enum class reason {
    url,          ///< it is not an http:// or https:// URL
    unreachable,  ///< nothing was sent
    ca_file,
    untrusted,
    other_name,  ///< trusted, and of another name
    no_tls,      ///< whoever listens there does not speak TLS as it should
    no_answer,   ///< the request was sent, perhaps in part
  };
  connection_error(reason why, const std::string& text) : std::runtime_error(text), why_(why) {}
  reason why() const { return why_; }

 private:
  reason why_;
};

/// A connection to the server, over TCP or a local socket, with TLS 1.2 or newer for https. It
/// stays open from one exchange to the next. Blocking; every function throws connection_error.
class client_connection {
 public:
  using socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol,
                                                  boost::asio::io_context::executor_type>;
  using tls_stream = boost::asio::ssl::stream<socket&>;
  using task = std::function<boost::asio::awaitable<void>()>;

  explicit client_connection(const server_location& server);

  /// The host and port of the URL, as a request names them.
  const std::string& authority() const { return authority_; }
  /// The URL's path without a slash at its end.
  const std::string& path() const { return path_; }

  /// Connects unless an earlier exchange has left the connection open, and runs the two side by
  /// side. The exchange is over when `reading` is; then `writing`, which may be empty, is ended
  /// too. At most `longest` may pass in which nothing moves (moved()).
  void run(const task& writing, const task& reading, std::chrono::seconds longest);
  /// Something came or went.
  void moved();
  /// The next exchange has a new connection.
  void close();

  /// Calls `use` with the stream that TLS is spoken over, or the plain one.
  template <class Use>
  auto with_stream(Use use) {
    return tls_ ? use(*tls_) : use(*socket_);
  }
  /// Bytes that were read too far.
  boost::beast::flat_buffer& read_ahead() { return buffer_; }

 private:
  enum class stage { connecting, securing, exchanging };

  bool is_open();
  boost::asio::awaitable<void> open();
  boost::asio::awaitable<void> connect();
  boost::asio::awaitable<void> secure();
  boost::asio::awaitable<void> watch(boost::asio::steady_timer& alarm, const bool& over);
  void shut();
  [[noreturn]] void explain(const std::exception_ptr& error);
  void load_authorities(const std::string& ca_file);

  boost::asio::io_context context_{1};
  boost::asio::ssl::context tls_context_{boost::asio::ssl::context::tls_client};
  boost::urls::url url_;
  std::string local_socket_, authority_, path_;
  std::optional<socket> socket_;
  std::optional<tls_stream> tls_;
  boost::beast::flat_buffer buffer_;
  stage stage_ = stage::connecting;
  std::chrono::seconds longest_{0};
  std::chrono::steady_clock::time_point last_moved_{};
  bool timed_out_ = false;
};

}  // namespace postrider::cli
