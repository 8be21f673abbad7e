#include "tests/simulation/day.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace postrider::tests {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr auto day = 24h;
/// How long after the faults everything must have ended: the longest chain is max_retries times the
/// delay of a misconfigured provider's circuit.
constexpr auto calm_at_most = 72h;
constexpr std::size_t max_violations = 5;

enum class event {
  message,
  mood,
  outage_begins,
  outage_ends,
  user_list,
  crash,
  stop,
  actor_death,
  answers_get_lost,
  retry_now
};

class simulation {
 public:
  explicit simulation(const day_options& options);
  day_report run();

 private:
  void plan();
  void plan_many(event what, std::size_t count);
  void start();
  void happen(event what);
  void post();
  void replace_user_list();
  void kill_an_actor();
  void crash();
  bool work_until(std::chrono::steady_clock::time_point end, bool stop_when_idle);
  void verify();
  bool all_ended();
  void check_end();
  void check_recipient(const std::string& reference,
                       const std::vector<const persistence::found_transaction*>& chain);
  void violation(std::string text);
  void say(const std::string& text);
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }

  day_options options_;
  day_report report_;
  std::mt19937_64 random_;
  virtual_clock clock_;
  actors::delivery_settings settings_;
  std::unique_ptr<persistence::ledger_database> ledger_;
  std::unique_ptr<persistence::ledger_queries> queries_;
  std::unique_ptr<simulated_peers> peers_;
  std::unique_ptr<virtual_system> process_;
  std::multimap<std::chrono::steady_clock::time_point, event> plan_;
  std::vector<persistence::message_id> accepted_;
  std::uint64_t verified_commits_ = 0, commits_before_ = 0;
  bool calm_ = false;
};

simulation::simulation(const day_options& options) : options_(options), random_(options.seed) {
  report_.seed = options.seed;
  settings_.messaging.max_retries = static_cast<std::int32_t>(1 + below(4));
  settings_.messaging.retry_delay = std::chrono::seconds(10 + below(300));
  settings_.messaging.retry_backoff = below(2) == 0 ? 1.0 : 2.0;
  settings_.messaging.failover_delay = below(3) == 0 ? 2s : 0s;
  settings_.limits.sender_window = static_cast<std::int32_t>(2 + below(30));
  settings_.limits.batch = static_cast<std::int32_t>(1 + below(50));
  std::vector<std::string> names{"alpha", "beta", "gamma"};
  for (const auto& name : names) {
    actors::provider_settings provider;
    provider.name = name;
    provider.type = "signal";
    provider.priority = static_cast<std::int32_t>(1 + below(3));
    provider.timeout = 30s;
    provider.max_in_flight = static_cast<std::int32_t>(1 + below(5));
    provider.on_unknown =
        below(3) == 0 ? persistence::on_unknown::hold : persistence::on_unknown::retry;
    provider.circuit.open_for = std::chrono::seconds(5 + below(60));
    if (below(4) == 0) provider.rate.per_second = 0.5;
    provider.keys = {{"url", "http://" + name + ".test"}, {"account", "+15550001111"}};
    settings_.providers.push_back(std::move(provider));
  }
  persistence::database_settings database;
  database.url = "sqlite::memory:";
  database.clock = [this] { return clock_.wall(); };
  ledger_ = std::move(*persistence::open_database(std::move(database)));
  if (!ledger_->migrate()) violation("the schema cannot be made");
  queries_ = ledger_->open_queries();
  peers_ =
      std::make_unique<simulated_peers>(options.seed * 31 + 7, *ledger_, clock_, std::move(names));
}

void simulation::plan_many(event what, std::size_t count) {
  const auto seconds = std::chrono::duration_cast<std::chrono::milliseconds>(day).count();
  for (std::size_t i = 0; i < count; ++i)
    plan_.emplace(
        clock_.steady + std::chrono::milliseconds(random_() % static_cast<std::uint64_t>(seconds)),
        what);
}

void simulation::plan() {
  plan_many(event::message, options_.messages / 2);
  // The other half comes in bursts, so that windows overflow.
  for (std::size_t burst = 0; burst < 5; ++burst) {
    const auto at = clock_.steady + std::chrono::seconds(below(24 * 3600));
    for (std::size_t i = 0; i < options_.messages / 10; ++i)
      plan_.emplace(at + std::chrono::milliseconds(below(3000)), event::message);
    // Faults while there is work are worth more than at other times.
    plan_.emplace(at + std::chrono::milliseconds(below(4000)),
                  below(2) == 0 ? event::crash : event::actor_death);
    plan_.emplace(at + std::chrono::milliseconds(below(4000)), event::answers_get_lost);
  }
  plan_many(event::mood, 60);
  plan_many(event::user_list, 10);
  plan_many(event::crash, below(6));
  plan_many(event::stop, below(3));
  plan_many(event::actor_death, below(3));
  plan_many(event::answers_get_lost, 3);
  plan_many(event::retry_now, 3);
  for (std::size_t i = below(4); i > 0; --i) {
    const auto at = clock_.steady + std::chrono::seconds(below(24 * 3600));
    plan_.emplace(at, event::outage_begins);
    plan_.emplace(at + std::chrono::seconds(1 + below(120)), event::outage_ends);
  }
}

void simulation::say(const std::string& text) {
  peers_->note(text);
  if (options_.trace)
    fmt::print("{:>14.3f} s  {}\n",
               std::chrono::duration<double>(clock_.steady.time_since_epoch()).count(), text);
}

void simulation::violation(std::string text) {
  if (options_.trace) fmt::print("VIOLATION: {}\n", text);
  report_.violations.push_back(std::move(text));
}

void simulation::start() {
  process_ = std::make_unique<virtual_system>(
      settings_, *ledger_, clock_,
      [this](const actors::transfer_request& request) { return peers_->answer(request); },
      random_());
  say("a process starts");
}

void simulation::crash() {
  ++report_.crashes;
  say("the process crashes");
  commits_before_ += process_->faults().commits;
  process_.reset();
  clock_.steady += std::chrono::milliseconds(random_() % 30'000);
  start();
}

void simulation::happen(event what) {
  auto& faults = process_->faults();
  switch (what) {
    case event::message: return post();
    case event::mood: return peers_->change_mood(random_);
    case event::user_list: return replace_user_list();
    case event::crash: return crash();
    case event::actor_death: return kill_an_actor();
    case event::outage_begins:
      ++report_.outages;
      faults.away = true;
      return say("the database goes away");
    case event::outage_ends: faults.away = false; return say("the database is back");
    case event::answers_get_lost: {
      auto left = std::make_shared<int>(1);
      faults.lose_answer = [this, left] {
        if (*left == 0) return false;
        --*left;
        ++report_.lost_answers;
        return true;
      };
      return say("the next commit's answer gets lost");
    }
    case event::retry_now: return process_->gateway().retry({}, [](auto) {});
    case event::stop:
      if (faults.away) return;
      ++report_.stops;
      say("the process stops in an orderly way");
      process_->stop();
      commits_before_ += faults.commits;
      return start();
  }
}

void simulation::post() {
  const auto number = report_.posted++;
  actors::send_request request;
  request.user = static_cast<persistence::user_id>(1 + below(5));
  request.text = fmt::format("message {}", number);
  request.recipients.emplace();
  for (std::size_t i = 0, count = 1 + (below(5) == 0 ? below(4) : 0); i < count; ++i)
    request.recipients->push_back({fmt::format("+1555{:03}{:04}", i, number), {}, {}, {}});
  request.priority = persistence::all_priorities[below(3)];
  if (below(10) == 0) request.expires_at = clock_.wall() + std::chrono::seconds(1 + below(3600));
  if (below(10) == 0) request.send_at = clock_.wall() + std::chrono::seconds(1 + below(1000));
  if (request.expires_at && request.send_at) request.expires_at = *request.send_at + 1h;
  const auto text = request.text;
  process_->gateway().send(std::move(request), text,
                           [this, text](const actors::result<actors::send_receipt>& answer) {
                             if (answer) {
                               ++report_.accepted;
                               accepted_.push_back(answer->message);
                               return;
                             }
                             if (answer.error().code == actors::service_errc::timeout) {
                               ++report_.in_doubt;
                               return;
                             }
                             ++report_.refused;
                             peers_->refused_texts.insert(text);
                           });
}

void simulation::replace_user_list() {
  std::vector<actors::user_provider_line> list;
  std::vector<std::string> names{"alpha", "beta", "gamma"};
  std::shuffle(names.begin(), names.end(), random_);
  const auto count = 1 + below(3);
  for (std::size_t i = 0; i < count; ++i)
    list.push_back({names[i], static_cast<std::int32_t>(i + 1), below(6) != 0, ""});
  process_->gateway().put_user_providers(static_cast<persistence::user_id>(1 + below(5)),
                                         std::move(list), [](auto) {});
}

void simulation::kill_an_actor() {
  const auto actors = process_->pipeline();
  if (!actors) return;
  std::vector<caf::actor> all{caf::actor_cast<caf::actor>(actors->scheduler),
                              caf::actor_cast<caf::actor>(actors->archiver),
                              caf::actor_cast<caf::actor>(actors->selector),
                              caf::actor_cast<caf::actor>(actors->intake),
                              caf::actor_cast<caf::actor>(actors->keeper),
                              caf::actor_cast<caf::actor>(actors->writers.front())};
  const auto senders = actors->senders->get();
  for (const auto& [id, sender] : *senders)
    all.push_back(caf::actor_cast<caf::actor>(sender));
  const auto victim = below(all.size());
  ++report_.actor_deaths;
  say(fmt::format("actor {} dies", victim));
  caf::anon_send_exit(all[victim], caf::exit_reason::unhandled_exception);
}

void simulation::verify() {
  const auto commits = commits_before_ + process_->faults().commits;
  if (commits == verified_commits_) return;
  verified_commits_ = commits;
  ++report_.verifications;
  const auto broken = queries_->verify(max_violations);
  if (!broken) return violation("the ledger cannot be verified: " + broken.error().message);
  for (const auto& found : *broken)
    violation(fmt::format("invariant {}: {}", found.invariant, found.detail));
}

bool simulation::work_until(std::chrono::steady_clock::time_point end, bool stop_when_idle) {
  const auto choose = [this](std::size_t count) { return below(count); };
  for (;;) {
    while (process_->step(choose)) {
      ++report_.steps;
      verify();
      if (!report_.violations.empty()) return false;
    }
    for (const auto& text : peers_->violations())
      violation(text);
    if (!report_.violations.empty()) return false;
    if (stop_when_idle && all_ended()) return true;
    const auto next = process_->next_event();
    if (!next || *next >= end) break;
    process_->advance_to(*next);
  }
  process_->advance_to(end);
  return true;
}

day_report simulation::run() {
  start();
  plan();
  while (!plan_.empty() && report_.violations.empty()) {
    const auto next = plan_.extract(plan_.begin());
    if (!work_until(std::max(next.key(), clock_.steady), false)) break;
    happen(next.mapped());
  }
  calm_ = true;
  peers_->calm();
  process_->faults().away = false;
  if (report_.violations.empty()) work_until(clock_.steady + calm_at_most, true);
  if (report_.violations.empty()) check_end();
  report_.trace = peers_->trace;
  report_.calls = peers_->calls;
  report_.duplicates = peers_->duplicates;
  report_.commits = commits_before_ + process_->faults().commits;
  process_.reset();
  return report_;
}

bool simulation::all_ended() {
  const auto rows = queries_->count_rows(1);
  return rows && rows->pending + rows->processing + rows->failed == 0 &&
         process_->calls_in_flight() == 0;
}

void simulation::check_end() {
  if (!all_ended()) violation("something is still under way long after the faults ended");
  for (const auto& id : accepted_) {
    const auto found = queries_->find_message(id);
    if (!found || !*found) {
      violation("an accepted message was lost: " + to_string(id));
      continue;
    }
    for (std::size_t no = 0; no < (*found)->message.recipients.size(); ++no) {
      std::vector<const persistence::found_transaction*> chain;
      for (const auto& row : (*found)->transactions)
        if (row.transaction.recipient_no == static_cast<std::int32_t>(no)) chain.push_back(&row);
      check_recipient(to_string(id) + "/" + std::to_string(no), chain);
    }
  }
}

/// Delivered means that a provider has it; failed means that none has it, or that nobody can know.
void simulation::check_recipient(const std::string& reference,
                                 const std::vector<const persistence::found_transaction*>& chain) {
  bool success = false, unknown = false;
  for (const auto* row : chain) {
    success |= row->transaction.status == persistence::transaction_status::success;
    unknown |= row->transaction.error == persistence::error_code::outcome_unknown;
  }
  const auto copies = peers_->accepted().find(reference);
  const bool really = copies != peers_->accepted().end() && copies->second > 0;
  (success ? report_.delivered : report_.failed) += 1;
  if (success && !really) violation("recorded as delivered, but no provider has it: " + reference);
  if (success || !really || unknown) return;
  std::string text;
  for (const auto* row : chain) {
    const auto& t = row->transaction;
    text += fmt::format(
        "; {} {} {} '{}' retry {} superseded by {} completed {}", t.id, to_string(t.status),
        to_string(t.error), t.error_message, t.retry_count, t.superseded_by,
        t.completed_at
            ? t.completed_at->time_since_epoch().count() - clock_.epoch.time_since_epoch().count()
            : 0);
  }
  violation("a provider has it, but it is recorded as failed: " + reference + text);
}

}  // namespace

day_report simulate_day(const day_options& options) { return simulation(options).run(); }

}  // namespace postrider::tests
