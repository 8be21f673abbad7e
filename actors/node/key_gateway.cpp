#include "actors/api/service_errors.hpp"
#include "actors/ask.hpp"
#include "actors/node/actor_gateway.hpp"
#include "actors/rules/api_keys.hpp"
#include "base/digest.hpp"

#include <algorithm>

// The gateway's calls about the keys of the API.
namespace postrider::actors {
namespace {

using persistence::api_key;
using key_list = std::vector<api_key>;

service_error no_such_key(persistence::api_key_id id) {
  return not_found("there is no API key " + std::to_string(id));
}

write_request request_of(persistence::transition transition) {
  write_request request;
  request.keep_trying = false;
  request.transitions.push_back(std::move(transition));
  return request;
}

service_error not_stored(const persistence::transition_result& result, const std::string& name) {
  if (result.status == persistence::transition_status::conflict)
    return conflict("there is, or was, an API key named \"" + name + "\"");
  return invalid("the database does not take this key: " + result.reason);
}

void list_keys(caf::actor_system& system, const ledger_reader_actor& reader,
               completion<key_list> done) {
  ask<reply<persistence::key_changes>>(
      system, reader,
      [done](const auto& answer) {
        if (answer.error) return done(to_service_error(*answer.error));
        done(answer.value.keys.value_or(key_list()));
      },
      [done] { done(no_answer()); }, keys_atom_v, std::int64_t{-1});
}

}  // namespace

void actor_gateway::create_key(new_key wanted, completion<created_key> done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  auto made = make_api_key(std::move(wanted), environment_->wall_clock(), random_key_bytes());
  if (!made) return done(made.error());
  ask<reply<write_results>>(
      system_, actors->writers.front(),
      [done, actors, made = *made, &system = system_](const auto& answer) {
        if (answer.error) return done(to_service_error(*answer.error));
        const auto& result = answer.value.front();
        if (result.status != persistence::transition_status::applied)
          return done(not_stored(result, made.key.name));
        auto stored = made;
        stored.key.id = result.ids.front();
        const auto end = [done, stored] { done(stored); };
        // So that the first request with it is let in.
        ask<bool>(
            system, actors->keys, [end](bool) { end(); }, end, changes_atom_v);
      },
      [done] { done(no_answer()); }, request_of(persistence::create_api_key{made->key}));
}

void actor_gateway::keys(completion<key_list> done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  list_keys(system_, next_reader(*actors), done);
}

void actor_gateway::revoke_key(persistence::api_key_id id, completion<api_key> done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  const auto show = [&system = system_, actors, id, done] {
    list_keys(system, actors->readers.front(), [id, done](result<key_list> all) {
      if (!all) return done(all.error());
      const auto found = std::ranges::find(*all, id, &api_key::id);
      if (found == all->end()) return done(no_such_key(id));
      done(*found);
    });
  };
  ask<reply<write_results>>(
      system_, actors->writers.front(),
      [done, actors, show, &system = system_](const auto& answer) {
        if (answer.error) return done(to_service_error(*answer.error));
        // A conflict is no error: somebody revoked it before, or the list tells that there is none.
        ask<bool>(
            system, actors->keys, [show](bool) { show(); }, show, changes_atom_v);
      },
      [done] { done(no_answer()); }, request_of(persistence::revoke_api_key{id}));
}

result<admission> actor_gateway::admit(std::string_view key) {
  const auto ring = environment_->keys->get();
  if (!ring) return starting();
  return actors::admit(ring, key, environment_->wall_clock(), std::chrono::steady_clock::now());
}

result<admission> actor_gateway::admit_session(std::string_view token) {
  const auto ring = environment_->keys->get();
  if (!ring) return starting();
  return actors::admit_session(ring, token, environment_->wall_clock(),
                               std::chrono::steady_clock::now());
}

void actor_gateway::begin_session(persistence::api_key_id key, completion<std::string> done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  const auto made = make_session(key, environment_->wall_clock(), random_key_bytes());
  ask<reply<write_results>>(
      system_, actors->writers.front(),
      [done, actors, token = made.token, &system = system_](const auto& answer) {
        if (answer.error) return done(to_service_error(*answer.error));
        const auto& result = answer.value.front();
        if (result.status == persistence::transition_status::conflict)
          return done(conflict("the key has ended meanwhile"));
        if (result.status == persistence::transition_status::refused)
          return done(overloaded(result.reason));
        const auto end = [done, token] { done(token); };
        // So that the first request with it is let in.
        ask<bool>(
            system, actors->keys, [end](bool) { end(); }, end, changes_atom_v);
      },
      [done] { done(no_answer()); }, request_of(persistence::begin_browser_session{made.session}));
}

void actor_gateway::end_session(std::string token, completion<bool> done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  ask<reply<write_results>>(
      system_, actors->writers.front(),
      [done, actors, &system = system_](const auto& answer) {
        if (answer.error) return done(to_service_error(*answer.error));
        const bool was = answer.value.front().status == persistence::transition_status::applied;
        const auto end = [done, was] { done(was); };
        ask<bool>(
            system, actors->keys, [end](bool) { end(); }, end, changes_atom_v);
      },
      [done] { done(no_answer()); }, request_of(persistence::end_browser_session{sha256(token)}));
}

}  // namespace postrider::actors
