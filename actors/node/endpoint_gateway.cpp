#include "actors/ask.hpp"
#include "actors/endpoints/endpoint_call.hpp"
#include "actors/node/actor_gateway.hpp"
#include "actors/providers/webhook/standard_webhooks.hpp"
#include "actors/rules/api_keys.hpp"
#include "actors/rules/endpoint_check.hpp"
#include "base/base64.hpp"
#include "base/time_text.hpp"

#include <boost/json/serialize.hpp>

// The gateway's calls about the endpoints of events.
namespace postrider::actors {
namespace {

using persistence::endpoint;
using persistence::endpoint_id;

service_error no_such_endpoint(endpoint_id id) {
  return not_found("there is no endpoint " + std::to_string(id));
}

write_request request_of_endpoint(persistence::transition transition) {
  write_request request;
  request.keep_trying = false;
  request.transitions.push_back(std::move(transition));
  return request;
}

/// Writes it, tells the desk, and goes on with the result.
template <class T, class Then>
void write_endpoint(caf::actor_system& system, const pipeline_ptr& actors, endpoint_id id,
                    persistence::transition what, completion<T> done, Then then) {
  ask<reply<write_results>>(
      system, actors->writers.front(),
      [=](const auto& answer) {
        if (answer.error) return done(to_service_error(*answer.error));
        const auto& stored = answer.value.front();
        if (stored.status == persistence::transition_status::conflict)
          return done(no_such_endpoint(id));
        if (stored.status == persistence::transition_status::refused)
          return done(invalid("the database does not take this endpoint: " + stored.reason));
        caf::anon_send(actors->endpoints, changes_atom_v);
        then(stored);
      },
      [done] { done(no_answer()); }, request_of_endpoint(std::move(what)));
}

std::string test_body(endpoint_id id, persistence::time_point now) {
  return boost::json::serialize(boost::json::object{
      {"type", "endpoint.test"}, {"timestamp", to_rfc3339(now)}, {"data", {{"endpoint_id", id}}}});
}

}  // namespace

void actor_gateway::create_endpoint(new_endpoint wanted, completion<changed_endpoint> done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  auto problems = check_endpoint(wanted.what);
  if (!problems.empty()) return done(invalid(std::move(problems)));
  if (wanted.what.secret.empty()) wanted.what.secret = webhook_secret_of(random_key_bytes());
  const auto store = [this, actors, done](const endpoint& what) {
    write_endpoint(system_, actors, 0, persistence::create_endpoint{what}, done,
                   [this, done, secret = what.secret](const auto& stored) {
                     find_endpoint(stored.ids.front(), [done, secret](result<endpoint> found) {
                       if (!found) return done(std::move(found).error());
                       done(changed_endpoint{std::move(*found), secret});
                     });
                   });
  };
  if (wanted.after) {
    wanted.what.place = std::move(*wanted.after);
    return store(wanted.what);
  }
  ask_database<reply<persistence::event_cursor>>(
      system_, environment_, next_reader(*actors), done,
      [store, done, what = std::move(wanted.what)](const auto& end) {
        if (end.error) return done(to_service_error(*end.error));
        auto at_end = what;
        at_end.place = end.value;
        store(at_end);
      },
      events_atom_v);
}

void actor_gateway::endpoints(completion<std::vector<endpoint>> done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  ask_database<reply<persistence::endpoint_changes>>(
      system_, environment_, next_reader(*actors), done,
      [done](const auto& answer) {
        if (answer.error) return done(to_service_error(*answer.error));
        done(answer.value.all.value_or(std::vector<endpoint>()));
      },
      endpoints_atom_v, std::int64_t{-1});
}

void actor_gateway::find_endpoint(endpoint_id id, completion<endpoint> done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  ask_database<reply<std::optional<endpoint>>>(
      system_, environment_, next_reader(*actors), done,
      [done, id](const auto& answer) {
        if (answer.error) return done(to_service_error(*answer.error));
        if (!answer.value) return done(no_such_endpoint(id));
        done(*answer.value);
      },
      endpoints_atom_v, find_atom_v, id);
}

void actor_gateway::change_endpoint(endpoint_change wanted, completion<changed_endpoint> done) {
  const auto id = wanted.what.id;
  find_endpoint(id, [this, id, done, wanted = std::move(wanted)](result<endpoint> found) mutable {
    if (!found) return done(std::move(found).error());
    const auto actors = board_->get();
    if (!actors) return done(starting());
    if (wanted.rotate) wanted.what.secret = webhook_secret_of(random_key_bytes());
    wanted.what.old_until = environment_->wall_clock() + wanted.overlap;
    auto after = changed(std::move(*found), wanted.what);
    auto problems = check_endpoint(after);
    if (!problems.empty()) return done(invalid(std::move(problems)));
    if (wanted.what.url) wanted.what.url = after.url;
    const auto secret = wanted.what.secret.value_or("");
    write_endpoint(system_, actors, id, std::move(wanted.what), done,
                   [this, id, done, secret](const auto&) {
                     find_endpoint(id, [done, secret](result<endpoint> stored) {
                       if (!stored) return done(std::move(stored).error());
                       done(changed_endpoint{std::move(*stored), secret});
                     });
                   });
  });
}

void actor_gateway::delete_endpoint(endpoint_id id, completion<endpoint> done) {
  find_endpoint(id, [this, id, done](result<endpoint> found) {
    if (!found) return done(std::move(found).error());
    const auto actors = board_->get();
    if (!actors) return done(starting());
    write_endpoint(system_, actors, id, persistence::delete_endpoint{id}, done,
                   [done, was = std::move(*found)](const auto&) { done(was); });
  });
}

void actor_gateway::endpoint_deliveries(persistence::delivery_query query,
                                        completion<delivery_listing> done) {
  find_endpoint(query.endpoint, [this, query, done](result<endpoint> found) {
    if (!found) return done(std::move(found).error());
    const auto actors = board_->get();
    if (!actors) return done(starting());
    ask_database<reply<std::vector<persistence::endpoint_delivery>>>(
        system_, environment_, next_reader(*actors), done,
        [done, recent = std::move(found->recent)](const auto& answer) {
          if (answer.error) return done(to_service_error(*answer.error));
          done(delivery_listing{recent, answer.value});
        },
        query);
  });
}

void actor_gateway::replay_deliveries(persistence::replay_deliveries wanted,
                                      completion<std::int64_t> done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  write_endpoint(system_, actors, wanted.endpoint, wanted, done,
                 [done](const auto& stored) { done(stored.count); });
}

void actor_gateway::test_endpoint(endpoint_id id, completion<endpoint_test> done) {
  find_endpoint(id, [this, done](result<endpoint> found) {
    if (!found) return done(std::move(found).error());
    if (environment_->flags->draining) return done(stopping("nothing was sent"));
    const auto now = environment_->wall_clock();
    const auto name = "evt_test_" + base64url_encoded(random_key_bytes().substr(0, 12));
    environment_->endpoint_engine->perform(
        endpoint_request(*found, name, test_body(found->id, now), now),
        [done, now](const transfer_result& result) {
          const auto answer = endpoint_answer_of(result, now);
          done(endpoint_test{
              answer.what == endpoint_answer::kind::delivered, answer.error,
              std::chrono::duration_cast<std::chrono::milliseconds>(result.duration)});
        });
  });
}

}  // namespace postrider::actors
