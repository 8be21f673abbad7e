#pragma once

#include "tools/provider-sim/connection.hpp"
#include "tools/provider-sim/dispatcher.hpp"
#include "tools/provider-sim/request_parser.hpp"

#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider::provider_sim {

// One connection: reads a request, lets the dispatcher answer it, and does with the connection
// what the answer says. It lives as long as an operation on its socket is under way.
class session : public connection, public std::enable_shared_from_this<session> {
 public:
  session(tcp_socket socket, dispatcher& requests, std::string name_of_port);

  void start() override { read(); }
  // Ends it now if it waits for a request, else with the answer that is being made.
  void retire() override;
  const std::string& name_of_port() const { return name_of_port_; }

 private:
  void read();
  void on_read(std::size_t size);
  // Parses what the buffer holds; true when a request is complete or the session has ended.
  bool parse();
  bool on_header();
  void answer();
  void answer_when_due();
  void do_errands();
  void carry_out();
  void write_answer();
  void on_written();
  void compose_head();
  void stream();
  void hold();
  void close();
  void reset();

  tcp_socket socket_;
  boost::asio::basic_waitable_timer<
      std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, io_executor>
      timer_;
  dispatcher& requests_;
  std::string name_of_port_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;  // the part of the buffer that is not parsed yet
  request_parts parts_;
  std::optional<request_parser> parser_;
  destination to_;
  reply reply_;
  clock_time answer_due_{};
  std::string head_;
  bool header_seen_ = false;
  bool keep_alive_ = true;
  bool answering_ = false;
  bool retired_ = false;
};

}  // namespace postrider::provider_sim
