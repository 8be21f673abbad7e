#include "inbound/served_connection.hpp"

#include <boost/asio/post.hpp>

namespace postrider::inbound {

void served_connection::expire() {
  net::post(peer_.get_executor(), [self = self()] {
    if (clock::now() < self->deadline()) return;
    // The deadline stays: when this is too late for a read that has just ended, it is repeated.
    self->timed_out_ = true;
    if (self->wait_.waits()) self->wait_.resume(false);
    else self->time_is_up();
  });
}

void served_connection::abort() {
  net::post(peer_.get_executor(), [self = self()] {
    self->aborted_ = true;
    self->peer_.close();
    self->wait_.resume(false);
  });
}

void served_connection::wake(std::uint64_t call) {
  net::post(peer_.get_executor(), [self = self(), call] { self->wait_.answered(call); });
}

}  // namespace postrider::inbound
