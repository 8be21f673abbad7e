#pragma once

#include "tools/bench/conversation.hpp"
#include "tools/bench/workload.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <string>

namespace postrider::bench {

class connection;

// Told what happens on the connections.
class connection_owner {
 public:
  virtual void on_connected(connection& which) = 0;
  virtual void on_connect_failed() = 0;
  virtual void on_answer(connection& which, const job& what, const answer& got) = 0;
  // The connection broke; `what` was under way and its fate is unknown.
  virtual void on_lost(connection& which, const std::optional<job>& what) = 0;

 protected:
  ~connection_owner() = default;
};

// One connection that stays open, with at most one request under way. When it breaks it connects
// again, after a small delay, until it is told to stop. A read is always pending, so that it
// notices when the server goes away while it is idle.
class connection {
 public:
  connection(boost::asio::io_context& io, const boost::asio::ip::tcp::endpoint& server,
             connection_owner& owner, std::unique_ptr<conversation> talk);
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  void connect();
  // The request is in text(). False: not a byte of it went out.
  bool send(const job& what, std::int64_t now_ns);
  std::string& text() { return talk_->request(); }

  bool is_ready() const { return ready_ && !current_; }
  bool is_busy() const { return current_.has_value(); }
  void abandon_if_older(std::int64_t sent_before_ns);
  void stop();

 private:
  void read();
  void on_read(std::size_t size);
  bool say(std::string_view words);
  void lose();
  void reconnect_later();

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  boost::asio::ip::tcp::endpoint server_;
  connection_owner& owner_;
  const std::unique_ptr<conversation> talk_;
  std::optional<job> current_;
  std::int64_t sent_ns_ = 0;
  bool ready_ = false;
  bool stopped_ = false;
};

}  // namespace postrider::bench
