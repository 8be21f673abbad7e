#pragma once

#include "inbound/executor.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

namespace postrider::inbound {

/// The coroutine of a connection while it waits for the gateway. All but the call's start is on the
/// connection's strand.
class gateway_wait {
 public:
  /// `start(call)` asks the gateway, whose answer leads to `answered(call)`. False: the time was
  /// up.
  awaitable<bool> operator()(std::function<void(std::uint64_t)> start) {
    co_return co_await net::async_initiate<const net::use_awaitable_t<executor>, void(bool)>(
        [this, &start](auto handler) {
          struct holder final : continuation {
            explicit holder(decltype(handler)&& rest) : rest_(std::move(rest)) {}
            void resume(bool in_time) override { std::move(rest_)(in_time); }
            decltype(handler) rest_;
          };
          waiter_ = std::make_unique<holder>(std::move(handler));
          start(++call_);
        },
        net::use_awaitable_t<executor>());
  }

  bool waits() const { return waiter_ != nullptr; }
  void resume(bool in_time) {
    if (const auto waiting = std::exchange(waiter_, nullptr)) waiting->resume(in_time);
  }
  /// An answer that comes after its time belongs to no call any more.
  void answered(std::uint64_t call) {
    if (call == call_) resume(true);
  }

 private:
  struct continuation {
    virtual ~continuation() = default;
    virtual void resume(bool in_time) = 0;
  };
  std::unique_ptr<continuation> waiter_;
  std::uint64_t call_ = 0;
};

}  // namespace postrider::inbound
