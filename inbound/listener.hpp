#pragma once

#include "inbound/executor.hpp"
#include "inbound/local_socket.hpp"

#include <boost/system/result.hpp>

#include <functional>
#include <memory>
#include <string>

namespace postrider::inbound {

/// Accepts connections. Owns the listening socket, of TCP or of this machine.
class listener : public std::enable_shared_from_this<listener> {
 public:
  /// Takes a new connection: its socket, and the client's address without a port, or
  /// connections::local_address().
  using taker = std::function<void(inbound::socket peer, const std::string& address)>;

  /// `part` names the server in the log: "http".
  listener(net::io_context& io, std::string part, taker take);

  /// Binds and listens; a sentence for the operator when that cannot be.
  boost::system::result<void, std::string> bind(const std::string& address);
  /// The same with a socket that the service manager opened.
  boost::system::result<void, std::string> take_over(int handed_over);
  /// The same for a local socket.
  boost::system::result<void, std::string> open_local(const std::string& path,
                                                      const socket_kind& kind);
  void start();
  /// From any thread.
  void close();
  /// "127.0.0.1:8080", with the port that was taken; of a local socket its path.
  std::string address() const { return address_; }
  /// Only this machine can reach it.
  bool is_private() const { return private_; }

 private:
  boost::system::result<void, std::string> opened();
  awaitable<void> run();
  awaitable<void> pause();
  void admit(inbound::socket peer);
  void admit_waiting();

  net::io_context& io_;
  const std::string part_;
  const taker take_;
  inbound::acceptor acceptor_;
  std::string address_;
  bool local_ = false;
  bool private_ = true;
  local_socket file_;
};

}  // namespace postrider::inbound
