#include "tests/simulation/simulation.hpp"

#include <fmt/core.h>

#include <algorithm>

/// Faults of a virtual day.
namespace postrider::tests {

using namespace std::chrono_literals;

void simulation::crash() {
  ++counts_.crashes;
  say("a process crashes");
  auto& process = some_process();
  commits_before_ += process->faults().commits;
  if (process.get() == paused_) paused_ = nullptr;
  process.reset();
  advance_to(clock_.steady + std::chrono::milliseconds(below(30'000)));
  process = started();
}

void simulation::stop() {
  auto& process = some_process();
  if (process->faults().away || process->faults().locked || is_paused(*process)) return;
  ++counts_.stops;
  say("a process stops in an orderly way");
  process->stop();
  commits_before_ += process->faults().commits;
  process.reset();
  advance_to(clock_.steady);
  process = started();
}

/// For hours, now and then for longer than any message waits.
void simulation::long_stop() {
  stop();
  // No process is there: the time passes for the last one that was started.
  auto& process = some_process();
  commits_before_ += process->faults().commits;
  if (process.get() == paused_) paused_ = nullptr;
  process.reset();
  advance_to(clock_.steady + std::chrono::hours(1 + below(40)));
  process = started();
  ++counts_.long_stops;
}

/// All providers, or all but one.
void simulation::take_providers_down() {
  peers_->take_down(random_, one_in(3) ? 2 : 3);
  ++counts_.long_outages;
  say("providers are down for hours");
  plan_event(clock_.steady + std::chrono::minutes(30 + below(one_in(2) ? 300 : 1'800)),
             event::providers_back);
}

/// For one process: the other one may reach it.
void simulation::begin_outage() {
  ++counts_.outages;
  auto& faults = some_process()->faults();
  if (one_in(2)) {
    faults.away = true;
    say("the database goes away");
  } else {
    // On a table that the empty batch, with which a writer looks whether it can go on, needs not.
    faults.locked = [](const persistence::ledger_batch& batch) {
      return !batch.transitions.empty();
    };
    say("somebody locks the database");
  }
  peers_->rules.on_trouble(std::chrono::hours(24));
  plan_event(clock_.steady + 1s + seconds_below(120), event::outage_ends);
}

void simulation::end_outages() {
  for (const auto& process : processes_) {
    process->faults().away = false;
    process->faults().locked = nullptr;
  }
  // A writer tries again after two seconds at most.
  peers_->rules.on_trouble(3s);
  say("the database is back");
}

void simulation::lose_an_answer() {
  some_process()->faults().lose_answer = [this, left = std::make_shared<int>(1)] {
    if (*left == 0) return false;
    --*left;
    ++counts_.lost_answers;
    peers_->rules.on_trouble(3s);
    return true;
  };
  say("the next commit's answer gets lost");
}

void simulation::kill_an_actor() {
  const auto actors = some_process()->pipeline();
  if (!actors) return;
  const auto plain = [](const auto& actor) { return caf::actor_cast<caf::actor>(actor); };
  std::vector<caf::actor> all{
      plain(actors->scheduler),       plain(actors->archiver),  plain(actors->selector),
      plain(actors->intake),          plain(actors->keeper),    plain(actors->writers.front()),
      plain(actors->receipts),        plain(actors->retries),   plain(actors->retention),
      plain(actors->readers.front()), plain(actors->dispatcher)};
  const auto senders = actors->senders->get();
  for (const auto& [id, sender] : *senders)
    all.push_back(plain(sender));
  const auto victim = below(all.size());
  ++counts_.actor_deaths;
  say(fmt::format("actor {} dies", victim));
  caf::anon_send_exit(all[victim], caf::exit_reason::unhandled_exception);
}

/// As when its machine is overloaded or asleep: often for longer than its lease, so that the other
/// node takes over what it has.
void simulation::pause() {
  ++counts_.pauses;
  paused_ = some_process().get();
  paused_until_ = clock_.steady + 1s + seconds_below(one_in(2) ? 30 : 900);
  peers_->rules.on_pause(numbers_.at(paused_));
  say("a process is paused");
}

/// As when somebody sets the clock, or a machine wakes up. The steady clock goes on.
void simulation::jump_the_clock() {
  ++counts_.clock_jumps;
  const auto most = one_in(2) ? std::chrono::minutes(5) : std::chrono::minutes(longest_jump);
  const std::chrono::seconds by(1 + below(static_cast<std::size_t>(most.count() * 60)));
  const bool forward = one_in(2);
  // Calls that were begun before go by the time of then.
  wall_before_jump_ = clock_.wall();
  jumped_at_ = clock_.steady;
  peers_->rules.on_clock_jump();
  clock_.epoch += forward ? by : -by;
  peers_->latest_wall = std::max(peers_->latest_wall, clock_.wall());
  say(fmt::format("the wall clock jumps {} s {}", by.count(), forward ? "forward" : "back"));
}

}  // namespace postrider::tests
