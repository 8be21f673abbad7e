#include "actors/delivery/retry_scheduler.hpp"
#include "actors/ledger/ledger_reader.hpp"

#include <algorithm>
#include <numeric>

/// The scheduler's other half: bringing to the senders what waits in the database.
namespace postrider::actors {
namespace {

/// Ticks closer than this are one.
constexpr milliseconds shortest_tick{10};
/// Rows of one claim.
constexpr std::int32_t claim_limit = 500;
/// Due retries whose next step is not committed yet.
constexpr std::int32_t max_retries_in_hand = 1'000;
/// Between two probes of a half-open provider that were claimed for it.
constexpr milliseconds probe_interval{1'000};

persistence::ledger_error no_answer() {
  return {persistence::ledger_errc::unavailable, "the database did not answer in time"};
}

}  // namespace

/// One tick is always under way, the earliest that anybody asked for.
void retry_scheduler_state::tick_in(milliseconds delay) {
  const auto at =
      self_->clock().now() + std::clamp(delay, shortest_tick, environment_->polls.lanes);
  if (tick_at_ && *tick_at_ <= at) return;
  tick_at_ = at;
  self_->delayed_send(self_, at - self_->clock().now(), tick_atom_v);
}

void retry_scheduler_state::on_tick() {
  // A tick that an earlier one replaced comes for nothing.
  if (tick_at_ && self_->clock().now() < *tick_at_) return;
  tick_at_.reset();
  if (draining_) return;
  tick_in(environment_->polls.lanes);
  look_for_expired();
  std::vector<persistence::lane> lanes{persistence::retry_lane};
  const auto directory = links_.directory->get();
  for (const auto& [id, record] : directory->all)
    for (const auto priority : persistence::all_priorities)
      lanes.push_back(persistence::lane_of(id, priority));
  self_->request(links_.reader, read_timeout, lanes_atom_v, std::move(lanes))
      .then([this](const reply<std::vector<persistence::lane_state>>& answer) { on_lanes(answer); },
            [](caf::error&) {});
}

void retry_scheduler_state::on_lanes(const reply<std::vector<persistence::lane_state>>& lanes) {
  if (lanes.error || draining_) return;
  last_lanes_ = lanes.value;
  const auto now = environment_->wall_clock();
  for (const auto& state : lanes.value) {
    if (state.oldest_due_at > now) {
      tick_in(std::chrono::ceil<milliseconds>(state.oldest_due_at - now));
      continue;
    }
    if (state.lane == persistence::retry_lane) {
      claim_retries();
      continue;
    }
    const auto provider = persistence::provider_of(state.lane);
    const auto directory = links_.directory->get();
    if (directory->usable.contains(provider)) directory->window(provider).set_backlog(true);
    feed(provider);
  }
}

void retry_scheduler_state::on_poke() { tick_in(milliseconds(0)); }

// ---- due retries --------------------------------------------------------------------------------

void retry_scheduler_state::claim_retries() {
  const auto limit = std::min(claim_limit, max_retries_in_hand - retries_in_hand_);
  if (claiming_retries_ || draining_) return;
  if (limit <= 0) {
    more_retries_due_ = true;
    return;
  }
  claiming_retries_ = true;
  write_request request;
  request.keep_trying = false;
  request.transitions.emplace_back(persistence::claim{persistence::retry_lane, limit});
  self_->request(links_.writer, without_timer, std::move(request))
      .then([this, limit](const reply<write_results>& claimed) { on_retries(claimed, limit); },
            [this, limit](caf::error&) {
              on_retries({no_answer(), {}}, limit);
            });
}

void retry_scheduler_state::on_retries(const reply<write_results>& claimed, std::int32_t limit) {
  claiming_retries_ = false;
  if (claimed.error || successor_) return;
  const auto& rows = claimed.value.front().rows;
  for (const auto& row : rows) {
    const auto& transaction = row.transaction;
    ++retries_in_hand_;
    ++retries_due_;
    in_hand_.insert_or_assign(transaction.id, failure{row,
                                                      {transaction.error, transaction.error_message,
                                                       transaction.provider_ref},
                                                      persistence::transaction_status::failed});
    consider(transaction.id);
  }
  // More may be due: soon, when these have gone on.
  if (static_cast<std::int32_t>(rows.size()) == limit) tick_in(milliseconds(0));
}

/// One that was claimed for its retry has gone on.
void retry_scheduler_state::retry_left() {
  --retries_in_hand_;
  if (!more_retries_due_ || retries_in_hand_ > max_retries_in_hand / 2) return;
  more_retries_due_ = false;
  tick_in(milliseconds(0));
}

// ---- backlog ------------------------------------------------------------------------------------

/// Claims rows for one sender as long as there is room and something waits: of high priority most,
/// of each lower one that waits its share.
void retry_scheduler_state::feed(persistence::provider_id provider) {
  if (draining_) return;
  if (health_of(provider) == circuit_state::open) return walk_on(provider);
  auto& state = feeding_[provider];
  if (state.running) {
    state.again = true;
    return;
  }
  state.running = true;
  state.again = false;
  state.waiting.fill(true);
  state.claims = 0;
  claim_next(provider);
}

void retry_scheduler_state::claim_next(persistence::provider_id provider) {
  auto& window = links_.directory->get()->window(provider);
  const auto health = health_of(provider);
  // A claim for each row that found room is one too many; the sender says when it is a quarter.
  if (feeding_[provider].claims++ > 0 && window.room() * 4 < window.size())
    return end_feeding(provider, true);
  const auto limit = window.take(health == circuit_state::half_open ? 1 : claim_limit);
  // Without room there may be more; the sender says when it has room again.
  if (limit == 0 || draining_ || health == circuit_state::open || probed_just_now(provider)) {
    window.give_back(limit);
    return end_feeding(provider, true);
  }
  auto& state = feeding_[provider];
  const auto shares = state.turns.divide(limit, state.waiting);
  write_request request;
  request.keep_trying = false;
  const bool probes = health == circuit_state::half_open;
  for (std::size_t i = 0; i < shares.size(); ++i)
    if (shares[i] > 0)
      request.transitions.emplace_back(
          persistence::claim{lane_of(provider, persistence::all_priorities[i]), shares[i],
                             probes ? state.probe_after[i] : persistence::lane_position{}});
  self_->request(links_.writer, without_timer, std::move(request))
      .then([this, provider, shares](
                const reply<write_results>& claimed) { on_claimed(provider, shares, claimed); },
            [this, provider, shares](caf::error&) {
              on_claimed(provider, shares, {no_answer(), {}});
            });
}

/// A probe that came to nothing (it was expired, or taken elsewhere) is followed by the next one.
bool retry_scheduler_state::probed_just_now(persistence::provider_id provider) {
  const auto& probed = feeding_[provider].probed;
  return health_of(provider) == circuit_state::half_open && probed &&
         self_->clock().now() - *probed < probe_interval;
}

void retry_scheduler_state::on_claimed(persistence::provider_id provider,
                                       const priority_turns::shares& shares,
                                       const reply<write_results>& claimed) {
  auto& window = links_.directory->get()->window(provider);
  auto& state = feeding_[provider];
  const auto limit = std::accumulate(shares.begin(), shares.end(), 0);
  if (claimed.error) {
    window.give_back(limit);
    return end_feeding(provider, true);
  }
  delivery_list rows;
  auto result = claimed.value.begin();
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (shares[i] == 0) continue;
    // A lane that gave less than was asked for has no more.
    state.waiting[i] = std::ssize(result->rows) == shares[i];
    // Behind the last probe nothing waits: the next one is the first of the lane again.
    auto& probed = state.probe_after[i];
    if (result->rows.empty() && probed != persistence::lane_position{} &&
        health_of(provider) == circuit_state::half_open)
      state.waiting[i] = true;
    probed = {};
    if (!result->rows.empty())
      probed = {result->rows.back().transaction.due_at, result->rows.back().transaction.id};
    rows.insert(rows.end(), result->rows.begin(), result->rows.end());
    ++result;
  }
  const auto count = static_cast<std::int32_t>(rows.size());
  window.give_back(limit - count);
  claimed_ += rows.size();
  if (count > 0) self_->send(links_.senders->get()->at(provider), deliver_atom_v, std::move(rows));
  // Nothing but the probe while it is half-open.
  if (count > 0 && health_of(provider) == circuit_state::half_open) {
    state.probed = self_->clock().now();
    return end_feeding(provider, true);
  }
  if (std::ranges::find(state.waiting, true) == state.waiting.end())
    return end_feeding(provider, false);
  claim_next(provider);
}

void retry_scheduler_state::end_feeding(persistence::provider_id provider, bool more) {
  auto& state = feeding_[provider];
  state.running = false;
  links_.directory->get()->window(provider).set_backlog(more);
  // Rows that were stored free while the claims ran.
  if (!more && state.again) feed(provider);
}

}  // namespace postrider::actors
