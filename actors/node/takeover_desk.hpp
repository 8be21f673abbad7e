#pragma once

#include "actors/protocol.hpp"

#include <map>

namespace postrider::actors {

/// Takes over from dead nodes on a connection of its own. A dead node may be frozen inside an open
/// transaction whose locks its database connection keeps, and whoever waits for them waits in vain:
/// the writers must not. Its connections are ended first, and then the wait is short. On a database
/// that one process has for itself there is none; its writer does it.
class takeover_desk_state {
 public:
  static inline constexpr const char* name = "takeover_desk";
  explicit takeover_desk_state(takeover_desk_actor::pointer) {}
  takeover_desk_actor::behavior_type make_behavior(environment_ptr environment);

 private:
  reply<write_results> take_over(persistence::node_id owner, const write_request& request);
  void end_connections(persistence::node_id owner, const persistence::take_over& what);
  void note(persistence::node_id dead, const persistence::ledger_error& error);

  environment_ptr environment_;
  std::unique_ptr<persistence::ledger> ledger_;
  /// Nodes that cannot be taken over yet, as the log says.
  std::map<persistence::node_id, persistence::ledger_errc> failed_;
};

takeover_desk_actor::behavior_type takeover_desk(
    takeover_desk_actor::stateful_pointer<takeover_desk_state> self, environment_ptr environment);

}  // namespace postrider::actors
