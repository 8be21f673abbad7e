#include "actors/delivery/lane_report.hpp"

#include "actors/rules/waiting.hpp"

#include <algorithm>
#include <cstdlib>

namespace postrider::actors {
namespace {

using std::chrono::milliseconds;

/// The reason for which a lane waits whose first row is due.
waiting_reason reason_of(persistence::lane lane, const provider_directory& directory) {
  if (lane == persistence::retry_lane) return waiting_reason::retry;
  switch (state_of(directory, persistence::provider_of(lane))) {
    case provider_state::down: return waiting_reason::provider_down;
    case provider_state::off: return waiting_reason::provider_off;
    case provider_state::working: break;
  }
  return waiting_reason::turn;
}

boost::json::object described(const persistence::lane_state& state, const environment& environment,
                              const provider_directory& directory) {
  const auto age = environment.wall_clock() - state.oldest_due_at;
  const auto due = std::chrono::duration_cast<milliseconds>(age).count();
  boost::json::object lane{{"lane", state.lane}, {"oldest_due_ms_ago", due}};
  if (state.lane == persistence::retry_lane) {
    lane["state"] = "failed";
  } else {
    const auto known = directory.all.find(persistence::provider_of(state.lane));
    lane["state"] = "pending";
    lane["provider"] = known == directory.all.end() ? std::string() : known->second.name;
    lane["priority"] = to_string(persistence::priority_of(state.lane));
  }
  lane[due < 0 ? "next_due_ms" : "oldest_age_ms"] = std::abs(due);
  if (due < 0) return lane;
  const auto reason = reason_of(state.lane, directory);
  lane["waits_for"] = to_string(reason);
  // After it the first attempt that is refused ends the rows that wait since then.
  const auto patience = environment.settings.messaging.give_up_after;
  if (reason == waiting_reason::provider_down && patience.count() > 0)
    lane["patience_left_ms"] = std::max<std::int64_t>(0, patience.count() - due);
  return lane;
}

}  // namespace

boost::json::array lane_report(const std::vector<persistence::lane_state>& lanes,
                               const environment& environment,
                               const provider_directory& directory) {
  boost::json::array report;
  for (const auto& state : lanes)
    report.push_back(described(state, environment, directory));
  return report;
}

}  // namespace postrider::actors
