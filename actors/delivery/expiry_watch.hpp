#pragma once

#include "actors/delivery/dispatch_context.hpp"

namespace postrider::actors {

/// Ends rows that were not sent in time, wherever they wait: whether a provider works, or any actor
/// looks after the lane, does not matter.
class expiry_watch {
 public:
  explicit expiry_watch(dispatch_context& context) : context_(context) {}

  /// Asks for the earliest expiry. Wakes the dispatcher for it when it comes before the next look.
  void look();
  std::uint64_t expired() const { return expired_; }

 private:
  void expire();
  void on_expired(const reply<write_results>& written);

  dispatch_context& context_;
  bool expiring_ = false;
  std::uint64_t expired_ = 0;
};

}  // namespace postrider::actors
