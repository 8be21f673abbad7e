#include "tests/simulation/simulation.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace postrider::tests {

using namespace std::chrono_literals;

namespace {

constexpr auto day = 24h;
/// How long after the faults everything must have ended: a clock that was put back is waited for.
constexpr auto calm_at_most = 96h;
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
  feed_ = std::make_unique<event_audit>(audit_->ledger());
  idle_ = std::make_unique<idle_rows>(*audit_, clock_);
  peers_ = std::make_unique<simulated_peers>(
      options.seed * 31 + 7, settings_, *audit_, clock_, counts_, [this](planned_receipt receipt) {
        receipts_.emplace(clock_.steady + receipt.after, std::move(receipt));
      });
}

void simulation::choose_settings() {
  if (one_in(5)) kind_ = one_in(2) ? day_kind::quiet : day_kind::slow;
  settings_.messaging.max_retries = static_cast<std::int32_t>(1 + below(4));
  settings_.messaging.retry_delay = 10s + seconds_below(300);
  settings_.messaging.retry_backoff = one_in(2) ? 1.0 : 2.0;
  settings_.messaging.retry_delay_max = one_in(2) ? 10min : 60min;
  settings_.messaging.give_up_after = one_in(2) ? 24h : std::chrono::hours(1 + below(6));
  if (kind_ == day_kind::busy && one_in(5)) settings_.messaging.give_up_after = 0h;
  if (kind_ == day_kind::slow) settings_.messaging.give_up_after = 1h;
  settings_.messaging.failover_delay = one_in(3) ? 2s : 0s;
  settings_.limits.sender_window = static_cast<std::int32_t>(2 + below(30));
  settings_.limits.batch = static_cast<std::int32_t>(1 + below(50));
  settings_.receipts = {"https://postrider.example.org", "the secret of the simulation"};
  two_nodes_ = one_in(5);
  counts_.two_nodes = two_nodes_;
  counts_.quiet = kind_ == day_kind::quiet;
  counts_.slow = kind_ == day_kind::slow;
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
  if (kind_ == day_kind::slow) made.rate.per_second = 0.002;
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

/// Two in three wait for some steps of the actors, most of them for few. What clients do is what
/// makes work, so most of it waits for nothing.
void simulation::plan_event(instant at, event what) {
  const bool at_once = one_in(3) || (what == event::message && !one_in(4));
  plan_.emplace(at, planned_event{what, at_once ? 0 : 1 + below(std::size_t{1} << below(9))});
}

void simulation::plan_many(event what, std::size_t count) {
  constexpr auto length = std::chrono::duration_cast<std::chrono::milliseconds>(day).count();
  for (std::size_t i = 0; i < count; ++i)
    plan_event(clock_.steady + std::chrono::milliseconds(below(length)), what);
}

void simulation::plan() {
  if (kind_ == day_kind::quiet) return plan_quiet();
  if (kind_ == day_kind::slow) return plan_slow();
  plan_many(event::message, options_.messages / 2);
  plan_bursts();
  plan_many(event::mood, 60);
  plan_many(event::user_list, 10);
  plan_many(event::reload, below(8));
  plan_many(event::cancel, 8);
  plan_many(event::retry, 6);
  plan_many(event::settle, 6);
  plan_many(event::stray_receipt, 3);
  plan_many(event::crash, below(6));
  plan_many(event::stop, below(3));
  plan_many(event::actor_death, below(3));
  plan_many(event::answers_get_lost, 3);
  plan_many(event::clock_jump, one_in(2) ? below(4) : 0);
  plan_many(event::outage_begins, below(4));
}

void simulation::plan_quiet() {
  peers_->rules.expect_rounds();
  plan_many(event::message, 4 + below(12));
  plan_many(event::providers_down, 2 + below(3));
  plan_many(event::retry, below(3));
  plan_many(event::crash, below(3));
  plan_many(event::long_stop, below(2));
  plan_many(event::answers_get_lost, below(2));
}

void simulation::plan_slow() {
  const auto at = clock_.steady + seconds_below(3600);
  for (std::size_t i = 0; i < 40; ++i)
    plan_event(at + std::chrono::milliseconds(below(60'000)), event::message);
  plan_many(event::crash, below(3));
  plan_many(event::long_stop, below(2));
}

/// The other half of the messages, so that windows overflow. Faults while there is work are worth
/// more than at other times.
void simulation::plan_bursts() {
  const auto soon = [this](instant at) { return at + std::chrono::milliseconds(below(4000)); };
  for (std::size_t burst = 0; burst < 5; ++burst) {
    const auto at = clock_.steady + seconds_below(24 * 3600);
    for (std::size_t i = 0; i < options_.messages / 10; ++i)
      plan_event(at + std::chrono::milliseconds(below(3000)), event::message);
    plan_event(soon(at), one_in(2) ? event::crash : event::actor_death);
    plan_event(soon(at), event::answers_get_lost);
    for (const auto what : {event::cancel, event::cancel, event::user_list, event::reload})
      plan_event(soon(at), what);
    if (one_in(4)) plan_event(soon(at), event::clock_jump);
    if (two_nodes_ && one_in(2)) plan_event(soon(at), event::pause);
  }
}

void simulation::happen(event what) {
  counts_.in_mid_flow +=
      std::ranges::any_of(processes_, [](const auto& process) { return process->busy(); });
  switch (what) {
    case event::message: return post();
    case event::message_again: return post_again();
    case event::cancel: return cancel();
    case event::retry: return retry_by_hand();
    case event::settle: return settle_by_hand();
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
    case event::providers_down: return take_providers_down();
    case event::providers_back: return peers_->calm();
    case event::long_stop: return long_stop();
  }
}

// ---- a day --------------------------------------------------------------------------------------

std::unique_ptr<virtual_system> simulation::started() {
  const auto number = ++last_process_;
  peers_->rules.on_start(number);
  // While a process was away the other one got no time either.
  peers_->rules.on_trouble(1ms);
  auto process = std::make_unique<virtual_system>(
      settings_, audit_->ledger(), clock_,
      [this, number](const actors::transfer_request& request) {
        return peers_->answer(request, number);
      },
      random_(), polls, !two_nodes_);
  process->faults().on_register = [this, number] { peers_->rules.on_start(number); };
  numbers_[process.get()] = number;
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
    if (process && !is_paused(*process)) process->advance_to(time);
}

/// Lets everybody handle what there is at this moment; events fall in between.
bool simulation::work() {
  while (step()) {
    ++counts_.steps;
    verify();
    if (!report_.violations.empty()) return false;
    count_down();
  }
  for (const auto& text : peers_->violations())
    violation(text);
  return report_.violations.empty();
}

/// One step was done; whatever has waited for it happens, while messages are still on their way.
void simulation::count_down() {
  for (auto& one : armed_)
    --one.steps;
  for (;;) {
    const auto due = std::ranges::find(armed_, std::size_t{0}, &planned_event::steps);
    if (due == armed_.end()) return;
    const auto what = due->what;
    armed_.erase(due);
    happen(what);
  }
}

/// At the end of the day: nothing waits for work that does not come.
void simulation::let_armed_happen() {
  for (const auto& one : std::exchange(armed_, {}))
    happen(one.what);
}

std::optional<simulation::instant> simulation::next_planned() const {
  std::optional<instant> next;
  if (!plan_.empty()) next = plan_.begin()->first;
  if (!receipts_.empty() && (!next || receipts_.begin()->first < *next))
    next = receipts_.begin()->first;
  return next;
}

/// Begins the first event of the plan or the receipts.
void simulation::begin_planned() {
  if (plan_.empty() || (!receipts_.empty() && receipts_.begin()->first <= plan_.begin()->first))
    return send_receipt(std::move(receipts_.extract(receipts_.begin()).mapped()));
  const auto next = plan_.extract(plan_.begin()).mapped();
  if (next.steps == 0) happen(next.what);
  else armed_.push_back(next);
}

/// Until the condition holds when all messages are handled, but not longer than that; false when
/// something is wrong.
bool simulation::live_until(instant end, const std::function<bool()>& over) {
  for (;;) {
    if (!work()) return false;
    if (over()) return true;
    check_idle();
    if (!report_.violations.empty()) return false;
    const auto planned = next_planned();
    const auto next = next_event();
    if (planned && *planned <= end && (!next || *planned <= *next)) {
      advance_to(*planned);
      begin_planned();
    } else if (next && *next < end) {
      advance_to(*next);
    } else {
      advance_to(end);
      return true;
    }
  }
}

/// Until everything that was planned has happened.
bool simulation::live_the_day() {
  do {
    if (!live_until(instant::max(), [this] { return plan_.empty(); })) return false;
    let_armed_happen();
  } while (!plan_.empty());
  return true;
}

/// Without faults, until everything has ended.
bool simulation::calm_down() {
  peers_->calm();
  end_outages();
  const auto end = clock_.steady + calm_at_most;
  // Somebody mends the configuration; again when the last calls with the wrong one have ended. On a
  // quiet day nobody does: providers that are held have to be probed.
  for (int i = 0; i < 2 && kind_ != day_kind::quiet; ++i) {
    reload_all();
    if (!live_until(clock_.steady + 5min, [] { return false; })) return false;
  }
  // The last event may bring something back, so that it has to be waited for again.
  return live_until(end, [this] { return receipts_.empty() && all_ended(); });
}

day_report simulation::run() {
  peers_->latest_wall = clock_.wall();
  for (int i = 0; i < (two_nodes_ ? 2 : 1); ++i)
    processes_.push_back(started());
  plan();
  if (live_the_day() && calm_down()) check_end();
  note_rows();
  report_.trace = peers_->trace;
  counts_.commits = commits();
  processes_.clear();
  return report_;
}

day_report simulate_day(const day_options& options) { return simulation(options).run(); }

}  // namespace postrider::tests
