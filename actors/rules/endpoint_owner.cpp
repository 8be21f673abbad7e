#include "actors/rules/endpoint_owner.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

std::uint64_t weight_of(persistence::endpoint_id endpoint, persistence::node_id node) {
  auto mixed = static_cast<std::uint64_t>(endpoint) * 0x9e3779b97f4a7c15ULL ^
               static_cast<std::uint64_t>(node) * 0xc2b2ae3d27d4eb4fULL;
  mixed = (mixed ^ (mixed >> 29)) * 0xbf58476d1ce4e5b9ULL;
  return mixed ^ (mixed >> 32);
}

}  // namespace

persistence::node_id chosen_owner(persistence::endpoint_id endpoint,
                                  const std::vector<persistence::node_id>& alive) {
  const auto chosen = std::ranges::max_element(
      alive, {}, [&](persistence::node_id node) { return weight_of(endpoint, node); });
  return chosen == alive.end() ? 0 : *chosen;
}

}  // namespace postrider::actors
