#include "actors/delivery/sender.hpp"
#include "actors/rules/message_log.hpp"

namespace postrider::actors {
namespace {

/// The ids of what is in flight that an inspection names at most.
constexpr std::size_t named_in_flight = 50;

boost::json::value described(const std::optional<challenge_info>& challenge,
                             persistence::time_point wall) {
  if (!challenge) return nullptr;
  const auto age = std::chrono::duration_cast<milliseconds>(wall - challenge->since).count();
  return boost::json::object{{"token", challenge->token}, {"age_ms", age}};
}

}  // namespace

caf::result<provider_info> sender_state::on_list() {
  const auto at = now();
  provider_info info;
  info.name = settings().name;
  info.type = settings().type;
  info.priority = settings().priority;
  info.active = links_.provider->record.active();
  info.circuit.state = to_string(circuit_->state(at));
  info.circuit.reason = circuit_->reason();
  info.circuit.held = circuit_->held();
  info.circuit.suspected = circuit_->suspected();
  if (down_since_)
    info.circuit.since = environment_->wall_clock() -
                         std::chrono::duration_cast<std::chrono::microseconds>(at - *down_since_);
  if (const auto until = circuit_->open_until(); until && *until > at)
    info.circuit.open_until = wall_of(*until, at);
  for (std::size_t i = 0; i < outcome_kinds; ++i)
    info.outcomes.emplace_back(to_string(static_cast<outcome_kind>(i)), outcomes_[i]);
  info.consecutive_failures = static_cast<std::uint64_t>(circuit_->consecutive_failures());
  info.latency_p50 = latency_.percentile(0.5);
  info.latency_p99 = latency_.percentile(0.99);
  info.in_flight = calls_;
  info.max_in_flight = settings().max_in_flight;
  info.queued = static_cast<std::int64_t>(queued());
  info.last_error = last_error_;
  info.challenge = open_challenge(at);
  if (paused_until_ > at) info.paused_until = wall_of(paused_until_, at);
  return info;
}

void sender_state::note(log_level level, const active& entry, std::string_view text) const {
  log(level, name, text,
      log_subject{entry.delivery.message.get(), &entry.delivery.transaction, settings().name});
}

/// How long what this sender holds has been due, by its state in the ledger; 0 where it holds
/// nothing.
boost::json::object sender_state::oldest() const {
  const auto wall = environment_->wall_clock();
  auto pending = queue_.oldest(wall), processing = wall;
  for (const auto& [host, waiting] : parked_)
    pending = std::min(pending, waiting.oldest(wall));
  for (const auto& [id, entry] : active_) {
    auto& oldest = entry.phase == phase::beginning ? pending : processing;
    oldest = std::min(oldest, entry.delivery.transaction.due_at);
  }
  return {{"pending", std::chrono::duration_cast<milliseconds>(wall - pending).count()},
          {"processing", std::chrono::duration_cast<milliseconds>(wall - processing).count()}};
}

caf::result<inspection> sender_state::on_inspect() {
  namespace json = boost::json;
  const auto at = now();
  json::array in_flight;
  for (const auto& [id, entry] : active_) {
    if (in_flight.size() == named_in_flight) break;
    const auto* doing = entry.phase == phase::beginning ? "beginning"
                        : entry.phase == phase::calling ? "calling"
                                                        : "recording";
    in_flight.push_back(
        {{"id", id},
         {"phase", doing},
         {"age_ms", std::chrono::duration_cast<milliseconds>(at - entry.since).count()}});
  }
  json::object outcomes;
  for (std::size_t i = 0; i < outcome_kinds; ++i)
    outcomes[to_string(static_cast<outcome_kind>(i))] = outcomes_[i];
  const auto& window = *links_.provider->window;
  json::object content{
      {"provider", settings().name},
      {"type", settings().type},
      {"queued", {{"high", queued_of(0)}, {"normal", queued_of(1)}, {"low", queued_of(2)}}},
      {"hosts",
       {{"known", shares_->known()},
        {"that_are_waited_for", parked_.size()},
        {"that_hang", hanging_},
        {"waiting", parked_count_},
        {"put_off", put_off_count_}}},
      {"calls", calls_},
      {"max_in_flight", settings().max_in_flight},
      {"allowed_in_flight", slow_start_->limit()},
      {"slow_start", slow_start_->running()},
      {"active", active_.size()},
      {"in_flight", std::move(in_flight)},
      {"window", {{"size", window.size()}, {"room", window.room()}, {"backlog", window.backlog()}}},
      {"circuit",
       {{"state", to_string(circuit_->state(at))},
        {"reason", circuit_->reason()},
        {"held", circuit_->held()},
        {"failures_in_row", circuit_->consecutive_failures()}}},
      {"paused_ms", std::max<std::int64_t>(
                        0, std::chrono::duration_cast<milliseconds>(paused_until_ - at).count())},
      {"latency_us",
       {{"p50", latency_.percentile(0.5).count()}, {"p99", latency_.percentile(0.99).count()}}},
      {"call_seconds", called_.report()},
      {"time_to_provider_seconds", waited_.report()},
      {"oldest_ms", oldest()},
      {"rate_per_second", settings().rate.per_second},
      {"rate_wait_ms", std::chrono::ceil<milliseconds>(rate_->wait(at)).count()},
      {"outcomes", std::move(outcomes)},
      {"challenge", described(open_challenge(at), environment_->wall_clock())},
      {"withdrawn", withdrawn_},
      {"stepped_aside", stepped_aside_},
      {"draining", draining_},
      {"last_error", last_error_}};
  return inspection{std::move(content)};
}

}  // namespace postrider::actors
