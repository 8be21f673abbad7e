#pragma once

/// Deliberate bugs, for the test that the simulation finds them (tests/simulation/mutants.cpp).
/// They exist in that program only; elsewhere the compiler removes them.
namespace postrider {

enum class mutation {
  none,
  late_acceptance_ignored,
  retry_counted_twice,
  possible_duplicate_forgotten,
  cancelled_but_kept,
  expired_but_sent,
  receipt_goes_back,
  refused_begin_ignored,
  deleted_before_its_end,
  begun_rows_freed_as_unsent,
  idempotency_key_ignored,
  rejection_forgotten,
  retry_before_it_is_due,
  pause_ignored,
  circuit_ignored,
  patience_without_end,
  patience_forgotten,
  named_time_ignored,
  unknown_forgotten,
  round_not_waited_for,
  unknown_uses_no_retry,
  held_for_ever,
  credit_wakes_nobody,
  scheduled_rows_forgotten,
  rest_of_a_backlog_forgotten,
  nothing_is_probed,
  nothing_is_rerouted,
  begun_at_once_is_queued,
  failed_attempt_untold,
  order_of_others_ignored,
};

#ifdef POSTRIDER_MUTANTS
/// The one that is switched on.
extern mutation chosen_mutation;
inline bool mutant(mutation what) { return what == chosen_mutation; }
#else
constexpr bool mutant(mutation) { return false; }
#endif

}  // namespace postrider
