#pragma once

#include <caf/config.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

/// The only file that knows which CAF this is: the spellings of 0.17 that later versions changed.
namespace postrider::actors {

template <class Signature>
struct handles_impl;

#if CAF_VERSION < 1800
template <class Result, class... In>
struct handles_impl<Result(In...)> {
  using type = typename caf::replies_to<In...>::template with<Result>;
};
template <class... In>
struct handles_impl<void(In...)> {
  using type = caf::reacts_to<In...>;
};
#else
template <class Result, class... In>
struct handles_impl<Result(In...)> {
  using type = caf::result<Result>(In...);
};
#endif

/// handles<reply(message...)>: one line of an actor's interface.
template <class Signature>
using handles = typename handles_impl<Signature>::type;

}  // namespace postrider::actors
