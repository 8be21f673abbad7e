#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace postrider::provider_sim {

// The basic socket without a run-time choice of executor: one dispatch less for every operation.
using io_executor = boost::asio::io_context::executor_type;
using tcp_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, io_executor>;
using tcp_acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, io_executor>;

// One client's connection, whatever is spoken on it. It lives as long as it has something to do.
class connection {
 public:
  virtual ~connection() = default;
  virtual void start() = 0;
  // Ends it now if it is idle, else as soon as it can.
  virtual void retire() = 0;
};

}  // namespace postrider::provider_sim
