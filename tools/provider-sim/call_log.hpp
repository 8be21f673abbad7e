#pragma once

#include "tools/provider-sim/behaviour.hpp"
#include "tools/provider-sim/outcome.hpp"

#include <fstream>
#include <string>
#include <string_view>

namespace postrider::provider_sim {

// One line of JSON for each recipient of each call, in the order of arrival, so that a measurement
// can tell how long a message took from one provider to the next. It is whole when the program
// ends.
class call_log {
 public:
  // Throws std::runtime_error when the file cannot be written.
  explicit call_log(const std::string& path);

  // `now` is the monotonic clock's, as everywhere.
  void add(std::string_view provider, outcome what, std::string_view recipient,
           std::string_view body, clock_time now);

 private:
  std::ofstream file_;
  std::string line_;
};

}  // namespace postrider::provider_sim
