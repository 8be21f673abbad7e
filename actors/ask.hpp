#pragma once

#include "actors/protocol.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

/// How the gateway asks actors.
namespace postrider::actors {

/// Longer than any actor's own timeout towards the database, shorter than an HTTP request's.
inline constexpr milliseconds ask_timeout{30'000};

inline service_error no_pipeline() {
  return {service_errc::unavailable,
          "the server is starting, or waits for its database",
          {},
          std::chrono::seconds(2)};
}

inline service_error no_answer() {
  return {service_errc::timeout, "the server did not answer in time", {}, std::chrono::seconds(2)};
}

inline service_error of(const persistence::ledger_error&) {
  return {
      service_errc::unavailable, "the database cannot be used now", {}, std::chrono::seconds(2)};
}

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

}  // namespace postrider::actors
