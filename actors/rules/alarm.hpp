#pragma once

#include "actors/rules/circuit.hpp"

#include <optional>

namespace postrider::actors {

/// One timer at a time, the earliest that anybody asked for. Its actor sends itself a message for
/// each timer; a message whose timer was replaced by an earlier one comes for nothing.
class alarm {
 public:
  /// True: a timer for that time is to be started. False: one is under way that ends before.
  bool set(steady_point at) {
    if (at_ && *at_ <= at) return false;
    at_ = at;
    return true;
  }
  /// A timer has ended. False: it was replaced.
  bool rings(steady_point now) {
    if (at_ && now < *at_) return false;
    at_.reset();
    return true;
  }

 private:
  std::optional<steady_point> at_;
};

}  // namespace postrider::actors
