#include "actors/delivery/retry_scheduler.hpp"
#include "actors/ledger/ledger_reader.hpp"
#include "actors/providers/test_mode.hpp"
#include "actors/rules/explanation.hpp"
#include "persistence/attempts.hpp"

#include <algorithm>

/// The scheduler's third part: what waits at a provider that takes nothing now goes to another one
/// that does. The rows are free in the database; they are read page by page, ranked like new ones,
/// and a page's moves are one commit, bounded by the room of those who get them. What no other
/// provider takes is read and left where it is. A crash between two steps leaves a pending row at
/// one provider or the other.
namespace postrider::actors {
namespace {

/// Rows that are looked at together.
constexpr std::int32_t page_limit = 200;
/// After a page of which nothing could go anywhere: what has no way out must not cost more than
/// what has.
constexpr milliseconds rest_time{100};

/// How many rows of another provider a window takes at one time: what waits there for a longer time
/// gets its half.
std::int32_t allowance(const sender_window& window) {
  return window.backlog() ? (window.room() + 1) / 2 : window.room();
}

}  // namespace

circuit_state retry_scheduler_state::health_of(persistence::provider_id provider) const {
  // Of one that was in an earlier configuration something may wait still.
  if (!links_.directory->get()->usable.contains(provider)) return circuit_state::open;
  const auto known = health_.find(provider);
  return known == health_.end() ? circuit_state::closed : known->second;
}

bool retry_scheduler_state::has_way_out(persistence::provider_id provider) const {
  return std::ranges::any_of(links_.directory->get()->usable, [&](const auto& other) {
    // Those of test mode are always well, and take nothing that is real.
    return other.first != provider && !is_test_provider(other.second->record.name) &&
           health_of(other.first) != circuit_state::open;
  });
}

void retry_scheduler_state::on_health(const provider_health& health) {
  const auto before = std::exchange(health_[health.provider], health.state);
  const bool refused =
      std::exchange(refusals_[health.provider], health.refusals) != health.refusals;
  if (refused && health.state == circuit_state::open) look_past_patience();
  // The news may be of its probe alone.
  if (before == health.state) return;
  // Between two probes the walk goes on from where it was, else it would never get far.
  const bool well = health.state == circuit_state::closed;
  if (well) stop_walk(health.provider);
  else interrupt_walk(health.provider);
  feed(health.provider);
  // What found no place yet may find one there; what was to go there may not.
  for (const auto& [id, state] : health_) {
    if (id == health.provider || state != circuit_state::open) continue;
    if (well) stop_walk(id);
    walk_on(id);
  }
}

void retry_scheduler_state::on_room(persistence::provider_id provider) {
  auto& window = links_.directory->get()->window(provider);
  if (window.wanted()) {
    window.set_wanted(false);
    for (const auto& [id, walk] : walks_)
      if (walk.phase == lane_walk::phase::no_room) move_page(id);
  }
  feed(provider);
}

// ---- a walk through the lanes -------------------------------------------------------------------

void retry_scheduler_state::stop_walk(persistence::provider_id provider) {
  const auto number = walks_[provider].number + 1;
  walks_[provider] = {};
  walks_[provider].number = number;
}

/// What is under way of it counts no more; it goes on at the page that was in hand.
void retry_scheduler_state::interrupt_walk(persistence::provider_id provider) {
  auto& walk = walks_[provider];
  lane_walk next;
  next.number = walk.number + 1;
  next.priority_index = walk.priority_index;
  next.after = walk.after;
  walk = std::move(next);
}

void retry_scheduler_state::walk_on(persistence::provider_id provider) {
  if (draining_ || !has_way_out(provider)) return;
  auto& walk = walks_[provider];
  if (walk.phase == lane_walk::phase::no_room) return move_page(provider);
  if (walk.phase != lane_walk::phase::idle) {
    walk.again = true;
    return;
  }
  read_page(provider);
}

void retry_scheduler_state::read_page(persistence::provider_id provider) {
  auto& walk = walks_[provider];
  walk.phase = lane_walk::phase::looking;
  waiting_query query;
  query.lane = lane_of(provider, persistence::all_priorities[walk.priority_index]);
  query.after = walk.after;
  query.now = environment_->wall_clock();
  query.limit = std::min(page_limit, environment_->settings.limits.batch);
  self_->request(links_.reader, read_timeout, query)
      .then([this, provider, number = walk.number](
                const reply<delivery_list>& read) { on_page(provider, number, read); },
            [this, provider, number = walk.number](caf::error&) {
              on_page(provider, number, {persistence::ledger_error{}, {}});
            });
}

void retry_scheduler_state::on_page(persistence::provider_id provider, std::uint64_t number,
                                    const reply<delivery_list>& read) {
  auto& walk = walks_[provider];
  if (walk.number != number) return;
  // The look into the lanes, once a second, begins another one.
  if (read.error || draining_) return stop_walk(provider);
  walk.rows = read.value;
  walk.places.assign(walk.rows.size(), std::nullopt);
  walk.unranked = walk.rows.size();
  if (walk.rows.empty()) return end_page(provider, true);
  for (std::size_t i = 0; i < walk.rows.size(); ++i) {
    const auto& row = walk.rows[i].transaction;
    route_query query{walk.rows[i].message, row.recipient_no, row.attempts};
    // Many of these do not go; the probe of a half-open provider is not theirs to take.
    query.only_asks = true;
    self_->request(links_.selector, without_timer, std::move(query))
        .then([this, provider, number,
               i](const route_reply& answer) { on_place(provider, number, i, answer); },
              [this, provider, number, i](caf::error&) {
                on_place(provider, number, i, {persistence::ledger_error{}, {}});
              });
  }
}

void retry_scheduler_state::on_place(persistence::provider_id provider, std::uint64_t number,
                                     std::size_t index, const route_reply& answer) {
  auto& walk = walks_[provider];
  if (walk.number != number) return;
  if (!answer.error && !answer.rankings.empty()) {
    const auto* best = place_now(walk.rows[index].transaction, answer.rankings.front(), provider,
                                 environment_->wall_clock(), environment_->settings.messaging);
    if (best) walk.places[index] = place{*best, encode_decision(answer.rankings.front())};
  }
  if (--walk.unranked == 0) move_page(provider);
}

// ---- what has a place goes there ----------------------------------------------------------------

void retry_scheduler_state::move_page(persistence::provider_id provider) {
  auto& walk = walks_[provider];
  write_request request;
  request.keep_trying = false;
  delivery_list moving;
  std::map<persistence::provider_id, std::int32_t> left;
  for (std::size_t i = 0; i < walk.rows.size(); ++i) {
    auto& found = walk.places[i];
    if (!found) continue;
    const auto health = health_of(found->best.provider);
    auto& window = links_.directory->get()->window(found->best.provider);
    const bool probes = health == circuit_state::half_open;
    auto& allowed = left.try_emplace(found->best.provider,
                                     probes ? std::min(1, allowance(window)) : allowance(window))
                        .first->second;
    // A half-open one gets its probe, and more when that was well.
    if (health == circuit_state::open || (probes && allowed <= 0)) {
      found.reset();
      continue;
    }
    if (allowed <= 0 || window.take(1) == 0) {
      window.set_wanted(true);
      continue;
    }
    --allowed;
    moving.push_back(reroute_to(*found, walk.rows[i], request));
    found.reset();
  }
  if (moving.empty()) return end_page(provider, false);
  walk.phase = lane_walk::phase::looking;
  self_->request(links_.writer, without_timer, std::move(request))
      .then(
          [this, provider, number = walk.number,
           moving](const reply<write_results>& written) mutable {
            on_moved(provider, number, moving, written);
          },
          [](caf::error&) {});
}

/// The row as it is when the move is committed.
persistence::delivery retry_scheduler_state::reroute_to(const place& found,
                                                        const persistence::delivery& waiting,
                                                        write_request& request) const {
  const auto& best = found.best;
  auto moved = waiting;
  auto& row = moved.transaction;
  request.transitions.emplace_back(persistence::reroute{
      row.id, row.provider, best.provider, best.address, best.fallback_on_undelivered, our_node,
      found.decision, persistence::count_attempts(row.attempts)});
  row.provider = best.provider;
  row.recipient = best.address;
  row.fallback_on_undelivered = best.fallback_on_undelivered;
  row.decision = found.decision;
  return moved;
}

void retry_scheduler_state::on_moved(persistence::provider_id provider, std::uint64_t number,
                                     delivery_list& moving, const reply<write_results>& written) {
  hand_over(moving, written);
  auto& walk = walks_[provider];
  if (walk.number != number) return;
  if (written.error || draining_) return stop_walk(provider);
  end_page(provider, true);
}

void retry_scheduler_state::hand_over(delivery_list& moving, const reply<write_results>& written) {
  std::map<persistence::provider_id, delivery_list> arriving;
  for (std::size_t i = 0; i < moving.size(); ++i) {
    const auto to = moving[i].transaction.provider;
    // Sent by another node meanwhile, or moved: it is no longer ours to move.
    if (written.error || written.value[i].status != persistence::transition_status::applied) {
      links_.directory->get()->window(to).give_back(1);
      continue;
    }
    ++rerouted_;
    note(log_level::debug, moving[i], "goes here, for the provider before takes nothing now");
    arriving[to].push_back(std::move(moving[i]));
  }
  for (auto& [to, list] : arriving)
    self_->send(links_.senders->get()->at(to), deliver_atom_v, std::move(list));
}

/// True when something on the page has a place where there is no room. A sender says so once when
/// it has room; that may have been while the last move was being committed.
bool retry_scheduler_state::wait_for_room(persistence::provider_id provider) {
  auto& walk = walks_[provider];
  bool waits = false, room = false;
  for (const auto& found : walk.places) {
    if (!found) continue;
    auto& window = links_.directory->get()->window(found->best.provider);
    window.set_wanted(true);
    waits = true;
    room |= window.room() * 4 >= window.size();
  }
  if (!waits) return false;
  walk.phase = lane_walk::phase::no_room;
  if (room) self_->send(self_, pump_atom_v, provider);
  return true;
}

void retry_scheduler_state::end_page(persistence::provider_id provider, bool moved) {
  auto& walk = walks_[provider];
  walk.moved_any |= moved && !walk.rows.empty();
  if (wait_for_room(provider)) return;
  const bool last_page =
      std::ssize(walk.rows) < std::min(page_limit, environment_->settings.limits.batch);
  if (!last_page) {
    const auto& last = walk.rows.back().transaction;
    walk.after = {last.due_at, last.id};
  } else {
    ++walk.priority_index;
    walk.after = {};
  }
  walk.rows.clear();
  walk.places.clear();
  if (walk.priority_index < persistence::all_priorities.size())
    return moved ? read_page(provider) : rest(provider);
  const bool again = walk.again, fruitful = walk.moved_any;
  stop_walk(provider);
  if (!again) return;
  if (fruitful) return walk_on(provider);
  rest(provider);
}

void retry_scheduler_state::rest(persistence::provider_id provider) {
  auto& walk = walks_[provider];
  walk.phase = lane_walk::phase::resting;
  walk.rests_until = self_->clock().now() + rest_time;
  self_->delayed_send(self_, rest_time, pump_atom_v, provider);
}

void retry_scheduler_state::go_on(persistence::provider_id provider) {
  const auto& walk = walks_[provider];
  const auto phase = walk.phase;
  if (draining_ || phase == lane_walk::phase::idle || phase == lane_walk::phase::looking) return;
  // Of a rest that was given up.
  if (phase == lane_walk::phase::resting && self_->clock().now() < walk.rests_until) return;
  if (!has_way_out(provider)) return stop_walk(provider);
  if (phase == lane_walk::phase::no_room) return move_page(provider);
  read_page(provider);
}

boost::json::array retry_scheduler_state::inspect_walks() const {
  static constexpr std::array names{"idle", "looking", "no_room", "resting"};
  boost::json::array away;
  for (const auto& [id, state] : health_) {
    if (state == circuit_state::closed) continue;
    const auto found = walks_.find(id);
    const auto phase = found == walks_.end() ? lane_walk::phase::idle : found->second.phase;
    away.push_back({{"provider", links_.directory->get()->all.at(id).name},
                    {"takes", state == circuit_state::open ? "nothing" : "a probe"},
                    {"walk", names[static_cast<std::size_t>(phase)]}});
  }
  return away;
}

}  // namespace postrider::actors
