#include "actors/rules/provider_states.hpp"

#include "actors/rules/circuit.hpp"
#include "base/time_text.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

bool is_down(const provider_info& provider) {
  const auto& circuit = provider.circuit;
  return circuit.state != to_string(circuit_state::closed) && !circuit.suspected;
}

std::string failures_of(const provider_info& provider) {
  const auto count = provider.consecutive_failures;
  return std::to_string(count) + (count == 1 ? " failure" : " failures");
}

std::string next_probe_of(const provider_info& provider) {
  const auto& until = provider.circuit.open_until;
  return until ? "tried again at " + to_rfc3339(*until) : "the next message tries it again";
}

std::string seconds_text(std::chrono::nanoseconds wait) {
  const auto seconds = std::chrono::round<std::chrono::seconds>(wait).count();
  return seconds <= 120 ? std::to_string(std::max(seconds, 0L)) + " s" : wait_text(wait);
}

std::uint64_t healthy_calls(const provider_info& provider) {
  std::uint64_t sum = 0;
  for (const auto kind :
       {outcome_kind::accepted, outcome_kind::recipient_rejected, outcome_kind::message_rejected})
    for (const auto& [name, count] : provider.outcomes)
      if (name == to_string(kind)) sum += count;
  return sum;
}

std::string none_works_text(const std::optional<waiting_count>& waiting) {
  std::string text = "no provider works";
  if (!waiting) return text;
  return text + ", " + (waiting->at_least ? "at least " : "") + std::to_string(waiting->count) +
         (waiting->count == 1 ? " message waits" : " messages wait");
}

void warn_of(const provider_info& provider, time_point now, std::vector<std::string>& into) {
  const auto& name = provider.name;
  if (is_down(provider) && !provider.circuit.held)
    into.push_back(name + " is down after " + failures_of(provider) + "; " +
                   next_probe_of(provider) + "; GET /v1/providers/" + name + " has the reason");
  if (provider.challenge)
    into.push_back(name + " asks for a captcha since " + to_rfc3339(provider.challenge->since) +
                   ": postrider providers challenge " + name +
                   " --captcha 'signalcaptcha://...' answers it");
  if (provider.paused_until > now)
    into.push_back(name + " asked to wait until " + to_rfc3339(*provider.paused_until));
}

}  // namespace

bool works(const provider_info& provider, time_point now) {
  const bool paused = provider.paused_until > now;
  return provider.active && !paused && provider.circuit.state == to_string(circuit_state::closed);
}

bool none_works(const provider_states& states, time_point now) {
  const auto any = [&](auto test) {
    return std::ranges::any_of(states.all, [&](const auto& one) { return test(one.second); });
  };
  return any([](const auto& one) { return one.active; }) &&
         !any([now](const auto& one) { return works(one, now); });
}

std::vector<std::string> warnings_of(const provider_states& states, time_point now) {
  std::vector<std::string> all;
  if (none_works(states, now)) all.push_back(none_works_text(states.waiting));
  for (const auto& [id, provider] : states.all)
    if (provider.active) warn_of(provider, now, all);
  return all;
}

std::optional<provider_watch::line> provider_watch::look(const provider_info& provider,
                                                         time_point now) {
  using persistence::event_type;
  if (!provider.active) {
    down_since_.reset();
    held_ = false;
    return std::nullopt;
  }
  const bool closed = provider.circuit.state == to_string(circuit_state::closed);
  if (!down_since_ && is_down(provider)) {
    down_since_ = provider.circuit.since.value_or(now);
    well_before_ = healthy_calls(provider);
    held_ = provider.circuit.held;
    return line{log_level::warning,
                provider.name + " is down after " + failures_of(provider) + ": " +
                    provider.circuit.reason + "; " + next_probe_of(provider),
                held_ ? event_type::provider_held : event_type::provider_down,
                provider.circuit.reason};
  }
  if (down_since_ && provider.circuit.held && !std::exchange(held_, true))
    return line{log_level::warning, {}, event_type::provider_held, provider.circuit.reason};
  if (!down_since_ || !closed) return std::nullopt;
  const auto lasted = seconds_text(now - *down_since_);
  down_since_.reset();
  held_ = false;
  // A new configuration closes a circuit too, and shows nothing.
  const bool shown = healthy_calls(provider) > well_before_;
  const auto text = shown ? " works again after " + lasted
                          : "'s configuration was read again, and it is tried again; it was down "
                            "for " +
                                lasted;
  return line{log_level::info, provider.name + text, event_type::provider_up,
              "was down for " + lasted};
}

}  // namespace postrider::actors
