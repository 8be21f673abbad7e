#pragma once

#include "tools/provider-sim/connection.hpp"
#include "tools/provider-sim/courier.hpp"
#include "tools/provider-sim/dispatcher.hpp"
#include "tools/provider-sim/smtp_session.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <string>
#include <vector>

namespace postrider::provider_sim {

// The listening sockets and the sessions, all on one thread.
//
// A provider that has a port of its own goes down like a real one: its port refuses connections
// and its idle connections are closed. On the shared port a request has to be read first to know
// whose it is; there the connection is closed once the header is in.
class server {
 public:
  server(boost::asio::io_context& io, provider_book& book, dispatcher& requests);
  ~server();

  // Binds and listens; returns the port. Throws boost::system::system_error.
  unsigned short listen_shared(const boost::asio::ip::tcp::endpoint& at);
  unsigned short listen_for(const std::string& provider_name,
                            const boost::asio::ip::tcp::endpoint& at);
  // `settings` must outlive the server.
  unsigned short listen_smtp(const std::string& provider_name,
                             const boost::asio::ip::tcp::endpoint& at,
                             const smtp_settings& settings);
  // Closes and opens the ports of providers that went down or up, now and at each later change.
  void follow_outages();

 private:
  struct listener;
  unsigned short add_listener(std::string name, bool own_port, const smtp_settings* smtp,
                              const boost::asio::ip::tcp::endpoint& at);
  void accept(listener& from);
  void accept_later(listener& from);
  void admit(listener& from, tcp_socket socket);
  void open(listener& which);
  void shut(listener& which);
  void arm_timer(clock_time now);

  boost::asio::io_context& io_;
  provider_book& book_;
  dispatcher& requests_;
  courier courier_;
  boost::asio::steady_timer timer_;
  std::vector<std::unique_ptr<listener>> listeners_;
};

}  // namespace postrider::provider_sim
