#include "actors/rules/message_ids.hpp"

namespace postrider::actors {

persistence::message_id message_id_generator::next(persistence::time_point now) {
  constexpr std::uint32_t counter_limit = 1U << 12;
  const auto now_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  if (now_ms > last_ms_) {
    last_ms_ = now_ms;
    counter_ = 0;
  } else if (++counter_ == counter_limit) {
    // More than 4,096 in one millisecond, or a clock that went back: run ahead of the clock.
    ++last_ms_;
    counter_ = 0;
  }
  const std::uint64_t random = random_();
  persistence::message_id id;
  for (int i = 0; i < 6; ++i)
    id.bytes[i] = static_cast<std::uint8_t>(last_ms_ >> (40 - 8 * i));
  id.bytes[6] = static_cast<std::uint8_t>(0x70 | counter_ >> 8);
  id.bytes[7] = static_cast<std::uint8_t>(counter_);
  for (int i = 0; i < 8; ++i)
    id.bytes[8 + i] = static_cast<std::uint8_t>(random >> (8 * i));
  id.bytes[8] = static_cast<std::uint8_t>(0x80 | (id.bytes[8] & 0x3f));
  return id;
}

}  // namespace postrider::actors
