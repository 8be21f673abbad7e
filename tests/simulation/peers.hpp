#pragma once

#include "tests/support/scripted_engine.hpp"
#include "tests/support/virtual_system.hpp"

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace postrider::tests {

/// What a simulated provider does at the moment.
enum class peer_mood { healthy, down, lossy, throttling, rejecting, slow, misconfigured };

/// The providers' side of the simulation: answers by mood and chance, remembers what was really
/// accepted, and checks at each call what must hold then (invariants 6, 7 and 8).
class simulated_peers {
 public:
  simulated_peers(std::uint64_t seed, persistence::ledger_database& ledger,
                  const virtual_clock& clock, std::vector<std::string> names);

  scripted_engine::answer answer(const actors::transfer_request& request);
  void change_mood(std::mt19937_64& random);
  void calm();

  /// Copies that a provider accepted, by "message id/recipient".
  const std::map<std::string, int>& accepted() const { return accepted_; }
  const std::vector<std::string>& violations() const { return violations_; }
  /// Texts that were surely refused: no provider may ever see them.
  std::set<std::string> refused_texts;

  std::uint64_t calls = 0, duplicates = 0;
  /// Of everything that happened, in order.
  std::uint64_t trace = 14695981039346656037ULL;
  void note(std::string_view event);

 private:
  void check_call(const std::string& reference, const std::string& text);
  scripted_engine::answer decide(peer_mood mood, const std::string& body,
                                 const std::string& reference, persistence::transaction_id id);

  std::mt19937_64 random_;
  std::unique_ptr<persistence::ledger_queries> queries_;
  const virtual_clock& clock_;
  std::map<std::string, peer_mood> moods_;
  std::map<std::string, int> accepted_;
  /// Transactions that were called and not throttled since.
  std::set<persistence::transaction_id> called_;
  persistence::transaction_id current_ = 0;
  std::vector<std::string> violations_;
};

}  // namespace postrider::tests
