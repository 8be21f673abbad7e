#pragma once

#include "actors/providers/transfer/wire/deadlines.hpp"
#include "actors/providers/transfer/wire/name_resolver.hpp"
#include "actors/providers/transfer/wire/tls_contexts.hpp"

#include <boost/asio/executor_work_guard.hpp>

#include <exception>
#include <string>
#include <thread>

namespace postrider::actors::wire {

/// A thread, and all that the engines on it share. Each engine ends its own exchanges before it
/// lets go of the loop; the last one to do so ends the thread.
class loop {
 public:
  loop();
  ~loop();
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;

 private:
  /// One thread runs it: Asio need not wake another.
  net::io_context io_{1};
  net::executor_work_guard<wire::executor> until_the_end_{io_.get_executor()};

 public:
  const wire::executor executor{io_.get_executor()};
  name_resolver resolver{io_};
  tls_contexts tls;
  wire::deadlines deadlines{executor};

 private:
  std::thread thread_;
};

/// The exception in words.
std::string text_of(std::exception_ptr exception);

}  // namespace postrider::actors::wire
