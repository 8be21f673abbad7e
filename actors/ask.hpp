#pragma once

#include "actors/api/service_errors.hpp"
#include "actors/protocol.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

/// How the gateway asks actors.
namespace postrider::actors {

/// Longer than any actor's own timeout towards the database, shorter than an HTTP request's.
inline constexpr milliseconds ask_timeout{30'000};

/// Asks in an actor of its own; `then` gets the answer, `failed` is called when there is none in
/// time.
/// CAF 0.17 dereferences a null tuple when a function without arguments is spawned, so the actor is
/// one.
template <class Answer, class Handle, class Then, class Failed, class... Args>
void ask(caf::actor_system& system, Handle actor, Then then, Failed failed, Args... args) {
  system.spawn<caf::hidden>(
      [=](caf::event_based_actor* self, const Handle& asked) {
        self->request(asked, ask_timeout, args...)
            .then([then](Answer& answer) { then(answer); }, [failed](caf::error&) { failed(); });
      },
      actor);
}

/// Asks for what must be read from the database. While that is known to be away the answer is so at
/// once, and for what is being asked within a second after it became known.
template <class Answer, class T, class Handle, class Then, class... Args>
void ask_database(caf::actor_system& system, const environment_ptr& environment, Handle actor,
                  completion<T> done, Then then, Args... args) {
  constexpr std::chrono::seconds between_looks{1};
  const auto health = environment->health;
  if (health->reads_away()) return done(database_away());
  system.spawn<caf::hidden>(
      [=](caf::event_based_actor* self, const Handle& asked) {
        self->request(asked, ask_timeout, args...)
            .then(
                [=](Answer& answer) {
                  self->quit();
                  then(answer);
                },
                [=](caf::error&) {
                  self->quit();
                  done(no_answer());
                });
        self->delayed_send(self, between_looks, tick_atom_v);
        self->become([=](tick_atom) {
          if (!health->reads_away()) return self->delayed_send(self, between_looks, tick_atom_v);
          self->quit();
          done(database_away());
        });
      },
      actor);
}

}  // namespace postrider::actors
