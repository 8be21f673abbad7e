#pragma once

#include "tools/provider-sim/outcome.hpp"
#include "tools/provider-sim/rules.hpp"

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

// The fate of one call for a recipient.
struct turn {
  outcome what = outcome::accept;
  std::optional<reply_rule> rule;  // for reply and accept_then_reply
};

// Settings of a control request. The default accepts everything at once.
struct behaviour_settings {
  std::uint64_t seed = 1;
  double latency_min_ms = 0;
  double latency_max_ms = 0;
  std::array<double, outcome_count> weights = {1.0};
  std::uint32_t retry_after_s = 60;  // for rate_limit and rate_limit_captcha; 0 leaves it out
  bool down = false;
  std::vector<outage> outages;
  // The fate of a recipient's first, second, ... call; the last entry stays.
  std::map<std::string, std::vector<turn>, std::less<>> by_recipient;
  reply_rule reply;  // for the outcomes reply and accept_then_reply
  std::map<smtp_stage, reply_rule>
      stages;  // SMTP only: before a recipient is known, or for all recipients
  receipt_rules receipts;
};

struct decision {
  outcome what = outcome::accept;
  std::chrono::microseconds delay{0};
  const reply_rule* rule =
      nullptr;  // for reply and accept_then_reply; lives as long as the behaviour
};

// The reports about one accepted message.
struct receipt_plan {
  receipt_kind kind = receipt_kind::none;
  bool is_complete = false;  // whether the last report comes
  std::chrono::microseconds pause{0};
};

// Decides what to do with each send. It has no clock and no other source of randomness than its
// seed: the n-th call gets the n-th draw, so the same calls in the same order fare the same.
class behaviour {
 public:
  explicit behaviour(behaviour_settings settings = {}, clock_time set_at = {});

  const behaviour_settings& settings() const { return settings_; }

  decision decide(std::string_view recipient);

  // Has draws of its own, so that asking for receipts changes nothing else.
  receipt_plan plan_receipts(std::string_view recipient);
  // The fate of the recipient's next call if the recipient is named; else nullptr.
  const turn* next_turn(std::string_view recipient) const;

  bool is_down(clock_time now) const;
  // When is_down next changes; never, if it does not.
  std::optional<clock_time> next_change(clock_time now) const;

 private:
  static double draw(std::uint64_t& state);  // in [0, 1)
  outcome pick(double point) const;

  behaviour_settings settings_;
  clock_time set_at_;
  std::uint64_t state_, receipt_state_;
  double total_weight_ = 0;
  std::map<std::string, std::size_t, std::less<>> turns_;  // how far each by_recipient list is used
};

}  // namespace postrider::provider_sim
