#pragma once

#include "actors/protocol.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace postrider::actors {

using sender_map = std::map<persistence::provider_id, sender_actor>;
/// The senders are spawned after the actors that report to them, and have their place here before
/// the first message.
using sender_board = std::shared_ptr<const board<sender_map>>;

/// Attempts that have ended, until the ledger has them. Each has a number, because its row may be
/// claimed again before the write is acknowledged. Then the sender has its credit back. When the
/// pipeline was started again without this actor, its attempts go to the new archiver.
class ended_attempts {
 public:
  void set_senders(sender_board senders) { senders_ = std::move(senders); }

  /// Nothing: the attempt went to the new archiver.
  std::optional<std::uint64_t> add(ended_attempt attempt);
  /// Null: handed over, or recorded.
  ended_attempt* find(std::uint64_t number);
  /// Hands the attempt over to its next owner.
  ended_attempt take(std::uint64_t number);
  /// The ledger has the attempts: they are not held any more, and their senders are told. Nothing
  /// when they were handed over meanwhile.
  std::vector<ended_attempt> recorded(const std::vector<std::uint64_t>& numbers);
  void retire(const history_archiver_actor& successor);

  bool retired() const { return successor_.has_value(); }
  std::size_t size() const { return held_.size(); }

 private:
  void forward(ended_attempt attempt) const;

  sender_board senders_;
  std::map<std::uint64_t, ended_attempt> held_;
  std::uint64_t last_number_ = 0;
  std::optional<history_archiver_actor> successor_;
};

}  // namespace postrider::actors
