#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace postrider::actors {

/// Whether a change may still be committed. The caller withdraws it when its time is up, the writer
/// takes it right before the commit; only one of them succeeds. Thread-safe.
class commit_permit {
 public:
  /// By the writer: true when the caller did not withdraw. May be called again.
  bool take() { return move_to(state::taken); }
  /// By the writer, when the commit is not sent after all.
  void put_back() { state_.store(state::open); }
  /// By the caller: true when the change will never be committed.
  bool withdraw() { return move_to(state::withdrawn); }
  bool withdrawn() const { return state_.load() == state::withdrawn; }

 private:
  enum class state : std::uint8_t { open, taken, withdrawn };

  bool move_to(state wanted) {
    auto found = state::open;
    return state_.compare_exchange_strong(found, wanted) || found == wanted;
  }

  std::atomic<state> state_{state::open};
};
using commit_permit_ptr = std::shared_ptr<commit_permit>;

}  // namespace postrider::actors
