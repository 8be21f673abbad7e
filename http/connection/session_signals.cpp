#include "http/connection/session.hpp"

#include <boost/asio/post.hpp>

/// Signals of other threads to a session; they are handled on the session's own executor.
namespace postrider::http {

void session::time_is_up() {
  const bool nothing_to_say =
      phase_ == phase::handshake || phase_ == phase::writing || phase_ == phase::lingering;
  if (nothing_to_say) peer_.close();
  else peer_.cancel();
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

}  // namespace postrider::http
