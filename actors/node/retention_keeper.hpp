#pragma once

#include "actors/protocol.hpp"

#include <array>

namespace postrider::actors {

/// Has the ledger empty bodies and delete history, events and audit entries that are older than the
/// settings say, and idempotency keys that have expired, in steps of `step_rows` that go through a
/// writer like everything else. After each step it waits four times as long as the step took,
/// queueing included: so it has a fifth of a writer's time at most, and less the busier the writer
/// is. It has no state: its place is in the ledger, so any node may go on, and nothing is lost when
/// it dies.
class retention_keeper_state {
 public:
  static inline constexpr const char* name = "retention_keeper";
  static constexpr std::int32_t step_rows = 500;
  /// One round in so many looks for expired keys and for old audit entries, which take little room.
  static constexpr std::uint64_t rounds_for_keys = 10;
  static constexpr milliseconds first_look{10'000};
  static constexpr milliseconds shortest_pause{20}, longest_pause{5'000};

  /// Then another kind has its turn.
  static constexpr int steps_at_once = 100;

  explicit retention_keeper_state(retention_keeper_actor::pointer self) : self_(self) {}
  retention_keeper_actor::behavior_type make_behavior(environment_ptr environment,
                                                      ledger_writer_actor writer);

 private:
  using kind = persistence::prune::kind;

  void on_tick();
  void on_stepped(steady_point begun, const reply<write_results>& written);
  caf::result<inspection> on_inspect() const;

  /// How long they are kept after they were completed or had expired; 0: for ever.
  milliseconds keep() const;
  persistence::time_point completed_before() const;
  bool has_work() const;
  void next_kind();
  void tick_in(milliseconds delay);

  retention_keeper_actor::pointer self_;
  environment_ptr environment_;
  ledger_writer_actor writer_;
  /// The kind of the next step.
  kind kind_ = kind::bodies;
  int steps_of_kind_ = 0;
  /// A kind of this round was left before its end.
  bool more_left_ = false;
  std::uint64_t rounds_ = 0;
  std::uint64_t steps_ = 0;
  std::int64_t deleted(kind what) const { return deleted_[static_cast<std::size_t>(what)]; }
  std::array<std::int64_t, 5> deleted_{};
};

retention_keeper_actor::behavior_type retention_keeper(
    retention_keeper_actor::stateful_pointer<retention_keeper_state> self,
    environment_ptr environment, ledger_writer_actor writer);

}  // namespace postrider::actors
