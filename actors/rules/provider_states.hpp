#pragma once

#include "actors/api/gateway.hpp"
#include "base/log.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

/// The states of all providers as people are told of them: log lines, and warnings of /readyz.
namespace postrider::actors {

struct waiting_count {
  std::int64_t count = 0;
  /// True when counting stopped at a limit.
  bool at_least = false;
};

/// The last look at all providers that are not of test mode, and not gone.
struct provider_states {
  std::map<persistence::provider_id, provider_info> all;
  /// Deliveries that wait while no provider works; nothing: one works, or they were not counted.
  std::optional<waiting_count> waiting;
};

/// True for a provider that takes whatever comes now.
bool works(const provider_info& provider, time_point now);
/// True when there are active providers, and none of them works.
bool none_works(const provider_states& states, time_point now);

/// One sentence for each thing of the last look that a person should see, the worst first.
/// Providers that are held are left out. Anybody may read them: they quote no answer of a provider.
std::vector<std::string> warnings_of(const provider_states& states, time_point now);

/// Compares each look at one provider with the look before. A provider that goes down gives one
/// line, and so does its return, however often it was probed in between. One that is held later
/// gives another one, without a text. A circuit that opened for
/// a short suspicion is not down.
class provider_watch {
 public:
  struct line {
    log_level level = log_level::info;
    /// For the log; empty: it has said so before.
    std::string text;
    /// The same for the feed: provider_down, provider_held or provider_up, and the reason.
    persistence::event_type event = persistence::event_type::provider_up;
    std::string reason;
  };
  std::optional<line> look(const provider_info& provider, time_point now);

 private:
  /// When it went down, by the wall clock; nothing: it works.
  std::optional<time_point> down_since_;
  /// It was told that the provider is held.
  bool held_ = false;
  /// Calls that showed a working provider, when it went down.
  std::uint64_t well_before_ = 0;
};

}  // namespace postrider::actors
