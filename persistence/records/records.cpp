#include "persistence/records/records.hpp"

#include "persistence/records/node_record.hxx"

namespace postrider::persistence {
namespace {

time_point to_time(std::int64_t microseconds) {
  return time_point(std::chrono::microseconds(microseconds));
}

}  // namespace

std::optional<time_point> to_optional_time(const odb::nullable<std::int64_t>& microseconds) {
  if (microseconds.null()) return std::nullopt;
  return to_time(*microseconds);
}

node to_node(const node_record& r, time_point now) {
  node n;
  n.id = r.id;
  n.process = {r.boot, r.pid_namespace, r.pid, r.started};
  n.host = r.host;
  n.alive = r.alive;
  n.lease_left = std::chrono::floor<std::chrono::milliseconds>(to_time(r.lease_until) - now);
  n.lease_expired = to_time(r.lease_until) <= now;
  return n;
}

}  // namespace postrider::persistence
