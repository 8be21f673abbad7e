#include "tests/simulation/simulation.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace postrider::tests {

using namespace std::chrono_literals;

namespace {

constexpr auto day = 24h;
/// How long after the faults everything must have ended: a clock that was put back is waited for.
constexpr auto calm_at_most = 96h;
/// One node makes all changes itself, and is told of them.
constexpr actors::poll_intervals polls{30min, 30min, 60min, 60min, 60min, 10min};

}  // namespace

simulation::simulation(const day_options& options) : options_(options), random_(options.seed) {
  counts_.days = 1;
  choose_settings();
  persistence::database_settings database;
  database.url = "sqlite::memory:";
  // Two nodes share a database server, which has a clock of its own; else it is this machine's.
  const auto server_epoch = clock_.epoch;
  database.clock = [this, server_epoch] {
    return two_nodes_ ? server_epoch + (clock_.wall() - clock_.epoch) : clock_.wall();
  };
  audit_ = ledger_audit::open(std::move(database));
  peers_ = std::make_unique<simulated_peers>(
      options.seed * 31 + 7, *audit_, clock_, counts_, [this](planned_receipt receipt) {
        receipts_.emplace(clock_.steady + receipt.after, std::move(receipt));
      });
}

void simulation::choose_settings() {
  settings_.messaging.max_retries = static_cast<std::int32_t>(1 + below(4));
  settings_.messaging.retry_delay = 10s + seconds_below(300);
  settings_.messaging.retry_backoff = one_in(2) ? 1.0 : 2.0;
  settings_.messaging.failover_delay = one_in(3) ? 2s : 0s;
  settings_.limits.sender_window = static_cast<std::int32_t>(2 + below(30));
  settings_.limits.batch = static_cast<std::int32_t>(1 + below(50));
  settings_.receipts = {"https://postrider.example.org", "the secret of the simulation"};
  two_nodes_ = one_in(5);
  counts_.two_nodes = two_nodes_;
  settings_.node.lease = two_nodes_ ? 240s : one_in(4) ? 600s : 1800s;
  if (one_in(6)) {
    settings_.history.keep = std::chrono::hours(1 + below(6));
    settings_.history.keep_bodies = one_in(2) ? 30min : 0min;
  }
  for (const char* name : {"alpha", "beta", simulated_peers::kannel})
    settings_.providers.push_back(provider(name));
  providers_ = settings_.providers;
}

actors::provider_settings simulation::provider(const std::string& name) {
  actors::provider_settings made;
  made.name = name;
  made.priority = static_cast<std::int32_t>(1 + below(3));
  made.timeout = 30s;
  made.max_in_flight = static_cast<std::int32_t>(1 + below(5));
  made.on_unknown = one_in(3) ? persistence::on_unknown::hold : persistence::on_unknown::retry;
  made.circuit.open_for = 5s + seconds_below(60);
  if (one_in(4)) made.rate.per_second = 0.5;
  if (name == simulated_peers::kannel) {
    made.type = "sms";
    made.keys = {{"api", "kannel"},
                 {"url", "http://" + name + ".test"},
                 {"username", "tester"},
                 {"password", "secret"},
                 {"from", "12345"}};
  } else {
    made.type = "signal";
    made.keys = {{"url", "http://" + name + ".test"},
                 {"account", simulated_peers::account_of(name)}};
  }
  return made;
}

// ---- the plan -----------------------------------------------------------------------------------

void simulation::plan_many(event what, std::size_t count) {
  constexpr auto length = std::chrono::duration_cast<std::chrono::milliseconds>(day).count();
  for (std::size_t i = 0; i < count; ++i)
    plan_.emplace(clock_.steady + std::chrono::milliseconds(below(length)), what);
}

void simulation::plan() {
  plan_many(event::message, options_.messages / 2);
  plan_bursts();
  plan_many(event::mood, 60);
  plan_many(event::user_list, 10);
  plan_many(event::reload, below(8));
  plan_many(event::cancel, 8);
  plan_many(event::retry, 6);
  plan_many(event::stray_receipt, 3);
  plan_many(event::crash, below(6));
  plan_many(event::stop, below(3));
  plan_many(event::actor_death, below(3));
  plan_many(event::answers_get_lost, 3);
  plan_many(event::clock_jump, one_in(2) ? below(4) : 0);
  for (std::size_t i = below(4); i > 0; --i) {
    const auto at = clock_.steady + seconds_below(24 * 3600);
    plan_.emplace(at, event::outage_begins);
    plan_.emplace(at + 1s + seconds_below(120), event::outage_ends);
  }
}

/// The other half of the messages, so that windows overflow. Faults while there is work are worth
/// more than at other times.
void simulation::plan_bursts() {
  const auto soon = [this](instant at) { return at + std::chrono::milliseconds(below(4000)); };
  for (std::size_t burst = 0; burst < 5; ++burst) {
    const auto at = clock_.steady + seconds_below(24 * 3600);
    for (std::size_t i = 0; i < options_.messages / 10; ++i)
      plan_.emplace(at + std::chrono::milliseconds(below(3000)), event::message);
    plan_.emplace(soon(at), one_in(2) ? event::crash : event::actor_death);
    plan_.emplace(soon(at), event::answers_get_lost);
    for (const auto what : {event::cancel, event::cancel, event::user_list, event::reload})
      plan_.emplace(soon(at), what);
    if (one_in(4)) plan_.emplace(soon(at), event::clock_jump);
    if (two_nodes_ && one_in(2)) plan_.emplace(soon(at), event::pause);
  }
}

void simulation::happen(event what) {
  switch (what) {
    case event::message: return post();
    case event::message_again: return post_again();
    case event::cancel: return cancel();
    case event::retry: return retry_by_hand();
    case event::mood: return peers_->change_mood(random_);
    case event::user_list: return replace_user_list();
    case event::reload: return reload();
    case event::stray_receipt: return send_stray_receipt();
    case event::crash: return crash();
    case event::stop: return stop();
    case event::actor_death: return kill_an_actor();
    case event::pause: return pause();
    case event::outage_begins: return begin_outage();
    case event::outage_ends: return end_outages();
    case event::answers_get_lost: return lose_an_answer();
    case event::clock_jump: return jump_the_clock();
  }
}

// ---- a day --------------------------------------------------------------------------------------

std::unique_ptr<virtual_system> simulation::started() {
  auto process = std::make_unique<virtual_system>(
      settings_, audit_->ledger(), clock_,
      [this](const actors::transfer_request& request) { return peers_->answer(request); },
      random_(), polls, !two_nodes_);
  process->faults().on_commit = [this](const auto& batch, const auto& results) {
    on_commit(batch, results);
  };
  say("a process starts");
  return process;
}

std::uint64_t simulation::commits() const {
  auto sum = commits_before_;
  for (const auto& process : processes_)
    sum += process->faults().commits;
  return sum;
}

/// Lets one actor of one process handle one message.
bool simulation::step() {
  const auto first = below(processes_.size());
  const auto choose = [this](std::size_t count) { return below(count); };
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    auto& process = *processes_[(first + i) % processes_.size()];
    if (!is_paused(process) && process.step(choose)) return true;
  }
  return false;
}

std::optional<simulation::instant> simulation::next_event() const {
  std::optional<instant> next;
  for (const auto& process : processes_) {
    auto one = is_paused(*process) ? paused_until_ : process->next_event();
    if (one && (!next || *one < *next)) next = one;
  }
  return next;
}

void simulation::advance_to(instant time) {
  clock_.steady = std::max(clock_.steady, time);
  for (const auto& process : processes_)
    if (!is_paused(*process)) process->advance_to(time);
}

bool simulation::work_until(instant end, bool stop_when_idle) {
  for (;;) {
    while (step()) {
      ++counts_.steps;
      verify();
      if (!report_.violations.empty()) return false;
    }
    for (const auto& text : peers_->violations())
      violation(text);
    if (!report_.violations.empty()) return false;
    if (stop_when_idle && all_ended()) return true;
    const auto next = next_event();
    if (!next || *next >= end) break;
    advance_to(*next);
  }
  advance_to(end);
  return true;
}

/// Works, and brings the receipts that come on the way.
bool simulation::live_until(instant end) {
  while (!receipts_.empty() && receipts_.begin()->first <= end) {
    auto next = receipts_.extract(receipts_.begin());
    if (!work_until(std::max(next.key(), clock_.steady), false)) return false;
    send_receipt(std::move(next.mapped()));
  }
  return work_until(std::max(end, clock_.steady), false);
}

day_report simulation::run() {
  peers_->latest_wall = clock_.wall();
  for (int i = 0; i < (two_nodes_ ? 2 : 1); ++i)
    processes_.push_back(started());
  plan();
  bool sound = true;
  while (sound && !plan_.empty()) {
    const auto next = plan_.extract(plan_.begin());
    sound = live_until(std::max(next.key(), clock_.steady));
    if (sound) happen(next.mapped());
  }
  peers_->calm();
  end_outages();
  const auto end = clock_.steady + calm_at_most;
  // Somebody mends the configuration; again when the last calls with the wrong one have ended.
  for (int i = 0; i < 2 && sound; ++i) {
    reload_all();
    sound = live_until(clock_.steady + 5min);
  }
  // What comes last may bring something back, so that it has to be waited for again.
  while (sound && !receipts_.empty())
    sound = live_until(receipts_.begin()->first);
  if (sound) sound = work_until(end, true);
  if (sound) check_end();
  note_rows();
  report_.trace = peers_->trace;
  counts_.commits = commits();
  processes_.clear();
  return report_;
}

// ---- faults -------------------------------------------------------------------------------------

void simulation::crash() {
  ++counts_.crashes;
  say("a process crashes");
  auto& process = some_process();
  commits_before_ += process->faults().commits;
  if (process.get() == paused_) paused_ = nullptr;
  process.reset();
  clock_.steady += std::chrono::milliseconds(below(30'000));
  process = started();
}

void simulation::stop() {
  auto& process = some_process();
  if (process->faults().away || is_paused(*process)) return;
  ++counts_.stops;
  say("a process stops in an orderly way");
  process->stop();
  commits_before_ += process->faults().commits;
  process = started();
}

/// For one process: the other one may reach it.
void simulation::begin_outage() {
  ++counts_.outages;
  some_process()->faults().away = true;
  say("the database goes away");
}

void simulation::end_outages() {
  for (const auto& process : processes_)
    process->faults().away = false;
  say("the database is back");
}

void simulation::lose_an_answer() {
  some_process()->faults().lose_answer = [this, left = std::make_shared<int>(1)] {
    if (*left == 0) return false;
    --*left;
    ++counts_.lost_answers;
    return true;
  };
  say("the next commit's answer gets lost");
}

void simulation::kill_an_actor() {
  const auto actors = some_process()->pipeline();
  if (!actors) return;
  const auto plain = [](const auto& actor) { return caf::actor_cast<caf::actor>(actor); };
  std::vector<caf::actor> all{plain(actors->scheduler), plain(actors->archiver),
                              plain(actors->selector),  plain(actors->intake),
                              plain(actors->keeper),    plain(actors->writers.front()),
                              plain(actors->receipts),  plain(actors->retries),
                              plain(actors->retention), plain(actors->readers.front())};
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
  say("a process is paused");
}

/// As when somebody sets the clock, or a machine wakes up. The steady clock goes on.
void simulation::jump_the_clock() {
  ++counts_.clock_jumps;
  const auto most = one_in(2) ? std::chrono::minutes(5) : std::chrono::minutes(longest_jump);
  const std::chrono::seconds by(1 + below(static_cast<std::size_t>(most.count() * 60)));
  const bool forward = one_in(2);
  clock_.epoch += forward ? by : -by;
  peers_->latest_wall = std::max(peers_->latest_wall, clock_.wall());
  say(fmt::format("the wall clock jumps {} s {}", by.count(), forward ? "forward" : "back"));
}

day_report simulate_day(const day_options& options) { return simulation(options).run(); }

}  // namespace postrider::tests
