#pragma once

#include "actors/providers/transfer/wire/executor.hpp"

namespace postrider::actors::wire {

/// A coroutine waits until it is set; it stays set.
class event {
 public:
  explicit event(const executor& on) : timer_(on, clock::time_point::max()) {}

  void set() {
    set_ = true;
    timer_.cancel();
  }
  awaitable<void> wait() {
    while (!set_)
      co_await timer_.async_wait(as_result);
  }

 private:
  timer timer_;
  bool set_ = false;
};

}  // namespace postrider::actors::wire
