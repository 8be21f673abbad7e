#pragma once

#include "tools/provider-sim/outcome.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::provider_sim {

using clock_time = std::chrono::steady_clock::time_point;

// A stretch of time in which the provider is down, counted from when the behaviour was set.
struct outage {
  std::chrono::milliseconds from{0};
  std::chrono::milliseconds to{0};
};

// What a control request can set. The default accepts everything at once.
struct behaviour_settings {
  std::uint64_t seed = 1;
  double latency_min_ms = 0;
  double latency_max_ms = 0;
  std::array<double, outcome_count> weights = {1.0};
  std::uint32_t retry_after_s = 60;  // of rate_limit and rate_limit_captcha; 0 leaves it out
  bool down = false;
  std::vector<outage> outages;
  // What happens to a recipient's first, second, ... call; the last entry stays.
  std::map<std::string, std::vector<outcome>, std::less<>> by_recipient;
};

struct decision {
  outcome what = outcome::accept;
  std::chrono::microseconds delay{0};
};

// Decides what to do with each send. It has no clock and no other source of randomness than its
// seed: the n-th call gets the n-th draw, so the same calls in the same order fare the same.
class behaviour {
 public:
  explicit behaviour(behaviour_settings settings = {}, clock_time set_at = {});

  const behaviour_settings& settings() const { return settings_; }

  decision decide(std::string_view recipient);

  bool is_down(clock_time now) const;
  // When is_down next changes; never, if it does not.
  std::optional<clock_time> next_change(clock_time now) const;

 private:
  double draw();  // in [0, 1)
  outcome pick(double point) const;

  behaviour_settings settings_;
  clock_time set_at_;
  std::uint64_t state_;
  double total_weight_ = 0;
  std::map<std::string, std::size_t, std::less<>> turns_;  // how far each by_recipient list is used
};

}  // namespace postrider::provider_sim
