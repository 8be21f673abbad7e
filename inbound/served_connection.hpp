#pragma once

#include "inbound/connection.hpp"
#include "inbound/gateway_wait.hpp"
#include "inbound/transport.hpp"

namespace postrider::inbound {

/// A connection whose coroutine reads, asks the gateway and writes. The signals of other threads
/// are handled on the connection's own executor; all members are for that executor only.
class served_connection : public connection {
 public:
  // From any thread.
  void expire() final;
  void abort() final;
  void wake(std::uint64_t call) final;

 protected:
  served_connection(inbound::socket peer, const tls_context& context)
      : peer_(std::move(peer), context) {}

  /// The deadline has passed, and the gateway was not asked.
  virtual void time_is_up() = 0;

  transport peer_;
  gateway_wait wait_;
  bool timed_out_ = false;
  bool aborted_ = false;

 private:
  std::shared_ptr<served_connection> self() {
    return std::static_pointer_cast<served_connection>(shared_from_this());
  }
};

}  // namespace postrider::inbound
