#pragma once

#include "persistence/model.hpp"

#include <random>

namespace postrider::actors {

/// Makes UUIDv7s (RFC 9562, section 5.7): 48 bits of milliseconds, 12 bits of a counter within the
/// millisecond (method 1 of section 6.2, so that they sort in the order they were made), 62 random
/// bits.
class message_id_generator {
 public:
  explicit message_id_generator(std::uint64_t seed) : random_(seed) {}
  persistence::message_id next(persistence::time_point now);

 private:
  std::mt19937_64 random_;
  std::int64_t last_ms_ = 0;
  std::uint32_t counter_ = 0;
};

}  // namespace postrider::actors
