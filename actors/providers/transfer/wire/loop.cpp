#include "actors/providers/transfer/wire/loop.hpp"

#include <boost/asio/post.hpp>

namespace postrider::actors::wire {

loop::loop() {
  thread_ = std::thread([this] { io_.run(); });
}

loop::~loop() {
  net::post(io_, [this] {
    deadlines.stop();
    until_the_end_.reset();
  });
  thread_.join();
}

std::string text_of(std::exception_ptr exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& known) {
    return known.what();
  } catch (...) {
    return "an unknown exception";
  }
}

}  // namespace postrider::actors::wire
