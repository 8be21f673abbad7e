#pragma once

#include "tools/provider-sim/connection.hpp"
#include "tools/provider-sim/event_hub.hpp"

#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace postrider::provider_sim {

// The answer to GET /api/v1/events: server-sent events (WHATWG HTML, section 9.2) in chunks, with
// a comment line whenever nothing has been written for a while. It lives until the client closes.
class event_stream : public event_sink, public std::enable_shared_from_this<event_stream> {
 public:
  event_stream(tcp_socket socket, std::chrono::milliseconds keep_alive);

  void start();
  void push(std::string_view event) override;
  void end() override;

 private:
  void write(std::string_view bytes);
  void flush();
  void notice_end();
  void arm_timer();

  tcp_socket socket_;
  boost::asio::basic_waitable_timer<
      std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, io_executor>
      timer_;
  std::chrono::milliseconds keep_alive_;
  std::string waiting_, writing_;
  std::array<char, 256> ignored_;
};

}  // namespace postrider::provider_sim
