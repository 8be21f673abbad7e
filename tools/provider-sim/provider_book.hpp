#pragma once

#include "tools/bench/latency_histogram.hpp"
#include "tools/provider-sim/behaviour.hpp"
#include "tools/provider-sim/tally.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace postrider::provider_sim {

// One simulated provider: everything that is told apart by its name.
struct provider {
  behaviour rules;
  tally counts;
  bench::latency_histogram accept_to_provider;
};

// All simulated providers of this process. One is made when its name is first used.
class provider_book {
 public:
  explicit provider_book(bool keep_texts, behaviour_settings initial = {})
      : keep_texts_(keep_texts), initial_(std::move(initial)) {}

  // nullptr when the name is not 1 to 64 characters of [A-Za-z0-9_.-] or there are too many names.
  provider* find_or_make(std::string_view name);

  // The behaviour of a provider that has not been told another.
  const behaviour_settings& initial() const { return initial_; }

  using entries = std::map<std::string, provider, std::less<>>;
  const entries& all() const { return entries_; }

  static bool is_name(std::string_view name);

 private:
  bool keep_texts_;
  behaviour_settings initial_;
  entries entries_;
};

}  // namespace postrider::provider_sim
