#include "actors/rules/lane_feed.hpp"

#include "base/mutant.hpp"

#include <algorithm>

namespace postrider::actors {

lane_feed::step lane_feed::next(const health& provider, const credit& window,
                                steady_point now) const {
  if (doing_ != activity::nothing) return nothing{};
  auto taken = backlog(now) ? next_for_due(provider, window, now) : step{nothing{}};
  // The next rows may go where these cannot.
  if (!later_ || is_later_over(now)) return taken;
  if (const auto* waits = std::get_if<wait>(&taken)) return wait{std::min(waits->until, *later_)};
  return std::holds_alternative<nothing>(taken) ? step{wait{*later_}} : taken;
}

lane_feed::step lane_feed::next_for_due(const health& provider, const credit& window,
                                        steady_point now) const {
  const bool woken = woken_ || is_later_over(now);
  if (provider.takes == circuit_state::open) {
    if (!provider.way_out || !(woken || in_scan_) || mutant(mutation::nothing_is_rerouted))
      return nothing{};
    return now < rests_until_ ? step{wait{rests_until_}} : scan_page{};
  }
  // Credit that returns up to a quarter of the window wakes.
  if (window.room <= 0) return nothing{};
  if (now < rests_until_) return wait{rests_until_};
  if (provider.takes == circuit_state::half_open) {
    const auto earliest = probed_at_ ? *probed_at_ + between_probes : steady_point{};
    if (mutant(mutation::nothing_is_probed)) return nothing{};
    return now < earliest ? step{wait{earliest}} : probe{};
  }
  const claim all{std::min(window.room, claim_limit)};
  if (window.room * 4 >= window.size) return all;
  // A claim for each row that finds room is too many; but the new rows may be urgent.
  if (!woken) return nothing{};
  const auto earliest = claimed_at_ + between_small_claims;
  return now < earliest ? step{wait{earliest}} : all;
}

void lane_feed::wake() {
  due_ = true;
  woken_ = true;
}

void lane_feed::rows_from(steady_point due) {
  if (mutant(mutation::scheduled_rows_forgotten)) return;
  later_ = later_ ? std::min(*later_, due) : due;
}

void lane_feed::note_passed(steady_point now) {
  if (!is_later_over(now)) return;
  later_.reset();
  wants_look_ = true;
  wake();
}

void lane_feed::health_changed(bool begin_anew) {
  rests_until_ = {};
  if (scanning()) doing_ = activity::nothing;
  if (begin_anew) in_scan_ = scan_moved_ = false;
}

lane_feed::shares lane_feed::begin(activity what, std::int32_t rows, steady_point now) {
  note_passed(now);
  doing_ = what;
  claimed_at_ = now;
  const bool any = std::ranges::find(waiting_, true) != waiting_.end();
  if (std::exchange(woken_, false) || !any) waiting_.fill(true);
  return shares_ = turns_.divide(rows, waiting_);
}

lane_feed::shares lane_feed::begin_claim(std::int32_t rows, steady_point now) {
  return begin(activity::claiming, rows, now);
}

lane_feed::shares lane_feed::begin_probe(steady_point now) {
  return begin(activity::probing, 1, now);
}

persistence::lane_position lane_feed::begin_of(std::size_t priority) const {
  return doing_ == activity::probing ? probe_after_[priority] : persistence::lane_position{};
}

void lane_feed::end_claim(const std::array<claimed, priority_turns::count>& lanes,
                          steady_point now) {
  const bool probed = doing_ == activity::probing;
  doing_ = activity::nothing;
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    if (shares_[i] == 0) continue;
    // A lane that gave less than was asked for has no more. Behind the last probe nothing waits:
    // the next probe is the first row of the lane again.
    auto& place = probe_after_[i];
    const bool at_its_end = probed && lanes[i].rows == 0 && place != persistence::lane_position{};
    waiting_[i] = lanes[i].rows == shares_[i] || at_its_end;
    place = lanes[i].rows == 0 ? persistence::lane_position{} : lanes[i].last;
    if (probed && lanes[i].rows > 0) probed_at_ = now;
  }
  const bool more = std::ranges::find(waiting_, true) != waiting_.end();
  due_ = (more && !mutant(mutation::rest_of_a_backlog_forgotten)) || woken_;
  if (!due_) wants_look_ |= std::exchange(hides_later_, false);
}

void lane_feed::claim_failed(steady_point now) {
  doing_ = activity::nothing;
  rests_until_ = now + error_rest;
  // As if it had not begun.
  wake();
}

void lane_feed::begin_page(steady_point now) {
  note_passed(now);
  doing_ = activity::scanning;
  if (std::exchange(in_scan_, true)) return;
  woken_ = false;
  scan_moved_ = false;
}

void lane_feed::end_page(page seen, bool last, steady_point now) {
  doing_ = activity::nothing;
  scan_moved_ |= seen == page::moved;
  if (last) {
    in_scan_ = false;
    (scan_moved_ ? wants_look_ : wants_late_look_) |= std::exchange(hides_later_, false);
  }
  if (last ? !scan_moved_ : seen == page::stuck) rests_until_ = now + page_rest;
}

void lane_feed::page_failed(steady_point now) {
  doing_ = activity::nothing;
  in_scan_ = false;
  rests_until_ = now + error_rest;
  wake();
}

}  // namespace postrider::actors
