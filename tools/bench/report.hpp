#pragma once

#include "tools/bench/load.hpp"
#include "tools/bench/options.hpp"
#include "tools/bench/process_watch.hpp"
#include "tools/bench/sim_watch.hpp"

#include <optional>
#include <string>
#include <vector>

namespace postrider::bench {

// Messages that arrived at the provider.
struct delivery_result {
  std::uint64_t expected = 0;  // messages that the server accepted
  std::uint64_t arrived = 0;   // different messages
  std::uint64_t repeated = 0;  // messages that came more than once
  bool complete = false;
  double seconds = 0;  // from the first send to the last arrival
  sim_latency latency;
};

struct results {
  load_result sending;
  std::optional<delivery_result> delivery;
  std::vector<process_record> processes;
};

std::string report_text(const options& o, const results& r);
std::string report_json(const options& o, const results& r);

}  // namespace postrider::bench
