#pragma once

#include <caf/config.hpp>
#include <caf/duration.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

/// The only file with the spellings of CAF 0.17 that later versions changed.
namespace postrider::actors {

template <class Signature>
struct handles_impl;

template <class Result, class... In>
struct handles_impl<Result(In...)> {
  using type = typename caf::replies_to<In...>::template with<Result>;
};
template <class... In>
struct handles_impl<void(In...)> {
  using type = caf::reacts_to<In...>;
};

/// handles<reply(message...)>: one line of an actor's interface.
template <class Signature>
using handles = typename handles_impl<Signature>::type;

/// For requests between the pipeline's own actors. CAF 0.17 keeps a request's timer in its clock
/// until it runs out, even when the answer came long before: at thousands of requests a second that
/// is a leak. Such a request needs no timer: its receiver answers always, or dies, and then the
/// supervisor starts the pipeline again.
inline constexpr auto without_timer = caf::infinite;

}  // namespace postrider::actors
