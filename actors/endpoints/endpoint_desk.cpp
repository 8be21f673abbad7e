#include "actors/endpoints/endpoint_desk.hpp"

#include "actors/endpoints/endpoint_call.hpp"
#include "actors/ledger/ledger_reader.hpp"
#include "actors/rules/endpoint_owner.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <utility>

namespace postrider::actors {
namespace {

/// Endpoints in one commit.
constexpr std::size_t saved_at_once = 100;

event_filter filter_of(const persistence::endpoint& e) {
  event_filter filter;
  filter.types = e.types;
  filter.users = e.users;
  filter.since = e.since;
  return filter;
}

persistence::ledger_error no_answer_of_ledger() {
  return {persistence::ledger_errc::unavailable, "no answer in time"};
}

write_request request_with(std::vector<persistence::transition> transitions) {
  write_request request;
  request.keep_trying = false;
  request.transitions = std::move(transitions);
  return request;
}

}  // namespace

endpoint_desk_actor::behavior_type endpoint_desk_state::make_behavior(environment_ptr environment,
                                                                      endpoint_links links,
                                                                      directory_board directory) {
  environment_ = std::move(environment);
  links_ = std::move(links);
  caller_.begin(self_, environment_, links_.reader, std::move(directory),
                [this](persistence::endpoint_id id, std::int64_t turn, std::uint64_t token,
                       endpoint_answer answer) {
                  if (auto* e = owned(id, turn)) finish(*e, token, std::move(answer), {});
                  end_call();
                });
  self_->send(self_, tick_atom_v);
  return {
      [this](tick_atom) { on_tick(); },
      [this](changes_atom) { load(); },
      [this](const endpoint_page_ptr& page) { on_page(*page); },
      [this](transferred_atom, persistence::endpoint_id id, std::int64_t turn, std::uint64_t token,
             const transfer_result& result) { on_answer(id, turn, token, result); },
      [this](drain_atom) { return on_drain(); },
      [this](inspect_atom) { return on_inspect(); },
  };
}

std::int64_t endpoint_desk_state::on_drain() {
  save();
  std::size_t left = saving_ ? 1 : 0;
  for (const auto& [id, e] : entries_)
    if (e.window) left += e.window->in_flight() + (e.window->changed() ? 1 : 0);
  return static_cast<std::int64_t>(left);
}

void endpoint_desk_state::on_tick() {
  self_->delayed_send(self_, environment_->polls.endpoints, tick_atom_v);
  load();
  if (self_->clock().now() - looked_at_nodes_ >= between_looks_at_nodes) look_at_nodes();
  claim();
  save();
  // Pauses and waits that are over.
  for (auto& [id, e] : entries_)
    go_on(e);
}

void endpoint_desk_state::load() {
  if (loading_) return;
  loading_ = true;
  self_->request(links_.reader, read_timeout, endpoints_atom_v, version_)
      .then(
          [this](reply<persistence::endpoint_changes>& changes) {
            loading_ = false;
            if (changes.error || !changes.value.all) return;
            version_ = changes.value.version;
            take(std::move(*changes.value.all));
          },
          [this](caf::error&) { loading_ = false; });
}

void endpoint_desk_state::take(std::vector<persistence::endpoint> all) {
  std::map<persistence::endpoint_id, entry> next;
  for (auto& record : all) {
    const auto known = entries_.find(record.id);
    auto e = known == entries_.end() ? entry{} : std::move(known->second);
    if (e.record.turn != record.turn) {
      // Somebody has changed it, or has claimed it: what was under way here does not count.
      e.window.reset();
      e.reading.reset();
      e.opening = false;
    }
    e.record = std::move(record);
    next.insert_or_assign(e.record.id, std::move(e));
  }
  entries_ = std::move(next);
  for (auto& [id, e] : entries_)
    if (e.claimed == e.record.turn && e.record.owner == links_.node && e.record.enabled) open(id);
  claim();
}

void endpoint_desk_state::look_at_nodes() {
  looked_at_nodes_ = self_->clock().now();
  self_->request(links_.reader, read_timeout, nodes_atom_v)
      .then(
          [this](const reply<std::vector<persistence::node>>& nodes) {
            if (nodes.error) return;
            alive_.clear();
            for (const auto& node : nodes.value)
              if (node.alive) alive_.push_back(node.id);
          },
          [](caf::error&) {});
}

bool endpoint_desk_state::should_claim(entry& e) {
  if (!e.record.enabled || e.claiming) return false;
  if (e.record.owner == links_.node) return e.claimed != e.record.turn;
  if (std::ranges::find(alive_, e.record.owner) != alive_.end()) {
    e.orphan_since.reset();
    return false;
  }
  const auto now = self_->clock().now();
  if (!e.orphan_since) e.orphan_since = now;
  if (now - *e.orphan_since > claim_patience) return true;
  return chosen_owner(e.record.id, alive_) == links_.node;
}

void endpoint_desk_state::claim() {
  if (claiming_ || alive_.empty() || environment_->flags->draining) return;
  std::vector<persistence::transition> transitions;
  turns wanted;
  for (auto& [id, e] : entries_) {
    if (wanted.size() == saved_at_once) break;
    if (!should_claim(e)) continue;
    e.claiming = true;
    wanted.emplace_back(id, e.record.turn);
    transitions.emplace_back(persistence::claim_endpoint{id, e.record.turn});
  }
  if (wanted.empty()) return;
  claiming_ = true;
  self_->request(links_.writer, read_timeout, request_with(std::move(transitions)))
      .then([this, wanted](const reply<write_results>& written) { on_claimed(wanted, written); },
            [this, wanted](caf::error&) {
              on_claimed(wanted, {no_answer_of_ledger(), {}});
            });
}

void endpoint_desk_state::on_claimed(const turns& wanted, const reply<write_results>& written) {
  claiming_ = false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto found = entries_.find(wanted[i].first);
    if (found == entries_.end()) continue;
    auto& e = found->second;
    e.claiming = false;
    if (written.error || written.value[i].status != persistence::transition_status::applied)
      continue;
    e.claimed = wanted[i].second + 1;
    e.orphan_since.reset();
  }
  // The look brings it with its new turn.
  if (!written.error) load();
}

void endpoint_desk_state::open(persistence::endpoint_id id) {
  auto& e = entries_.at(id);
  if (e.window || e.opening) return;
  e.opening = true;
  persistence::delivery_query query;
  query.endpoint = id;
  query.state = persistence::delivery_state::waiting;
  query.limit = static_cast<std::int32_t>(persistence::max_waiting_deliveries);
  const auto turn = e.record.turn;
  self_->request(links_.reader, read_timeout, query)
      .then(
          [this, id, turn](reply<std::vector<persistence::endpoint_delivery>>& waiting) {
            auto* opened = in_turn(id, turn);
            if (!opened) return;
            opened->opening = false;
            if (waiting.error) return;
            opened->window.emplace(opened->record, std::move(waiting.value));
            opened->saved_at = self_->clock().now();
            go_on(*opened);
          },
          [this, id, turn](caf::error&) {
            if (auto* one = in_turn(id, turn)) one->opening = false;
          });
}

endpoint_desk_state::entry* endpoint_desk_state::in_turn(persistence::endpoint_id id,
                                                         std::int64_t turn) {
  const auto found = entries_.find(id);
  const bool same = found != entries_.end() && found->second.record.turn == turn;
  return same ? &found->second : nullptr;
}

endpoint_desk_state::entry* endpoint_desk_state::owned(persistence::endpoint_id id,
                                                       std::int64_t turn) {
  auto* e = in_turn(id, turn);
  return e && e->window ? e : nullptr;
}

void endpoint_desk_state::go_on(entry& e) {
  if (!e.window) {
    if (e.claimed == e.record.turn && e.record.owner == links_.node && e.record.enabled)
      open(e.record.id);
    return;
  }
  if (environment_->flags->draining) return;
  const auto now = environment_->wall_clock();
  while (calls_ < max_calls) {
    const auto start = e.window->next(now);
    if (!start) break;
    ++calls_;
    caller_.call(e.record, *start);
  }
  if (calls_ >= max_calls && !std::exchange(e.queued, true)) queued_.push_back(e.record.id);
  if (!e.window->wants_events(now)) return;
  // A pause may have moved the place since a reading began that still waits for events.
  if (!e.reading || *e.reading != e.window->place_to_read()) read(e);
}

void endpoint_desk_state::end_call() {
  --calls_;
  while (!queued_.empty() && calls_ < max_calls) {
    const auto found = entries_.find(queued_.front());
    queued_.pop_front();
    if (found == entries_.end()) continue;
    found->second.queued = false;
    go_on(found->second);
  }
}

void endpoint_desk_state::read(entry& e) {
  e.reading = e.window->place_to_read();
  event_request request;
  request.after = e.reading;
  request.filter = filter_of(e.record);
  request.limit = endpoint_window::read_ahead;
  request.wait = longest_wait;
  request.of_endpoint = true;
  const auto id = e.record.id;
  const auto turn = e.record.turn;
  const auto desk = caf::actor_cast<caf::weak_actor_ptr>(self_->ctrl());
  self_->send(links_.feed, std::make_shared<event_job>(
                               std::move(request), std::string(),
                               [desk, id, turn, from = *e.reading](result<event_listing> page) {
                                 const auto alive = caf::actor_cast<caf::actor>(desk);
                                 if (alive)
                                   caf::anon_send(
                                       alive, endpoint_page_ptr(std::make_shared<endpoint_page>(
                                                  endpoint_page{id, turn, from, std::move(page)})));
                               }));
}

void endpoint_desk_state::on_page(const endpoint_page& page) {
  auto* e = owned(page.endpoint, page.turn);
  if (!e) return;
  if (e->reading != page.from) return;
  e->reading.reset();
  if (page.events) {
    e->window->add(page.from, page.events->events, page.events->next);
  } else if (page.events.error().code == service_errc::gone) {
    ++expired_;
    log(log_level::error, name,
        "endpoint " + std::to_string(page.endpoint) +
            ": retention has removed events before they were delivered; it goes on with the oldest "
            "one that is kept");
    e->window->begin_again();
  } else {
    // The next tick reads again.
    return;
  }
  go_on(*e);
}

void endpoint_desk_state::on_answer(persistence::endpoint_id id, std::int64_t turn,
                                    std::uint64_t token, const transfer_result& result) {
  if (auto* e = owned(id, turn))
    finish(*e, token, endpoint_answer_of(result, environment_->wall_clock()),
           std::chrono::duration_cast<std::chrono::milliseconds>(result.duration));
  end_call();
}

void endpoint_desk_state::finish(entry& e, std::uint64_t token, endpoint_answer answer,
                                 std::chrono::milliseconds took) {
  answer.what == endpoint_answer::kind::delivered ? ++delivered_ : ++failed_;
  e.window->on_answer(token, std::move(answer), took, environment_->wall_clock());
  go_on(e);
}

void endpoint_desk_state::save() {
  if (saving_) return;
  const auto now = self_->clock().now();
  std::vector<persistence::transition> transitions;
  turns noted;
  for (auto& [id, e] : entries_) {
    if (noted.size() == saved_at_once) break;
    if (!e.window) continue;
    if (!e.window->changed() && !e.window->moved()) continue;
    const auto pause = e.window->changed() ? between_saves : milliseconds(between_moves);
    if (now - e.saved_at < pause && !environment_->flags->draining) continue;
    e.saved_at = now;
    noted.emplace_back(id, e.record.turn);
    auto progress = e.window->progress();
    if (!progress.disable.empty()) {
      ++disabled_;
      log(log_level::error, name,
          "endpoint " + std::to_string(id) + " is disabled: " + progress.disable);
    }
    transitions.emplace_back(std::move(progress));
  }
  if (noted.empty()) return;
  saving_ = true;
  self_->request(links_.writer, read_timeout, request_with(std::move(transitions)))
      .then([this, noted](const reply<write_results>& written) { on_saved(noted, written); },
            [this, noted](caf::error&) {
              on_saved(noted, {no_answer_of_ledger(), {}});
            });
}

void endpoint_desk_state::on_saved(const turns& saved, const reply<write_results>& written) {
  saving_ = false;
  bool lost = false;
  for (std::size_t i = 0; i < saved.size(); ++i) {
    auto* e = owned(saved[i].first, saved[i].second);
    if (!e) continue;
    if (written.error) {
      e->window->not_saved();
    } else if (written.value[i].status == persistence::transition_status::applied) {
      e->window->saved(written.value[i].ids);
    } else {
      // Another turn: the look brings it.
      e->window.reset();
      lost = true;
    }
  }
  if (lost) load();
}

caf::result<inspection> endpoint_desk_state::on_inspect() const {
  std::size_t open = 0, paused = 0, in_flight = 0, waiting = 0, disabled = 0;
  std::optional<persistence::time_point> oldest;
  for (const auto& [id, e] : entries_) {
    disabled += !e.record.enabled;
    if (!e.window) continue;
    ++open;
    paused += e.window->paused();
    in_flight += e.window->in_flight();
    waiting += e.window->waiting();
    if (const auto at = e.window->oldest(); at && (!oldest || *at < *oldest)) oldest = at;
  }
  const auto lag = oldest ? environment_->wall_clock() - *oldest : std::chrono::microseconds(0);
  return inspection{
      {{"endpoints", entries_.size()},
       {"owned", open},
       {"disabled", disabled},
       {"paused", paused},
       {"in_flight", in_flight},
       {"waiting", waiting},
       {"delivered", delivered_},
       {"failed", failed_},
       {"cursors_expired", expired_},
       {"oldest_age_ms", std::chrono::duration_cast<std::chrono::milliseconds>(lag).count()}}};
}

endpoint_desk_actor::behavior_type endpoint_desk(
    endpoint_desk_actor::stateful_pointer<endpoint_desk_state> self, environment_ptr environment,
    endpoint_links links, directory_board directory) {
  return self->state.make_behavior(std::move(environment), std::move(links), std::move(directory));
}

}  // namespace postrider::actors
