#include "http/statistics.hpp"

#include "http/router.hpp"

#include <boost/json/array.hpp>

namespace postrider::http {
namespace {

boost::json::object by_class(const status_classes& counted) {
  static constexpr std::array<std::string_view, 6> names{"", "1xx", "2xx", "3xx", "4xx", "5xx"};
  boost::json::object classes;
  for (std::size_t i = 2; i < names.size(); ++i)
    classes[names[i]] = counted[i].load();
  return classes;
}

boost::json::array route_list(const counters& counted) {
  boost::json::array all;
  const auto known = endpoints();
  for (std::size_t i = 0; i < counted.routes.size(); ++i) {
    const auto& route = counted.routes[i];
    if (!route.used()) continue;
    const bool named = i < known.size();
    all.push_back({{"method", named ? method_name(known[i].method) : ""},
                   {"route", named ? known[i].pattern : "none"},
                   {"responses", by_class(route.by_class)},
                   {"seconds", route.seconds.report()}});
  }
  return all;
}

}  // namespace

boost::json::object statistics(const counters& counted) {
  boost::json::object refused;
  for (std::size_t i = 0; i < refusal_names.size(); ++i)
    refused[refusal_names[i]] = counted.refused[i].load();
  return {{"connections", counted.connections.load()},
          {"connections_accepted", counted.accepted.load()},
          {"in_flight", counted.in_flight.load()},
          {"gateway_timeouts", counted.timeouts.load()},
          {"wrong_keys_held_back", counted.held_back.load()},
          {"audit_entries", counted.audit_entries.load()},
          {"audit_failures", counted.audit_failures.load()},
          {"responses", by_class(counted.by_class)},
          {"refused", std::move(refused)},
          {"routes", route_list(counted)}};
}

}  // namespace postrider::http
