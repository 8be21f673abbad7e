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

}  // namespace postrider::actors::wire
