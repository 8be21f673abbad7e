#pragma once

#include "actors/providers/transfer/wire/executor.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace postrider::actors::wire {

/// Runs coroutines to their end on the test's own thread, for at most a minute.
struct loop_fixture {
  net::io_context io{1};

  template <class Coroutine>
  void spawn(Coroutine begin) {
    net::co_spawn(io.get_executor(), std::move(begin), net::detached);
  }
  void run() {
    io.restart();
    io.run_for(std::chrono::minutes(1));
  }
};

}  // namespace postrider::actors::wire
