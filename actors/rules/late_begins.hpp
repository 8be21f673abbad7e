#pragma once

#include <cstddef>

namespace postrider::actors {

/// Whether deliveries wait for their begin, by the batches of the last moments: each outcome makes
/// room at its provider for one more delivery, and where nearly each of these was a message that
/// waited, deliveries do not keep up with accepts. A few that wait, or many in one batch, say
/// nothing: where a provider takes all that comes, its messages begin with their accepts, and a
/// burst of accepts leaves some behind.
class late_begins {
 public:
  /// So many begins for each outcome.
  static constexpr double most = 0.9;
  /// A batch counts so much less when the next one is added.
  static constexpr double kept = 0.9;

  void add(std::size_t begins, std::size_t outcomes) {
    begins_ = begins_ * kept + static_cast<double>(begins);
    outcomes_ = outcomes_ * kept + static_cast<double>(outcomes);
  }
  bool wait() const { return begins_ > most * outcomes_; }

 private:
  double begins_ = 0, outcomes_ = 0;
};

}  // namespace postrider::actors
