#pragma once

#include "tests/simulation/event_audit.hpp"
#include "tests/simulation/idle_rows.hpp"
#include "tests/simulation/peers.hpp"

namespace postrider::tests {

/// Events of a virtual day, beside the work of actors and providers.
enum class event {
  message,
  message_again,
  cancel,
  retry,
  settle,
  mood,
  reload,
  outage_begins,
  outage_ends,
  user_list,
  crash,
  stop,
  actor_death,
  pause,
  answers_get_lost,
  clock_jump,
  stray_receipt,
  providers_down,
  providers_back,
  long_stop
};

/// Most days are full of everything. On a quiet one few messages meet providers that are down for
/// hours, or a server that is off for longer than a message waits. On a slow one the providers
/// work, and take longer for their backlog than a message waits for a provider that does not.
enum class day_kind { busy, quiet, slow };

/// One virtual day. day.cpp plans and lives it, day_events.cpp has what clients, people and
/// providers do in it, day_faults.cpp what breaks, day_checks.cpp what must hold.
class simulation {
 public:
  explicit simulation(const day_options& options);
  day_report run();

 private:
  using instant = std::chrono::steady_clock::time_point;
  /// One node makes all changes itself, and is told of them.
  static constexpr actors::poll_intervals polls{.user_lists = std::chrono::minutes(30),
                                                .lanes = std::chrono::minutes(30),
                                                .nodes = std::chrono::minutes(60),
                                                .api_keys = std::chrono::minutes(60),
                                                .key_uses = std::chrono::minutes(60),
                                                .retention = std::chrono::minutes(10),
                                                .endpoints = std::chrono::minutes(30),
                                                .storage = std::chrono::minutes(60),
                                                .provider_states = std::chrono::minutes(10),
                                                .owners = std::chrono::minutes(60)};
  /// The longest jump of the wall clock.
  static constexpr std::chrono::hours longest_jump{3};

  void choose_settings();
  actors::provider_settings provider(const std::string& name);
  void plan();
  void plan_bursts();
  void plan_quiet();
  void plan_slow();
  void plan_event(instant at, event what);
  void plan_many(event what, std::size_t count);
  std::unique_ptr<virtual_system> started();
  /// Where the next one of somebody's calls, or of the faults, goes.
  std::unique_ptr<virtual_system>& some_process() { return processes_[below(processes_.size())]; }
  std::uint64_t commits() const;
  bool is_paused(const virtual_system& process) const {
    return &process == paused_ && clock_.steady < paused_until_;
  }
  bool step();
  std::optional<instant> next_event() const;
  void advance_to(instant time);
  void happen(event what);
  bool work();
  void count_down();
  void let_armed_happen();
  std::optional<instant> next_planned() const;
  void begin_planned();
  bool live_until(instant end, const std::function<bool()>& over);
  bool live_the_day();
  bool calm_down();

  void crash();
  void stop();
  void long_stop();
  void take_providers_down();
  void begin_outage();
  void end_outages();
  void lose_an_answer();
  void kill_an_actor();
  void pause();
  void jump_the_clock();

  void post();
  actors::send_request some_request(std::uint64_t number);
  void on_posted(std::uint64_t number, const actors::result<actors::send_receipt>& answer);
  void post_again();
  void on_answered_again(std::uint64_t number, const actors::send_receipt& answer);
  void cancel();
  void on_cancelled(const actors::cancel_report& report);
  void retry_by_hand();
  void settle_by_hand();
  void settle_recipients(const actors::message_info& message);
  actors::retry_request some_retry();
  void replace_user_list();
  void reload();
  void read_again(virtual_system& process);
  void reload_all();
  void send_receipt(planned_receipt receipt);
  void on_receipt(planned_receipt receipt, const actors::result<actors::receipt_answer>& answer);
  void send_stray_receipt();

  void on_commit(const persistence::ledger_batch& batch, const persistence::batch_result& results);
  void check_patience(const audited_row& row, const persistence::transition& what);
  void note_attempt(const persistence::transition& what,
                    const persistence::transition_result& result);
  void verify();
  void check_deleted();
  void read_feed();
  void check_idle();
  bool all_ended();
  void check_end();
  void check_recipient(const std::string& reference, const std::vector<audited_row>& rows);
  void check_copies(const std::string& reference, const std::vector<audited_row>& rows,
                    bool success);
  void check_reports();
  void note_rows();

  void violation(std::string text);
  void say(const std::string& text);
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  std::chrono::seconds seconds_below(std::size_t limit) {
    return std::chrono::seconds(below(limit));
  }

  day_options options_;
  day_report report_;
  day_counts& counts_ = report_.counts;
  std::mt19937_64 random_;
  virtual_clock clock_;
  actors::delivery_settings settings_;
  /// Providers that a configuration can have; `settings_` has those of now.
  std::vector<actors::provider_settings> providers_;
  bool two_nodes_ = false;
  day_kind kind_ = day_kind::busy;
  /// How often a chain waited again although its patience was over and nobody took anything.
  std::map<persistence::transaction_id, int> overdue_waits_;
  std::unique_ptr<ledger_audit> audit_;
  std::unique_ptr<event_audit> feed_;
  std::unique_ptr<idle_rows> idle_;
  std::unique_ptr<simulated_peers> peers_;
  /// One, or on some days two on one database.
  std::vector<std::unique_ptr<virtual_system>> processes_;
  /// All processes that ever were have their number.
  std::map<const virtual_system*, int> numbers_;
  int last_process_ = 0;
  /// Gets no time until then.
  const virtual_system* paused_ = nullptr;
  instant paused_until_;
  /// The wall clock was set at this moment, and had this time before.
  std::optional<instant> jumped_at_;
  persistence::time_point wall_before_jump_{};
  struct planned_event {
    event what{};
    /// Steps of the actors, from its time on; 0: when they have handled everything.
    std::size_t steps = 0;
  };
  std::multimap<instant, planned_event> plan_;
  /// Those whose time has come, and which wait for their steps.
  std::vector<planned_event> armed_;
  std::multimap<instant, planned_receipt> receipts_;
  std::vector<persistence::message_id> accepted_;
  /// A post with an idempotency key.
  struct keyed_post {
    actors::send_request request;
    persistence::time_point posted_at{};
    bool posted_again = false;
    /// The first one that said it was accepted.
    std::optional<actors::send_receipt> answer;
  };
  std::map<std::uint64_t, keyed_post> keyed_;
  /// Transactions of which a commit of "accepted" was tried and answered, whatever it found.
  std::set<persistence::transaction_id> reported_accepted_;
  /// Receipts that the ledger said it stored.
  std::map<persistence::transaction_id, persistence::receipt> stored_receipts_;
  std::uint64_t verified_commits_ = 0, commits_before_ = 0;
};

}  // namespace postrider::tests
