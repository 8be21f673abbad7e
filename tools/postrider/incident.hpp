#pragma once

#include "tools/postrider/failure.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <string>

/// The first lines of `postrider inspect`: the state of the server as a person reads it in an
/// incident.
namespace postrider::cli {

/// The answers of the server that the lines are made of.
struct incident_facts {
  /// GET /readyz, whatever its status.
  outcome<boost::json::object> readiness;
  /// GET /v1/providers
  outcome<boost::json::object> providers;
  /// GET /admin/inspect
  boost::json::object inspection;
  /// GET /admin/inspect?section=given_up
  outcome<boost::json::object> given_up;
};

/// About ten lines: readiness, providers that are down and since when, deliveries that wait, and
/// deliveries that were given up. Each list is cut, so that their number is bounded.
std::string incident_report(const incident_facts& facts);

/// "45 s", "12 min", "3 h 5 min", "2 d 4 h".
std::string age_text(std::chrono::milliseconds age);

}  // namespace postrider::cli
