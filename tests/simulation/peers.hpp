#pragma once

#include "tests/simulation/call_rules.hpp"
#include "tests/simulation/day.hpp"
#include "tests/simulation/ledger_audit.hpp"
#include "tests/support/scripted_engine.hpp"
#include "tests/support/virtual_system.hpp"

#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace postrider::tests {

/// The state of a simulated provider at the moment.
enum class peer_mood { healthy, down, lossy, throttling, rejecting, slow, misconfigured };

/// One "message id/recipient": what the providers have of it, and who may still see it.
struct delivery_record {
  struct copy {
    persistence::transaction_id id = 0;
    /// False: its sender was not told.
    bool answered = false;
  };
  std::vector<copy> copies;
  /// A cancel was answered with success: no call may follow.
  bool cancelled = false;
};

/// The receipt of a provider for a message that it took.
struct planned_receipt {
  std::string provider;
  std::chrono::nanoseconds after{0};
  /// An event of signal-cli's stream; empty: a call of the receipt URL.
  std::string event;
  std::string token, type;
  int tries = 0;
};

/// The providers' side of the simulation: two signal-cli daemons and a Kannel that answer by mood
/// and chance, remember what they really accepted, and check at each call what must hold then
/// (invariants 6, 7 and 8).
class simulated_peers {
 public:
  static constexpr const char* kannel = "gamma";
  struct posted_message {
    /// "message 17"; a recipient's number ends with the number of its message.
    std::string text;
    persistence::time_point send_at{};
    bool refused = false;
  };

  simulated_peers(std::uint64_t seed, const actors::delivery_settings& settings,
                  ledger_audit& audit, const virtual_clock& clock, day_counts& counts,
                  std::function<void(planned_receipt)> later);

  scripted_engine::answer answer(const actors::transfer_request& request, int process);
  void change_mood(std::mt19937_64& random);
  void calm();
  /// So many of them, for as long as nobody calms them; they are away, or refuse their settings.
  void take_down(std::mt19937_64& random, std::size_t count);
  /// True when no provider has taken anything for so long.
  bool all_down_for(std::chrono::nanoseconds time) const;
  /// A commit brought the transaction back to pending: it may be begun again.
  void on_pending_again(persistence::transaction_id id) { called_.erase(id); }
  static std::string account_of(const std::string& provider);

  const std::vector<std::string>& violations() const { return violations_; }
  std::map<std::string, delivery_record> deliveries;
  /// By its number.
  std::map<std::uint64_t, posted_message> posted;
  call_rules rules;
  /// No clock of ours was ever later than this.
  persistence::time_point latest_wall{};

  /// A hash of everything that happened, in order.
  std::uint64_t trace = 14695981039346656037ULL;
  void note(std::string_view event);

 private:
  struct call {
    std::string provider, reference, text, number;
    /// The request body of signal-cli, or the token of Kannel's receipt URL.
    std::string body, token;
    persistence::transaction_id id = 0;
    audited_row row;
    int process = 0;
    /// The meaning of the provider's answer.
    call_answer said{};
  };

  call read(const actors::transfer_request& request);
  void check(call& made);
  void check_content(const call& made);
  void check_copies(const call& made, const std::vector<audited_row>& rows,
                    const audited_row& processing);
  void violation(std::string text) { violations_.push_back(std::move(text)); }
  scripted_engine::answer decide(call& made);
  scripted_engine::answer lose(call& made, std::chrono::nanoseconds latency);
  /// The provider takes it; the reply says so.
  actors::transfer_result accept(const call& made, std::chrono::nanoseconds latency, bool answered);
  actors::transfer_result reject(call& made);
  actors::transfer_result refuse(call& made);
  actors::transfer_result throttle(call& made);
  void count_copy(const call& made, const delivery_record& before);
  void plan_receipts(const call& made, std::chrono::nanoseconds latency, std::int64_t timestamp);
  bool chance(double share) { return std::uniform_real_distribution<>(0, 1)(random_) < share; }

  std::mt19937_64 random_;
  ledger_audit& audit_;
  const virtual_clock& clock_;
  day_counts& counts_;
  std::function<void(planned_receipt)> later_;
  std::map<std::string, peer_mood> moods_;
  /// Since when all of them take nothing.
  std::optional<std::chrono::steady_clock::time_point> all_down_since_;
  /// Transactions that were called since they were pending.
  std::set<persistence::transaction_id> called_;
  std::set<std::int64_t> timestamps_;
  std::vector<std::string> violations_;
};

}  // namespace postrider::tests
