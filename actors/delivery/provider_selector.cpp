#include "actors/delivery/provider_selector.hpp"

#include "actors/ledger/ledger_reader.hpp"
#include "actors/providers/test_mode.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

constexpr milliseconds write_timeout{20'000};
/// From the choice of a half-open provider to its sender's word that the call was begun.
constexpr milliseconds probe_patience{10'000};

persistence::ledger_error database_silent() {
  return {persistence::ledger_errc::unavailable, "the database did not answer in time"};
}

}  // namespace

provider_selector_actor::behavior_type provider_selector_state::make_behavior(
    environment_ptr environment, directory_board directory, ledger_reader_actor reader,
    ledger_writer_actor writer, supervisor_actor supervisor) {
  environment_ = std::move(environment);
  reader_ = std::move(reader);
  writer_ = std::move(writer);
  supervisor_ = std::move(supervisor);
  cache_.emplace(static_cast<std::size_t>(environment_->settings.limits.cached_users));
  board_ = std::move(directory);
  on_configured();
  self_->delayed_send(self_, environment_->polls.user_lists, tick_atom_v);
  return {
      [this](route_query& query) { return on_route(query); },
      [this](explain_atom, persistence::user_id user) { return on_explain(user); },
      [this](const provider_health& health) { on_health(health); },
      [this](configure_atom) { on_configured(); },
      [this](list_atom, persistence::user_id user) { return on_list(user); },
      [this](replace_atom, persistence::user_id user, user_provider_list& list) {
        return on_replace(user, list);
      },
      [this](tick_atom) { on_tick(); },
      [this](inspect_atom) { return on_inspect(); },
  };
}

void provider_selector_state::on_configured() {
  std::map<persistence::provider_id, std::pair<bool, bool>> health;
  for (const auto& provider : providers_)
    health.emplace(provider.id, std::pair(provider.circuit_open, provider.probing));
  providers_.clear();
  directory_ = board_->get();
  for (const auto& [id, record] : directory_->all) {
    const auto found = directory_->usable.find(id);
    const bool usable = found != directory_->usable.end() && !found->second->gone;
    const auto [open, probing] = health[id];
    providers_.push_back({id, record.name, record.type, record.priority, record.active(), open,
                          usable ? found->second->driver.get() : nullptr,
                          is_test_provider(record.name), probing});
  }
}

caf::result<route_reply> provider_selector_state::on_route(route_query& query) {
  const auto user = query.message->user;
  if (const auto* list = cache_->find(user)) return route(query, *list);
  ++misses_;
  auto promise = self_->make_response_promise<route_reply>();
  auto& waiting = reading_[user];
  waiting.push_back({std::move(query), promise});
  if (waiting.size() > 1) return promise;
  self_->request(reader_, read_timeout, list_atom_v, user)
      .then([this, user](const reply<user_provider_list>& read) { on_read(user, read); },
            [this, user](caf::error&) {
              on_read(user, {database_silent(), {}});
            });
  return promise;
}

void provider_selector_state::on_read(persistence::user_id user,
                                      const reply<user_provider_list>& read) {
  auto waiting = reading_.extract(user);
  if (waiting.empty()) return;
  // A list that was replaced meanwhile is newer than what was read.
  const auto* replaced = cache_->find(user);
  const bool known = replaced || !read.error;
  const auto list = replaced ? *replaced : read.value;
  if (known && !replaced) cache_->put(user, list);
  for (auto& next : waiting.mapped())
    next.promise.deliver(known ? route(next.query, list) : route_reply{read.error, {}});
}

route_reply provider_selector_state::route(const route_query& query,
                                           const user_provider_list& list) {
  ++routed_;
  const auto first = query.recipient_no < 0 ? 0 : query.recipient_no;
  const auto count =
      query.recipient_no < 0 ? static_cast<std::int32_t>(query.message->recipients.size()) : 1;
  route_reply answer;
  answer.rankings.reserve(static_cast<std::size_t>(count));
  const auto refused = refusals_of(*query.message, providers_);
  for (auto no = first; no < first + count; ++no) {
    answer.rankings.push_back(
        rank({query.message.get(), no, environment_->settings.messaging.default_provider_type, list,
              providers_, query.attempts, refused.empty() ? nullptr : &refused}));
    if (!query.only_asks) use_probe(answer.rankings.back());
  }
  return answer;
}

/// A half-open circuit gets one delivery; until its outcome it is as good as open for the others.
void provider_selector_state::use_probe(const std::vector<candidate>& ranking) {
  const auto* best = first_usable(ranking);
  if (!best) return;
  const auto probe = probes_.find(best->provider);
  if (probe == probes_.end() || probe->second) return;
  probe->second = self_->clock().now();
  set_health(best->provider, true, true);
}

/// A probe that never reached its sender (its message was refused, or expired) is given out again.
void provider_selector_state::renew_lost_probes() {
  for (auto& [id, given] : probes_) {
    if (!given || self_->clock().now() - *given < probe_patience) continue;
    given.reset();
    set_health(id, false, false);
  }
}

void provider_selector_state::set_health(persistence::provider_id id, bool open, bool probing) {
  for (auto& provider : providers_) {
    if (provider.id != id) continue;
    provider.circuit_open = open;
    provider.probing = probing;
  }
}

void provider_selector_state::on_health(const provider_health& health) {
  set_health(health.provider, health.state == circuit_state::open, health.probing);
  if (health.state == circuit_state::half_open) {
    probes_[health.provider].reset();
  } else {
    probes_.erase(health.provider);
  }
}

caf::result<reply<user_provider_list>> provider_selector_state::on_list(persistence::user_id user) {
  if (const auto* list = cache_->find(user)) return reply<user_provider_list>{std::nullopt, *list};
  auto promise = self_->make_response_promise<reply<user_provider_list>>();
  self_->request(reader_, read_timeout, list_atom_v, user)
      .then(
          [promise](reply<user_provider_list>& read) mutable { promise.deliver(std::move(read)); },
          [promise](caf::error&) mutable {
            promise.deliver(reply<user_provider_list>{database_silent(), {}});
          });
  return promise;
}

caf::result<reply<routing_snapshot>> provider_selector_state::on_explain(
    persistence::user_id user) {
  if (const auto* list = cache_->find(user))
    return reply<routing_snapshot>{std::nullopt, {*list, providers_, directory_}};
  auto promise = self_->make_response_promise<reply<routing_snapshot>>();
  self_->request(reader_, read_timeout, list_atom_v, user)
      .then(
          [this, promise](reply<user_provider_list>& read) mutable {
            promise.deliver(reply<routing_snapshot>{
                read.error, {std::move(read.value), providers_, directory_}});
          },
          [promise](caf::error&) mutable {
            promise.deliver(reply<routing_snapshot>{database_silent(), {}});
          });
  return promise;
}

caf::result<reply<user_provider_list>> provider_selector_state::on_replace(
    persistence::user_id user, user_provider_list& list) {
  auto promise = self_->make_response_promise<reply<user_provider_list>>();
  write_request request;
  request.keep_trying = false;
  request.transitions.emplace_back(persistence::put_user_providers{user, list});
  self_->request(writer_, write_timeout, std::move(request))
      .then(
          [this, promise, user, list](const reply<write_results>& written) mutable {
            auto error = written.error;
            if (!error && written.value.front().status == persistence::transition_status::refused)
              error = persistence::ledger_error{persistence::ledger_errc::unavailable,
                                                written.value.front().reason};
            // Anything in the cache may have been read before the change.
            if (!error) cache_->put(user, list);
            promise.deliver(reply<user_provider_list>{error, std::move(list)});
          },
          [promise](caf::error&) mutable {
            promise.deliver(reply<user_provider_list>{database_silent(), {}});
          });
  return promise;
}

void provider_selector_state::on_tick() {
  self_->delayed_send(self_, environment_->polls.user_lists, tick_atom_v);
  renew_lost_probes();
  self_->request(reader_, read_timeout, changes_atom_v, list_version_)
      .then(
          [this](const reply<persistence::ledger_queries::list_changes>& read) {
            if (!read.error) on_changes(read.value);
          },
          [](caf::error&) {});
}

void provider_selector_state::on_changes(const persistence::ledger_queries::list_changes& changes) {
  // Told again and again until the directory is as new.
  if (changes.provider_version != board_->get()->version) self_->send(supervisor_, changes_atom_v);
  if (changes.version == list_version_) return;
  list_version_ = changes.version;
  if (!changes.users) {
    cache_->clear();
    return;
  }
  for (const auto user : *changes.users)
    cache_->erase(user);
}

caf::result<inspection> provider_selector_state::on_inspect() const {
  return inspection{{{"providers", providers_.size()},
                     {"cached_users", cache_->size()},
                     {"list_version", list_version_},
                     {"routed", routed_},
                     {"cache_misses", misses_},
                     {"waiting", reading_.size()}}};
}

provider_selector_actor::behavior_type provider_selector(
    provider_selector_actor::stateful_pointer<provider_selector_state> self,
    environment_ptr environment, directory_board directory, ledger_reader_actor reader,
    ledger_writer_actor writer, supervisor_actor supervisor) {
  return self->state.make_behavior(std::move(environment), std::move(directory), std::move(reader),
                                   std::move(writer), std::move(supervisor));
}

}  // namespace postrider::actors
