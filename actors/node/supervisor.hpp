#pragma once

#include "actors/node/provider_changes.hpp"

#include <deque>

namespace postrider::actors {

/// Starts the pipeline, and starts it again when one of its actors dies or its node was fenced.
/// There is one way back, the same as after a crash: a fresh node takes over the rows of the old
/// one. What the old senders still have in flight ends there, and its outcomes go through the new
/// archiver as late outcomes, so nothing that a provider said is dropped. More than ten restarts in
/// a minute end the process.
class supervisor_state {
 public:
  static inline constexpr const char* name = "supervisor";
  explicit supervisor_state(supervisor_actor::pointer self) : self_(self), changes_(self) {}
  supervisor_actor::behavior_type make_behavior(environment_ptr environment, board_ptr board);

 private:
  void on_start();
  void on_registered(persistence::node_id node);
  void on_fenced(persistence::node_id node);
  void on_down(const caf::down_msg& down);
  caf::result<std::int64_t> on_drain();
  caf::result<bool> on_leave();
  caf::result<inspection> on_inspect() const;

  void start_ledger();
  void start_rest(const std::vector<persistence::provider>& known);
  void start_senders();
  void restart(const std::string& reason);
  void retire_old();
  void end_now(const std::shared_ptr<pipeline>& old);
  template <class Handle>
  Handle watch(const char* what, Handle actor);

  supervisor_actor::pointer self_;
  environment_ptr environment_;
  board_ptr board_;
  std::shared_ptr<pipeline> current_;
  provider_changes changes_;
  /// Earlier ones whose senders have yet to be told where their outcomes go.
  std::vector<std::shared_ptr<pipeline>> old_;
  /// Those that were told, since when; they forward what still comes.
  struct forwarder {
    steady_point since;
    std::shared_ptr<pipeline> left;
  };
  std::deque<forwarder> forwarding_;
  std::shared_ptr<node_lease> lease_;
  std::map<caf::actor_addr, const char*> watched_;
  std::deque<steady_point> restarts_;
  std::uint64_t restart_count_ = 0;
  std::string last_reason_;
  bool leaving_ = false;
};

supervisor_actor::behavior_type supervisor(
    supervisor_actor::stateful_pointer<supervisor_state> self, environment_ptr environment,
    board_ptr board);

}  // namespace postrider::actors
