#pragma once

#include "http/counters.hpp"

#include <boost/json/object.hpp>

namespace postrider::http {

/// The section `http` of an inspection. Routes that nobody has called are left out.
boost::json::object statistics(const counters& counted);

}  // namespace postrider::http
