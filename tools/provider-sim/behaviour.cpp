#include "tools/provider-sim/behaviour.hpp"

#include <numeric>
#include <utility>

namespace postrider::provider_sim {

behaviour::behaviour(behaviour_settings settings, clock_time set_at)
    : settings_(std::move(settings)),
      set_at_(set_at),
      state_(settings_.seed),
      receipt_state_(~settings_.seed) {
  total_weight_ = std::accumulate(settings_.weights.begin(), settings_.weights.end(), 0.0);
}

// Every decision takes two draws, needed or not: naming one recipient in by_recipient must not
// change what happens to the others.
decision behaviour::decide(std::string_view recipient) {
  const double outcome_point = draw(state_);
  const double delay_point = draw(state_);
  const double delay_ms = settings_.latency_min_ms +
                          delay_point * (settings_.latency_max_ms - settings_.latency_min_ms);
  decision result;
  result.delay = std::chrono::microseconds(static_cast<std::int64_t>(delay_ms * 1000.0));
  auto named = settings_.by_recipient.end();
  if (!settings_.by_recipient.empty()) named = settings_.by_recipient.find(recipient);
  if (named == settings_.by_recipient.end()) {
    result.what = pick(outcome_point);
    result.rule = &settings_.reply;
    return result;
  }
  const auto& turns = named->second;
  std::size_t& at = turns_[named->first];
  result.what = turns[at].what;
  result.rule = turns[at].rule ? &*turns[at].rule : &settings_.reply;
  if (at + 1 < turns.size()) ++at;
  return result;
}

receipt_plan behaviour::plan_receipts(std::string_view recipient) {
  const receipt_rules& rules = settings_.receipts;
  const double luck = draw(receipt_state_);
  const double delay_point = draw(receipt_state_);
  const double delay_ms =
      rules.delay_min_ms + delay_point * (rules.delay_max_ms - rules.delay_min_ms);
  receipt_plan plan{rules.kind, luck < rules.probability,
                    std::chrono::microseconds(static_cast<std::int64_t>(delay_ms * 1000.0))};
  if (const auto named = rules.by_recipient.find(recipient); named != rules.by_recipient.end())
    plan.kind = named->second;
  return plan;
}

const turn* behaviour::next_turn(std::string_view recipient) const {
  const auto named = settings_.by_recipient.find(recipient);
  if (named == settings_.by_recipient.end()) return nullptr;
  const auto used = turns_.find(recipient);
  return &named->second[used == turns_.end() ? 0 : used->second];
}

bool behaviour::is_down(clock_time now) const {
  if (settings_.down) return true;
  for (const outage& o : settings_.outages)
    if (now >= set_at_ + o.from && now < set_at_ + o.to) return true;
  return false;
}

std::optional<clock_time> behaviour::next_change(clock_time now) const {
  if (settings_.down) return std::nullopt;
  std::optional<clock_time> next;
  for (const outage& o : settings_.outages) {
    for (clock_time edge : {set_at_ + o.from, set_at_ + o.to})
      if (edge > now && (!next || edge < *next)) next = edge;
  }
  return next;
}

// splitmix64: unlike the distributions of <random>, the same numbers with every library.
double behaviour::draw(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  z ^= z >> 31;
  return static_cast<double>(z >> 11) * 0x1.0p-53;
}

outcome behaviour::pick(double point) const {
  double left = point * total_weight_;
  std::size_t last = 0;
  for (std::size_t i = 0; i < outcome_count; ++i) {
    if (settings_.weights[i] <= 0) continue;
    last = i;
    if (left < settings_.weights[i]) break;
    left -= settings_.weights[i];
  }
  return static_cast<outcome>(last);
}

}  // namespace postrider::provider_sim
