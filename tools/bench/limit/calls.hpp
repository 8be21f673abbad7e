#pragma once

#include "tools/bench/limit/store.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>

namespace postrider::limit {

/// Calls a signal-cli daemon over kept connections, one call at a time on each.
class calls {
 public:
  using delivered = std::function<void(message_ptr)>;

  calls(boost::asio::io_context& io, boost::asio::ip::tcp::endpoint provider, std::string path,
        int connections, delivered done);
  /// From any thread.
  void add(messages more);

 private:
  boost::asio::awaitable<void> run();

  boost::asio::io_context& io_;
  const boost::asio::ip::tcp::endpoint provider_;
  const std::string path_;
  delivered done_;
  std::deque<message_ptr> waiting_;
  /// Never expires; is cancelled when there is work.
  boost::asio::steady_timer idle_;
};

}  // namespace postrider::limit
