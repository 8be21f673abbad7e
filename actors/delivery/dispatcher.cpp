#include "actors/delivery/dispatcher.hpp"

#include "actors/delivery/lane_report.hpp"
#include "actors/ledger/ledger_reader.hpp"
#include "actors/providers/test_mode.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

namespace postrider::actors {
namespace {

/// The next look into all lanes, after one provider's rows were claimed: rows that are due later
/// are behind rows that are due.
constexpr milliseconds look_again_after{200};
/// The same after a scan that moved no row.
constexpr milliseconds look_again_late_after{10'000};

}  // namespace

dispatcher_actor::behavior_type dispatcher_state::make_behavior(environment_ptr environment,
                                                                dispatcher_links links) {
  context_.environment = std::move(environment);
  context_.links = std::move(links);
  return {
      [this](wake_atom, persistence::provider_id provider) { on_wake(provider); },
      [this](wake_atom) { context_.look_in(milliseconds(0)); },
      [this](tick_atom, persistence::provider_id provider) { on_timer(provider); },
      [this](tick_atom) { on_tick(); },
      [this](drain_atom) { context_.draining = true; },
      [this](inspect_atom) { return on_inspect(); },
  };
}

// ---- looks --------------------------------------------------------------------------------------

void dispatcher_state::on_wake(persistence::provider_id provider) {
  providers_[provider].feed.wake();
  look_after(provider);
}

void dispatcher_state::on_timer(persistence::provider_id provider) {
  if (providers_[provider].timer.rings(context_.now())) look_after(provider);
}

void dispatcher_state::on_tick() {
  if (!context_.look.rings(context_.now()) || context_.draining) return;
  context_.look_in(context_.environment->polls.lanes);
  expiry_.look();
  std::vector<persistence::lane> lanes;
  const auto directory = context_.links.directory->get();
  for (const auto& [id, record] : directory->all)
    for (const auto priority : persistence::all_priorities)
      lanes.push_back(persistence::lane_of(id, priority));
  context_.self->request(context_.links.reader, read_timeout, lanes_atom_v, std::move(lanes))
      .then([this](const reply<std::vector<persistence::lane_state>>& answer) { on_lanes(answer); },
            [this](caf::error&) { context_.look_in(lane_feed::error_rest); });
}

void dispatcher_state::on_lanes(const reply<std::vector<persistence::lane_state>>& lanes) {
  if (context_.draining) return;
  if (lanes.error) return context_.look_in(lane_feed::error_rest);
  last_lanes_ = lanes.value;
  const auto wall = context_.environment->wall_clock();
  std::set<persistence::provider_id> seen;
  for (const auto& state : lanes.value) {
    const auto provider = persistence::provider_of(state.lane);
    auto& feed = providers_[provider].feed;
    if (state.oldest_due_at <= wall) feed.rows_are_due();
    else feed.rows_from(context_.now() + (state.oldest_due_at - wall));
    seen.insert(provider);
  }
  for (const auto provider : seen)
    look_after(provider);
}

/// Takes the next step for a provider's rows, if there is one.
void dispatcher_state::look_after(persistence::provider_id provider) {
  if (context_.draining) return;
  auto& lanes = providers_[provider];
  note_condition(provider, lanes);
  const auto room = wait_for_credit(provider);
  if (room > 0 || takes(provider) == circuit_state::open) rerouting_.go_on(provider);
  const auto known = usable(provider);
  const lane_feed::credit window{room, known ? known->window->size() : 1};
  const auto state = takes(provider);
  const lane_feed::health health{state, state == circuit_state::open && has_way_out(provider)};
  take(provider, lanes.feed.next(health, window, context_.now()));
}

/// Compares what the provider takes with what it took at the last look.
void dispatcher_state::note_condition(persistence::provider_id provider, provider_lanes& lanes) {
  const auto known = usable(provider);
  const auto now =
      known ? known->window->condition() : provider_condition{circuit_state::open, false, 0};
  const auto before = std::exchange(lanes.condition, now);
  if (now.refusals != before.refusals && now.takes == circuit_state::open) patience_.look();
  // The news may be of its probe alone.
  if (now.takes == before.takes) return;
  // Between two probes a scan goes on where it was, else it would never get far.
  const bool well = now.takes == circuit_state::closed;
  lanes.feed.health_changed(well);
  rerouting_.interrupt(provider, well);
  // A recovered provider may now take rows that had no destination; a failed one may no longer take
  // rows planned for it.
  std::vector<persistence::provider_id> down;
  for (const auto& [id, other] : providers_)
    if (id != provider && other.condition.takes == circuit_state::open) down.push_back(id);
  for (const auto id : down) {
    if (well) {
      providers_[id].feed.health_changed(true);
      rerouting_.interrupt(id, true);
    }
    context_.self->send(context_.self, wake_atom_v, id);
  }
}

void dispatcher_state::take(persistence::provider_id provider, const lane_feed::step& next) {
  auto& lanes = providers_[provider];
  const auto now = context_.now();
  if (const auto* all = std::get_if<lane_feed::claim>(&next)) {
    const auto got = usable(provider)->window->take(all->rows);
    if (got > 0) claim(provider, lanes.feed.begin_claim(got, now));
  } else if (std::holds_alternative<lane_feed::probe>(next)) {
    if (usable(provider)->window->take(1) > 0) claim(provider, lanes.feed.begin_probe(now));
  } else if (std::holds_alternative<lane_feed::scan_page>(next)) {
    lanes.feed.begin_page(now);
    rerouting_.read_page(provider);
  } else if (const auto* waits = std::get_if<lane_feed::wait>(&next)) {
    // The next look into all lanes may come before.
    if (waits->until - now < context_.environment->polls.lanes && lanes.timer.set(waits->until))
      context_.self->delayed_send(context_.self, waits->until - now, tick_atom_v, provider);
  }
}

// ---- claims -------------------------------------------------------------------------------------

void dispatcher_state::claim(persistence::provider_id provider, const lane_feed::shares& shares) {
  const auto& feed = providers_[provider].feed;
  write_request request;
  request.keep_trying = false;
  for (std::size_t i = 0; i < shares.size(); ++i)
    if (shares[i] > 0)
      request.transitions.emplace_back(persistence::claim{
          lane_of(provider, persistence::all_priorities[i]), shares[i], feed.begin_of(i)});
  context_.self->request(context_.links.writer, without_timer, std::move(request))
      .then([this, provider, shares](
                const reply<write_results>& claimed) { on_claimed(provider, shares, claimed); },
            [this, provider, shares](caf::error&) {
              on_claimed(provider, shares, {persistence::ledger_error{}, {}});
            });
}

void dispatcher_state::on_claimed(persistence::provider_id provider,
                                  const lane_feed::shares& shares,
                                  const reply<write_results>& claimed) {
  auto& feed = providers_[provider].feed;
  auto& window = context_.links.directory->get()->window(provider);
  auto unused = std::accumulate(shares.begin(), shares.end(), 0);
  if (claimed.error) {
    feed.claim_failed(context_.now());
  } else {
    delivery_list rows;
    std::array<lane_feed::claimed, priority_turns::count> lanes{};
    auto result = claimed.value.begin();
    for (std::size_t i = 0; i < shares.size(); ++i) {
      if (shares[i] == 0) continue;
      lanes[i].rows = static_cast<std::int32_t>(result->rows.size());
      if (!result->rows.empty()) {
        const auto& last = result->rows.back().transaction;
        lanes[i].last = {last.due_at, last.id};
      }
      rows.insert(rows.end(), result->rows.begin(), result->rows.end());
      ++result;
    }
    feed.end_claim(lanes, context_.now());
    unused -= static_cast<std::int32_t>(rows.size());
    claimed_ += rows.size();
    if (!rows.empty())
      context_.self->send(context_.links.senders->get()->at(provider), deliver_atom_v,
                          std::move(rows));
  }
  // The step that follows sees the credit, whoever else waits for it.
  static_cast<void>(window.give_back(unused));
  if (feed.take_wish_to_look()) context_.look_in(look_again_after);
  look_after(provider);
}

// ---- scans --------------------------------------------------------------------------------------

std::int32_t dispatcher_state::wait_for_credit(persistence::provider_id provider) {
  const auto known = usable(provider);
  if (!known) return 0;
  const auto found = providers_.find(provider);
  const bool backlog = found != providers_.end() && found->second.feed.backlog(context_.now());
  return known->window->wait_for_credit(
      sender_window::claims_of(backlog, rerouting_.waits_for(provider)));
}

void dispatcher_state::on_page_done(persistence::provider_id provider, lane_feed::page seen,
                                    bool last) {
  auto& feed = providers_[provider].feed;
  feed.end_page(seen, last, context_.now());
  if (feed.take_wish_to_look()) context_.look_in(look_again_after);
  if (feed.take_late_wish_to_look()) context_.look_in(look_again_late_after);
  look_after(provider);
}

void dispatcher_state::on_page_failed(persistence::provider_id provider) {
  providers_[provider].feed.page_failed(context_.now());
  look_after(provider);
}

// ---- providers ----------------------------------------------------------------------------------

/// Null for a provider that only an earlier configuration had; rows may still wait for it.
provider_ptr dispatcher_state::usable(persistence::provider_id provider) const {
  const auto directory = context_.links.directory->get();
  const auto known = directory->usable.find(provider);
  return known == directory->usable.end() ? nullptr : known->second;
}

circuit_state dispatcher_state::takes(persistence::provider_id provider) const {
  const auto known = usable(provider);
  return known ? known->window->condition().takes : circuit_state::open;
}

bool dispatcher_state::has_way_out(persistence::provider_id provider) const {
  return std::ranges::any_of(context_.links.directory->get()->usable, [&](const auto& other) {
    // Providers of test mode are always well, and take nothing that is real.
    return other.first != provider && !is_test_provider(other.second->record.name) &&
           other.second->window->condition().takes != circuit_state::open;
  });
}

/// The lanes in which rows may wait that no provider takes: of providers that take nothing, and of
/// those that are not in the configuration any more.
std::vector<persistence::lane> dispatcher_state::hopeless_lanes() const {
  std::vector<persistence::lane> lanes;
  for (const auto& [id, one] : context_.links.directory->get()->usable)
    if (one->window->down())
      for (const auto priority : persistence::all_priorities)
        lanes.push_back(lane_of(id, priority));
  for (const auto& state : last_lanes_)
    if (!usable(persistence::provider_of(state.lane))) lanes.push_back(state.lane);
  std::ranges::sort(lanes);
  return lanes;
}

// ---- for people ---------------------------------------------------------------------------------

boost::json::array dispatcher_state::inspect_away() const {
  boost::json::array away;
  const auto directory = context_.links.directory->get();
  for (const auto& [id, one] : directory->usable) {
    const auto state = one->window->condition().takes;
    if (state == circuit_state::closed) continue;
    const auto found = providers_.find(id);
    const auto* walk = found == providers_.end()                    ? "idle"
                       : rerouting_.waits(id)                       ? "no_room"
                       : found->second.feed.scanning()              ? "looking"
                       : found->second.feed.resting(context_.now()) ? "resting"
                                                                    : "idle";
    away.push_back({{"provider", one->record.name},
                    {"takes", state == circuit_state::open ? "nothing" : "a probe"},
                    {"walk", walk}});
  }
  return away;
}

caf::result<inspection> dispatcher_state::on_inspect() const {
  return inspection{{{"claimed", claimed_},
                     {"rerouted", rerouting_.moved()},
                     {"away", inspect_away()},
                     {"expired", expiry_.expired()},
                     {"out_of_patience", patience_.ended()},
                     {"waiting_lanes", lane_report(last_lanes_, *context_.environment,
                                                   *context_.links.directory->get())}}};
}

dispatcher_actor::behavior_type dispatcher(
    dispatcher_actor::stateful_pointer<dispatcher_state> self, environment_ptr environment,
    dispatcher_links links) {
  return self->state.make_behavior(std::move(environment), std::move(links));
}

}  // namespace postrider::actors
