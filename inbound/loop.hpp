#pragma once

#include "inbound/connections.hpp"
#include "inbound/executor.hpp"

#include <boost/asio/executor_work_guard.hpp>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace postrider::inbound {

/// The threads of a server, and the watch over the deadlines of its connections.
class loop {
 public:
  /// `shortest_timeout` decides how often deadlines are looked at: a timeout is noticed at most a
  /// quarter later than it is due. `part` names the server in the log.
  loop(connections& open, std::int32_t threads, std::chrono::milliseconds shortest_timeout,
       std::string part);

  net::io_context& io() { return io_; }
  void start();
  bool runs() const { return !threads_.empty(); }
  /// Gives connections with work under way until `deadline`, ends them and then the threads. New
  /// ones are no longer accepted when this is called.
  void stop(std::chrono::steady_clock::time_point deadline, way_back& back);

 private:
  void work();
  void watch();

  connections& open_;
  const std::int32_t count_;
  const std::string part_;
  net::io_context io_;
  net::executor_work_guard<net::io_context::executor_type> work_;
  inbound::timer watch_;
  const std::chrono::milliseconds tick_;
  std::vector<std::thread> threads_;
};

}  // namespace postrider::inbound
