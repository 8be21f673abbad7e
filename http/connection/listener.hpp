#pragma once

#include "http/connection/executor.hpp"
#include "http/connection/front.hpp"
#include "http/connection/local_socket.hpp"

#include <boost/system/result.hpp>

#include <memory>
#include <string>

namespace postrider::http {

/// Accepts connections within their limits. Owns the listening socket, of TCP or of this machine.
class listener : public std::enable_shared_from_this<listener> {
 public:
  listener(http::front& front, net::io_context& io);

  /// Binds and listens, or takes the socket that it was handed; a sentence for the operator when
  /// that cannot be, or when others can reach it and need no key.
  boost::system::result<void, std::string> open();
  /// The same for the local socket.
  boost::system::result<void, std::string> open_local(const std::string& path);
  void start();
  /// From any thread.
  void close();
  /// "127.0.0.1:8080", with the port that was taken; of a local socket its path.
  std::string address() const { return address_; }

 private:
  boost::system::result<void, std::string> bind(const std::string& address);
  boost::system::result<void, std::string> take_over(int handed_over);
  awaitable<void> run();
  awaitable<void> pause();
  void admit(http::socket peer);
  void admit_waiting();
  void turn_away(http::socket& peer, refusal why);

  http::front& front_;
  net::io_context& io_;
  http::acceptor acceptor_;
  std::string address_;
  bool local_ = false;
  local_socket file_;
};

}  // namespace postrider::http
