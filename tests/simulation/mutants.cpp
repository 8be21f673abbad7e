#include "base/mutant.hpp"
#include "tests/simulation/workers.hpp"
#include "tools/arguments/arguments.hpp"

#include <fmt/core.h>

#include <thread>

namespace postrider {
mutation chosen_mutation = mutation::none;
}

namespace {

using namespace postrider::tests;
using postrider::add_option;
using postrider::mutation;

struct deliberate_bug {
  mutation what;
  const char* name;
};

constexpr deliberate_bug bugs[]{
    {mutation::late_acceptance_ignored, "a late acceptance is stored and not heeded"},
    {mutation::retry_counted_twice, "a retry counts for two"},
    {mutation::possible_duplicate_forgotten, "a possible duplicate is not marked"},
    {mutation::cancelled_but_kept, "a cancel is answered and the row kept"},
    {mutation::expired_but_sent, "senders do not look at expires_at"},
    {mutation::receipt_goes_back, "an undelivered receipt replaces a delivered one"},
    {mutation::refused_begin_ignored, "a provider is called though its begin was refused"},
    {mutation::deleted_before_its_end, "retention deletes what is not finished"},
    {mutation::begun_rows_freed_as_unsent, "what was being sent is sent again after a crash"},
    {mutation::idempotency_key_ignored, "a message is stored whosever its key is"},
    {mutation::rejection_forgotten, "a provider that rejected a recipient is tried again"},
    {mutation::retry_before_it_is_due, "a retry does not wait until it is due"},
    {mutation::pause_ignored, "a provider that asks for a pause is called"},
    {mutation::circuit_ignored, "a provider is called though its circuit is open"},
    {mutation::patience_without_end, "what nobody takes is never given up"},
    {mutation::patience_forgotten, "what nobody takes is given up at once"},
    {mutation::named_time_ignored, "a chain is sent before the time that a provider named to it"},
    {mutation::unknown_forgotten, "an unknown outcome is told as another one"},
    {mutation::round_not_waited_for, "the next round begins at once"},
    {mutation::unknown_uses_no_retry, "what may have arrived is sent again without end"},
    {mutation::held_for_ever, "a provider that is held is never probed"},
    {mutation::credit_wakes_nobody, "a sender that has credit again does not wake the dispatcher"},
    {mutation::scheduled_rows_forgotten, "rows that are due later are not looked for"},
    {mutation::rest_of_a_backlog_forgotten, "after a full claim nothing is thought to wait"},
    {mutation::nothing_is_probed, "no row is claimed for a half-open provider"},
    {mutation::nothing_is_rerouted, "rows of a provider that is down stay there"},
    {mutation::begun_at_once_is_queued, "what was begun when it was accepted is not called"},
    {mutation::failed_attempt_untold, "a failed attempt is no event"},
    {mutation::order_of_others_ignored, "an event is ordered before the one that it follows"},
};

/// The same program without a bug: else it might be the program that the simulation objects to.
bool lives_soundly(campaign what, std::uint64_t days) {
  what.count = days;
  const auto result = run_campaign(what);
  fmt::print("{} days without a deliberate bug: {} failed\n", days, result.failed);
  return result.failed == 0;
}

bool is_caught(campaign what, const deliberate_bug& bug) {
  postrider::chosen_mutation = bug.what;
  what.stop_at_first_failure = true;
  what.report_failures = false;
  what.twice_every = 0;
  const auto result = run_campaign(what);
  postrider::chosen_mutation = mutation::none;
  if (result.failed == 0) fmt::print("NOT CAUGHT in {} days: {}\n", what.count, bug.name);
  else
    fmt::print("caught after {:3} days: {}\n    {}\n", result.counts.days, bug.name,
               result.reason.substr(0, 160));
  return result.failed > 0;
}

}  // namespace

/// A checker that has never failed proves nothing: the product with one bug at a time, each of
/// which the simulation has to catch.
int main(int argc, char** argv) {
  campaign what;
  what.count = 600;
  what.jobs = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  std::uint64_t sound_days = 10;
  postrider::argument_parser parser(
      "Lives virtual days with one deliberate bug at a time and expects each to be caught.",
      "simulation_mutants");
  auto& app = parser.options();
  add_option(app, "--seeds", what.count, "days within which each must be caught").with_default();
  add_option(app, "--sound", sound_days, "days without a bug").with_default();
  add_option(app, "--jobs", what.jobs, "days at the same time").with_default();
  if (const auto code = parser.parse(argc, argv)) return *code;
  bool good = lives_soundly(what, sound_days);
  for (const auto& bug : bugs)
    good &= is_caught(what, bug);
  return good ? 0 : 1;
}
