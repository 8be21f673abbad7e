#pragma once

#include "actors/protocol.hpp"

namespace postrider::actors {

struct keeper_links {
  std::vector<ledger_writer_actor> writers;
  ledger_reader_actor reader;
  /// Null: the first writer takes over.
  takeover_desk_actor takeovers;
  supervisor_actor supervisor;
  std::shared_ptr<node_lease> lease;
};

/// Owns this process's node: registers it, renews its lease, and takes over the rows of nodes that
/// are surely dead: those whose lease has run out by the database's clock, those of a process of
/// this machine that is gone, and on a database that one process has for itself all others. Once a
/// minute it looks for rows that a dead node owns all the same, and frees them.
class node_keeper_state {
 public:
  static inline constexpr const char* name = "node_keeper";
  explicit node_keeper_state(node_keeper_actor::pointer self) : self_(self) {}
  node_keeper_actor::behavior_type make_behavior(environment_ptr environment, keeper_links links);

 private:
  void on_tick();
  caf::result<bool> on_leave();
  caf::result<inspection> on_inspect() const;

  milliseconds between_ticks() const;
  void register_node();
  void on_registered(const reply<persistence::node_id>& registered, steady_point asked_at);
  void renew();
  void look_for_dead_nodes();
  /// The next tick may be long after a silent node's lease ends.
  void look_again_at_lease_end(const std::vector<persistence::node>& nodes);
  void take_over(const std::vector<persistence::node>& nodes);
  void look_for_dead_owners();
  void free_rows_of(const std::vector<persistence::node_id>& dead);
  void on_freed(const reply<write_results>& written, const std::string& nodes);
  /// To whom takes over here.
  template <class Answered, class Unanswered>
  void request_takeover(write_request request, Answered answered, Unanswered unanswered);
  void on_taken_over(const reply<write_results>& written);
  void on_no_answer();
  bool is_dead(const persistence::node& node) const;
  bool is_gone(const persistence::node& node) const;
  void announce();

  node_keeper_actor::pointer self_;
  environment_ptr environment_;
  keeper_links links_;
  persistence::node_id node_ = 0;
  bool announced_ = false, leaving_ = false, looks_again_ = false, taking_over_ = false;
  std::uint64_t renewals_ = 0, taken_over_ = 0, rows_taken_ = 0;
  std::string last_error_, last_takeover_error_;
};

node_keeper_actor::behavior_type node_keeper(
    node_keeper_actor::stateful_pointer<node_keeper_state> self, environment_ptr environment,
    keeper_links links);

}  // namespace postrider::actors
