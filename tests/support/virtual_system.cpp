#include "tests/support/virtual_system.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <set>

namespace postrider::tests {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<caf::actor_system_config> deterministic() {
  auto config = std::make_unique<caf::actor_system_config>();
  config->set("scheduler.policy", caf::atom("testing"));
  config->set("logger.inline-output", true);
  return config;
}

std::int64_t next_pid() {
  static std::int64_t pid = 1000;
  return ++pid;
}

/// The processes of the one virtual machine that have neither crashed nor stopped.
std::set<std::int64_t>& running_pids() {
  static std::set<std::int64_t> pids;
  return pids;
}

}  // namespace

virtual_system::virtual_system(actors::delivery_settings settings,
                               persistence::ledger_database& ledger, virtual_clock& clock,
                               scripted_engine::script peer, std::uint64_t seed,
                               actors::poll_intervals polls, bool exclusive)
    : clock_(clock), database_(make_faulty_database(ledger, faults_)), config_(deterministic()) {
  faults_->exclusive = exclusive;
  system_ = std::make_unique<caf::actor_system>(*config_);
  scheduler().clock().current_time = clock_.steady;
  engine_ = std::make_shared<scripted_engine>(std::move(peer), [this] { return clock_.steady; });
  environment_ = std::make_shared<actors::environment>();
  environment_->settings = std::move(settings);
  environment_->database = database_.get();
  environment_->engine = engine_;
  environment_->endpoint_engine = engine_;
  environment_->wall_clock = [this] { return clock_.wall(); };
  environment_->process = {"boot", "namespace", next_pid(), 1};
  running_pids().insert(environment_->process.pid);
  environment_->process_runs = [](const persistence::process_identity& process) {
    return running_pids().contains(process.pid);
  };
  environment_->host = "virtual";
  environment_->seed = seed;
  environment_->polls = polls;
  environment_->detach_blocking_actors = false;
  supervisor_ = system_->spawn(actors::supervisor, actors::environment_ptr(environment_), board_);
  gateway_ = std::make_unique<actors::actor_gateway>(*system_, environment_, board_);
}

caf::scheduler::test_coordinator& virtual_system::scheduler() const {
  return dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler());
}

/// Nothing of a crashed process has an effect any more: its ledger and its providers are cut off,
/// its actors only end.
void virtual_system::quench() {
  faults_->crashed = true;
  engine_->cut_off();
  running_pids().erase(environment_->process.pid);
  caf::anon_send_exit(supervisor_, caf::exit_reason::kill);
  supervisor_ = nullptr;
  board_->set(nullptr);
  scheduler().run();
  // One-shot actors that wait for an answer which never comes end with their timeout.
  while (scheduler().has_pending_timeout()) {
    scheduler().trigger_timeout();
    scheduler().run();
  }
}

virtual_system::~virtual_system() {
  if (supervisor_) quench();
  engine_.reset();
  environment_->engine.reset();
  environment_->endpoint_engine.reset();
}

bool virtual_system::step(const std::function<std::size_t(std::size_t)>& choose) {
  auto& jobs = scheduler().jobs;
  if (jobs.empty()) return false;
  if (choose && jobs.size() > 1) std::swap(jobs.front(), jobs[choose(jobs.size())]);
  scheduler().run_once();
  return true;
}

std::optional<std::chrono::steady_clock::time_point> virtual_system::next_event() const {
  auto next = engine_->next();
  const auto& timers = scheduler().clock().schedule();
  if (!timers.empty() && (!next || timers.begin()->first < *next)) next = timers.begin()->first;
  return next;
}

void virtual_system::advance_to(std::chrono::steady_clock::time_point time) {
  clock_.steady = std::max(clock_.steady, time);
  // Another process on the same clock may have moved it.
  scheduler().advance_time(clock_.steady - scheduler().clock().now());
  engine_->deliver_due();
}

void virtual_system::settle() {
  while (step()) {
  }
}

void virtual_system::run_for(std::chrono::nanoseconds duration) {
  run_until([] { return false; }, duration);
}

bool virtual_system::run_until(const std::function<bool()>& condition,
                               std::chrono::nanoseconds at_most) {
  const auto end = clock_.steady + at_most;
  for (;;) {
    while (!condition() && step()) {
    }
    if (condition()) return true;
    const auto next = next_event();
    if (!next || *next > end) break;
    advance_to(*next);
  }
  advance_to(end);
  settle();
  return condition();
}

void virtual_system::reload(std::vector<actors::provider_settings> providers,
                            actors::completion<actors::reload_report> done) {
  caf::anon_send(supervisor_, std::make_shared<actors::reload_job>(std::move(providers),
                                                                   std::string(), std::move(done)));
}

bool virtual_system::stop() {
  bool idle = false;
  for (int i = 0; i < 100 && !idle; ++i) {
    idle = ask<std::int64_t>(supervisor_, actors::drain_atom_v).value_or(0) == 0;
    if (!idle) run_for(1s);
  }
  const auto left = ask<bool>(supervisor_, actors::leave_atom_v).value_or(false);
  quench();
  return idle && left;
}

}  // namespace postrider::tests
