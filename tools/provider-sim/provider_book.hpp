#pragma once

#include "base/latency_histogram.hpp"
#include "tools/provider-sim/behaviour.hpp"
#include "tools/provider-sim/call_log.hpp"
#include "tools/provider-sim/event_hub.hpp"
#include "tools/provider-sim/tally.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace postrider::provider_sim {

// One simulated provider: everything that is told apart by its name.
struct provider {
  behaviour rules;
  tally counts;
  fine_latency_histogram accept_to_provider;
  event_hub events;
  tally webhook_ids;                                // counts each webhook-id as a body
  std::set<std::string, std::less<>> unregistered;  // numbers last refused as such
  std::set<std::string, std::less<>> used_captchas;
  bool captcha_solved = false;
  std::uint64_t bad_signatures = 0;
  // Reports about accepted messages: answered as they should be, not answered so, and not made
  // because their URL leads off this machine.
  std::uint64_t reports_done = 0, reports_failed = 0, reports_refused = 0;

  // Where its calls are logged, and under which name; nullptr: they are not.
  call_log* log = nullptr;
  std::string name;

  void reset_counts();
  // Counts the outcome for one recipient of a call. SMTP counts mails that were read to their dot.
  void decided(outcome what, std::string_view recipient, std::string_view body, clock_time now);
  // Counts an accepted message and, if a load generator wrote it, how long it took.
  void take(std::string_view recipient, std::string_view body, clock_time now);
};

// All simulated providers of this process. One is made when its name is first used.
class provider_book {
 public:
  explicit provider_book(bool keep_texts, behaviour_settings initial = {})
      : keep_texts_(keep_texts), initial_(std::move(initial)) {}

  // Logs the calls of the providers that are made from now on.
  void log_calls(std::unique_ptr<call_log> log) { log_ = std::move(log); }

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
  std::unique_ptr<call_log> log_;
  entries entries_;
};

}  // namespace postrider::provider_sim
