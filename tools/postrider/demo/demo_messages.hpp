#pragma once

#include "actors/api/delivery_requests.hpp"
#include "tools/postrider/demo/demo_providers.hpp"

#include <random>

namespace postrider::cli {

/// Makes up messages: the same ones in each demo, but for their times.
class demo_messages {
 public:
  explicit demo_messages(const demo_ports& ports) : ports_(ports) {}

  actors::send_request next(actors::time_point now);

 private:
  int any(int most) { return std::uniform_int_distribution(0, most - 1)(random_); }
  actors::recipient_input recipient(int user);

  demo_ports ports_;
  std::mt19937 random_{7};
  int number_ = 0;
};

/// Users have the ids from 1 to this one.
inline constexpr actors::user_id demo_users = 24;

}  // namespace postrider::cli
