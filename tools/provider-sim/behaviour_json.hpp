#pragma once

#include "tools/provider-sim/behaviour.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace postrider::provider_sim {

// Reads the body of PUT /control/{name}/behaviour. Members that are absent keep their defaults.
// Returns what is wrong with it, all at once, or an empty string.
std::string read_behaviour(std::string_view text, behaviour_settings& into);

boost::json::object write_behaviour(const behaviour_settings& settings);

}  // namespace postrider::provider_sim
