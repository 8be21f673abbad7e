#pragma once

#include "persistence/endpoints.hpp"

#include <vector>

namespace postrider::actors {

/// The node among those that are alive that should own an endpoint; 0: none is alive. All nodes
/// come to the same answer, and the endpoints of one that ends spread over the others (rendezvous
/// hashing). Pure.
persistence::node_id chosen_owner(persistence::endpoint_id endpoint,
                                  const std::vector<persistence::node_id>& alive);

}  // namespace postrider::actors
