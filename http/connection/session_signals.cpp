#include "http/connection/session.hpp"

#include <boost/asio/post.hpp>

/// Signals of other threads to a session; they are handled on the session's own executor.
namespace postrider::http {

void session::expire() {
  net::post(peer_.get_executor(), [self = self()] {
    if (clock::now() < self->deadline()) return;
    // The deadline stays: when this is too late for a read that has just ended, it is repeated.
    self->timed_out_ = true;
    const bool nothing_to_say = self->phase_ == phase::handshake ||
                                self->phase_ == phase::writing || self->phase_ == phase::lingering;
    if (self->wait_.waits()) self->wait_.resume(false);
    else if (nothing_to_say) self->peer_.close();
    else self->peer_.cancel();
  });
}

void session::end_if_idle() {
  net::post(peer_.get_executor(), [self = self()] {
    if (self->phase_ == phase::handshake || self->phase_ == phase::idle ||
        self->phase_ == phase::lingering)
      self->peer_.close();
    // As at a timeout, which is repeated until the read has ended.
    else if (self->phase_ == phase::lines) {
      self->enter(phase::lines, std::chrono::milliseconds(0));
      self->peer_.cancel();
    }
  });
}

void session::abort() {
  net::post(peer_.get_executor(), [self = self()] {
    self->aborted_ = true;
    self->peer_.close();
    self->wait_.resume(false);
  });
}

void session::wake(std::uint64_t call) {
  net::post(peer_.get_executor(), [self = self(), call] { self->wait_.answered(call); });
}

}  // namespace postrider::http
