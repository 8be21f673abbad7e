#pragma once

#include "actors/api/gateway.hpp"

/// The values of endpoints that clients send. Pure.
namespace postrider::actors {

/// The mistakes of an endpoint as it would be stored; its URL becomes its normal form.
std::vector<field_problem> check_endpoint(persistence::endpoint& what);

/// The endpoint as a change would leave it.
persistence::endpoint changed(persistence::endpoint what,
                              const persistence::change_endpoint& change);

}  // namespace postrider::actors
