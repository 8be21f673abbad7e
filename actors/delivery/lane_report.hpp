#pragma once

#include "actors/environment.hpp"

#include <boost/json.hpp>

namespace postrider::actors {

/// The lanes that have free rows, for people: how long the first row has been due, and what it
/// waits for.
boost::json::array lane_report(const std::vector<persistence::lane_state>& lanes,
                               const environment& environment, const provider_directory& directory);

}  // namespace postrider::actors
