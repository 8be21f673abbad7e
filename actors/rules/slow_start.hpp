#pragma once

#include <cstdint>

namespace postrider::actors {

/// How many calls a provider gets at a time after its circuit closed: a few at first, and twice as
/// many whenever as many in a row went well, until all of max_in_flight are allowed again. One
/// success says that it is back, not that it takes everything that has waited meanwhile. What goes
/// well is counted and not the time, so a provider that takes long gets more only when it has shown
/// that it keeps up.
class slow_start {
 public:
  /// The first calls after a circuit closed.
  static constexpr std::int32_t first = 5;

  explicit slow_start(std::int32_t full) : full_(full), limit_(full) {}

  /// The circuit closed.
  void begin();
  /// A call ended. A failure begins the count again; the circuit says when there are too many.
  void on_end(bool healthy);

  std::int32_t limit() const { return limit_; }
  bool running() const { return limit_ < full_; }

 private:
  std::int32_t full_;
  std::int32_t limit_;
  std::int32_t healthy_in_row_ = 0;
};

}  // namespace postrider::actors
