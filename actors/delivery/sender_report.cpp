#include "actors/delivery/sender_report.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

using milliseconds = std::chrono::milliseconds;

/// The ids of calls in flight that an inspection names at most.
constexpr std::size_t named_in_flight = 50;

persistence::time_point wall_of(steady_point time, const sender_view& sender) {
  return sender.wall + std::chrono::duration_cast<std::chrono::microseconds>(time - sender.at);
}

boost::json::value described(const std::optional<challenge_info>& challenge,
                             persistence::time_point wall) {
  if (!challenge) return nullptr;
  const auto age = std::chrono::duration_cast<milliseconds>(wall - challenge->since).count();
  return boost::json::object{{"token", challenge->token}, {"age_ms", age}};
}

/// How long what the sender holds has been due, by its state in the ledger; 0 where it holds
/// nothing.
boost::json::object oldest(const sender_view& sender) {
  const auto wall = sender.wall;
  auto pending = sender.hosts.oldest(sender.queue.oldest(wall)), processing = wall;
  for (const auto& [id, entry] : sender.active) {
    auto& oldest = entry.phase == delivery_phase::beginning ? pending : processing;
    oldest = std::min(oldest, entry.delivery.transaction.due_at);
  }
  return {{"pending", std::chrono::duration_cast<milliseconds>(wall - pending).count()},
          {"processing", std::chrono::duration_cast<milliseconds>(wall - processing).count()}};
}

}  // namespace

provider_info list_entry(const sender_view& sender) {
  const auto& settings = sender.provider.settings;
  const auto& health = sender.health;
  const auto& circuit = health.breaker();
  const auto at = sender.at;
  provider_info info;
  info.name = settings.name;
  info.type = settings.type;
  info.priority = settings.priority;
  info.active = sender.provider.record.active();
  info.circuit.state = to_string(circuit.state(at));
  info.circuit.reason = circuit.reason();
  info.circuit.held = circuit.held();
  info.circuit.suspected = circuit.suspected();
  if (const auto since = health.down_since()) info.circuit.since = wall_of(*since, sender);
  if (const auto until = circuit.open_until(); until && *until > at)
    info.circuit.open_until = wall_of(*until, sender);
  info.consecutive_failures = static_cast<std::uint64_t>(circuit.consecutive_failures());
  info.in_flight = sender.calls;
  info.max_in_flight = settings.max_in_flight;
  info.queued = static_cast<std::int64_t>(sender.queue.size() + sender.hosts.size());
  sender.statistics.add_to(info);
  info.challenge = health.challenge(at);
  if (health.paused_until() > at) info.paused_until = wall_of(health.paused_until(), sender);
  return info;
}

inspection inspection_of(const sender_view& sender) {
  namespace json = boost::json;
  const auto& settings = sender.provider.settings;
  const auto& health = sender.health;
  const auto at = sender.at;
  json::array in_flight;
  for (const auto& [id, entry] : sender.active) {
    if (in_flight.size() == named_in_flight) break;
    const auto* doing = entry.phase == delivery_phase::beginning ? "beginning"
                        : entry.phase == delivery_phase::calling ? "calling"
                                                                 : "recording";
    in_flight.push_back(
        {{"id", id},
         {"phase", doing},
         {"age_ms", std::chrono::duration_cast<milliseconds>(at - entry.since).count()}});
  }
  const auto& window = *sender.provider.window;
  const auto& circuit = health.breaker();
  const auto queued_of = [&sender](std::size_t priority) {
    return sender.queue.size_of(priority) + sender.hosts.size_of(priority);
  };
  json::object content{
      {"provider", settings.name},
      {"type", settings.type},
      {"queued", {{"high", queued_of(0)}, {"normal", queued_of(1)}, {"low", queued_of(2)}}},
      {"hosts", sender.hosts.report()},
      {"calls", sender.calls},
      {"max_in_flight", settings.max_in_flight},
      {"allowed_in_flight", health.limit()},
      {"slow_start", health.in_slow_start()},
      {"active", sender.active.size()},
      {"in_flight", std::move(in_flight)},
      {"window", {{"size", window.size()}, {"room", window.room()}, {"backlog", window.backlog()}}},
      {"circuit",
       {{"state", to_string(circuit.state(at))},
        {"reason", circuit.reason()},
        {"held", circuit.held()},
        {"failures_in_row", circuit.consecutive_failures()}}},
      {"paused_ms",
       std::max<std::int64_t>(
           0, std::chrono::duration_cast<milliseconds>(health.paused_until() - at).count())},
      {"oldest_ms", oldest(sender)},
      {"rate_per_second", settings.rate.per_second},
      {"rate_wait_ms", std::chrono::ceil<milliseconds>(sender.rate.wait(at)).count()},
      {"challenge", described(health.challenge(at), sender.wall)},
      {"draining", sender.draining}};
  sender.statistics.add_to(content);
  return inspection{std::move(content)};
}

}  // namespace postrider::actors
