#pragma once

#include "actors/pipeline.hpp"
#include "actors/rules/provider_states.hpp"

#include <map>

namespace postrider::actors {

/// Looks at all senders from time to time, so that a person learns of an outage that no message
/// names: it logs that a provider went down or came back, once each, tells the feed of events, and
/// keeps the last look where the gateway finds it. While no provider works it counts the deliveries
/// that wait. It holds nothing that delivery needs.
class provider_watcher_state {
 public:
  static inline constexpr const char* name = "provider_watcher";
  explicit provider_watcher_state(provider_watcher_actor::pointer self) : self_(self) {}
  provider_watcher_actor::behavior_type make_behavior(environment_ptr environment,
                                                      directory_board directory,
                                                      sender_board senders,
                                                      ledger_reader_actor reader,
                                                      ledger_writer_actor writer);

 private:
  /// One look; it ends when the last sender has answered.
  struct look {
    provider_states states;
    std::size_t missing = 0;
  };
  using look_ptr = std::shared_ptr<look>;

  void on_tick();
  void answered(const look_ptr& one);
  void count_waiting();
  void on_counted(waiting_count count);
  void end(const look_ptr& one);

  provider_watcher_actor::pointer self_;
  environment_ptr environment_;
  directory_board directory_;
  sender_board senders_;
  ledger_reader_actor reader_;
  ledger_writer_actor writer_;
  std::map<persistence::provider_id, provider_watch> watches_;
  /// The last count of waiting deliveries, and when it was made.
  std::optional<waiting_count> counted_;
  steady_point counted_at_{};
  /// A count is under way.
  bool counting_ = false;
};

provider_watcher_actor::behavior_type provider_watcher(
    provider_watcher_actor::stateful_pointer<provider_watcher_state> self,
    environment_ptr environment, directory_board directory, sender_board senders,
    ledger_reader_actor reader, ledger_writer_actor writer);

}  // namespace postrider::actors
