#include "actors/delivery/sender_statistics.hpp"

namespace postrider::actors {

void sender_statistics::on_end(outcome_kind kind, std::chrono::nanoseconds took,
                               std::string error) {
  latency_.add(std::chrono::duration_cast<std::chrono::microseconds>(took));
  called_.add(seconds_of(took));
  ++outcomes_[static_cast<std::size_t>(kind)];
  if (kind != outcome_kind::accepted) last_error_ = std::move(error);
}

void sender_statistics::add_to(provider_info& info) const {
  for (std::size_t i = 0; i < outcome_kinds; ++i)
    info.outcomes.emplace_back(to_string(static_cast<outcome_kind>(i)), outcomes_[i]);
  info.latency_p50 = latency_.percentile(0.5);
  info.latency_p99 = latency_.percentile(0.99);
  info.last_error = last_error_;
}

void sender_statistics::add_to(boost::json::object& report) const {
  boost::json::object outcomes;
  for (std::size_t i = 0; i < outcome_kinds; ++i)
    outcomes[to_string(static_cast<outcome_kind>(i))] = outcomes_[i];
  report["latency_us"] = {{"p50", latency_.percentile(0.5).count()},
                          {"p99", latency_.percentile(0.99).count()}};
  report["call_seconds"] = called_.report();
  report["time_to_provider_seconds"] = waited_.report();
  report["outcomes"] = std::move(outcomes);
  report["withdrawn"] = withdrawn_;
  report["stepped_aside"] = stepped_aside_;
  report["last_error"] = last_error_;
}

}  // namespace postrider::actors
