#include "http/connection/session.hpp"

#include <boost/asio/post.hpp>

/// Signals of other threads to a session; they are handled on the session's own executor.
namespace postrider::http {

void session::expire() {
  net::post(peer_.get_executor(), [self = shared_from_this()] {
    if (clock::now() < self->deadline()) return;
    // The deadline stays: when this is too late for a read that has just ended, it is repeated.
    self->timed_out_ = true;
    const bool nothing_to_say = self->phase_ == phase::handshake ||
                                self->phase_ == phase::writing || self->phase_ == phase::lingering;
    if (self->waiter_) self->resume(false);
    else if (nothing_to_say) self->peer_.close();
    else self->peer_.cancel();
  });
}

void session::end_if_idle() {
  net::post(peer_.get_executor(), [self = shared_from_this()] {
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
  net::post(peer_.get_executor(), [self = shared_from_this()] {
    self->aborted_ = true;
    self->peer_.close();
    self->resume(false);
  });
}

void session::wake(std::shared_ptr<session> waiting, std::uint64_t call) {
  const auto on = waiting->peer_.get_executor();
  net::post(on, [self = std::move(waiting), call] {
    if (self->call_ == call) self->resume(true);
  });
}

void way_back::wake(const std::weak_ptr<session>& waiting, std::uint64_t call) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  if (auto self = waiting.lock()) session::wake(std::move(self), call);
}

void way_back::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

}  // namespace postrider::http
