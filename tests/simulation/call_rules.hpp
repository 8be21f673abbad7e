#pragma once

#include "actors/providers/driver.hpp"
#include "actors/settings.hpp"
#include "persistence/transitions.hpp"
#include "tests/simulation/ledger_audit.hpp"
#include "tests/support/virtual_system.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace postrider::tests {

/// The answer to a call, as its sender has to read it.
struct call_answer {
  actors::outcome_kind kind = actors::outcome_kind::accepted;
  /// throttled: for how long.
  std::chrono::milliseconds pause{0};
  std::chrono::nanoseconds after{0};
  /// misconfigured: because of the credentials.
  bool credentials = false;
};

/// When a provider may be called: not again in a chain that it rejected, not before the chain's
/// next attempt is due or before the time that it named, not during a pause that it asked for, and
/// not while its circuit is open, but for one probe at a time. A provider that refuses its settings
/// is probed after five minutes, credentials after thirty, then at doubled distances up to six
/// hours. It goes by what the providers answered, and knows nothing of what the actors remember;
/// where they may rightly know less (a new process, a new configuration), or began before they
/// knew, it demands nothing.
class call_rules {
 public:
  using instant = std::chrono::steady_clock::time_point;

  call_rules(const actors::messaging_settings& messaging, const virtual_clock& clock)
      : messaging_(messaging), clock_(clock) {}
  void add(const actors::provider_settings& provider) {
    circuits_[provider.name] = provider.circuit;
  }

  /// Asked at each call; `rows` are those of its recipient, `row` its own. Answers what is wrong.
  std::vector<std::string> check(int process, const std::string& provider, const audited_row& row,
                                 const std::vector<audited_row>& rows);
  /// Told what the call gets.
  void on_answer(int process, const std::string& provider, const audited_row& row,
                 const call_answer& answer);

  /// The actors of this process start anew, and remember nothing.
  void on_start(int process) {
    lines_[process] = known_process{};
    lines_[process].started = clock_.steady;
  }
  /// From the first until the second, its senders may forget at any moment.
  void on_reload(int process) { lines_[process].blind = true; }
  void on_reloaded(int process);
  /// In the database, by whichever process: all of them get to know it.
  void on_providers_changed();
  /// The process acts and learns late from now on.
  void on_pause(int process) { lines_[process].blind = true; }
  /// The database is not what it should be, for so long: what was begun before may be called late.
  void on_trouble(std::chrono::nanoseconds time) { slow_until_ = clock_.steady + time; }
  /// The configuration and the users' lists do not change: rounds can be foreseen.
  void expect_rounds() { rounds_ = true; }
  void on_clock_jump() { jumped_ = clock_.steady; }
  /// A person did not want to wait.
  void on_hastened(persistence::transaction_id id) {
    hastened_.insert(id);
    waits_.erase(id);
  }
  /// A failure was stored, with the moment at which it comes again.
  void on_failed(persistence::transaction_id id, persistence::time_point due) { due_[id] = due; }
  /// The end of an attempt was stored; `row` is its transaction after that.
  void on_recorded(const audited_row& row, const persistence::attempt_result& result);
  /// The transaction went back to pending, and waits.
  void on_waits(const persistence::wait_again& step);

 private:
  struct answered_call {
    instant called, at;
    call_answer answer;
    /// It began before what the sender may have forgotten: its outcome counts or does not.
    bool may_not_count = false;
    std::string provider;
    int process = 0;
    /// When the chain's attempt before at this provider ended, if that was not sent.
    std::optional<instant> refused_before;
  };
  /// The last answer of one provider to a chain.
  struct chain_answer {
    persistence::error_code error = persistence::error_code::none;
    instant at;
    persistence::time_point not_before{};
    int process = 0;
  };
  static std::string chain_of(const audited_row& row);
  /// One sender's view of its provider.
  struct line {
    /// Otherwise the sender may know more of its circuit.
    bool is_known = true;
    std::vector<answered_call> coming;
    instant paused_from, paused_until;
    int failures = 0;
    std::optional<instant> opened_at, open_until;
    /// How long its last refusal of credentials or settings holds it; 0: it is not held.
    std::chrono::nanoseconds hold{0};
    bool credentials = false;
    /// When a refusal came that may not count; until a later call is accepted.
    std::optional<instant> may_be_held_since;
    instant accepted_at, closed_at;
  };
  struct known_process {
    bool blind = false;
    instant started;
    /// Its calls until then are not looked at.
    instant since;
    std::map<std::string, line> providers;
  };

  static void forget(known_process& known, instant until);
  void check_chain(const std::string& provider, const audited_row& row,
                   const std::vector<audited_row>& rows);
  void check_wait(const std::string& provider, const audited_row& row);
  void check_round(int process, const std::string& provider, const audited_row& row,
                   const std::vector<audited_row>& rows);
  static bool may_have_been_down(const line& seen, instant since);
  bool moved_elsewhere(int process, const std::string& provider, const audited_row& row,
                       instant since);
  void check_copies(const audited_row& row, const std::vector<audited_row>& rows);
  void check_delay(const audited_row& before);
  void check_line(const std::string& provider, const line& seen);
  void learn(const std::string& provider, line& seen);
  void learn(const std::string& provider, line& seen, const answered_call& one);
  std::chrono::milliseconds open_for(const std::string& provider) const {
    return std::max<std::chrono::milliseconds>(circuits_.at(provider).open_for,
                                               std::chrono::seconds(1));
  }
  bool held(const line& seen) const { return seen.hold.count() > 0; }
  static std::chrono::minutes first_hold(const line& seen) {
    return std::chrono::minutes(seen.credentials ? 30 : 5);
  }
  bool is_probe(const line& seen, instant called) const {
    return seen.open_until && called >= *seen.open_until;
  }
  void wrong(std::string text) { wrong_.push_back(std::move(text)); }

  const actors::messaging_settings& messaging_;
  const virtual_clock& clock_;
  std::map<std::string, actors::circuit_settings> circuits_;
  std::map<int, known_process> lines_;
  /// The last call of each transaction.
  std::map<persistence::transaction_id, answered_call> calls_;
  std::set<persistence::transaction_id> hastened_;
  /// Failures that wait for their retry.
  std::map<persistence::transaction_id, persistence::time_point> due_;
  /// Transactions that wait for their next attempt.
  std::map<persistence::transaction_id, persistence::wait_again> waits_;
  /// By chain and provider.
  std::map<std::string, std::map<std::string, chain_answer>> chains_;
  bool rounds_ = false;
  std::optional<instant> jumped_;
  instant slow_until_;
  std::vector<std::string> wrong_;
};

}  // namespace postrider::tests
