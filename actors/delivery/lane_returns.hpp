#pragma once

#include "actors/protocol.hpp"

#include <functional>

namespace postrider::actors {

/// The actors that a sender works with.
struct sender_links {
  provider_ptr provider;
  std::shared_ptr<const node_lease> lease;
  ledger_writer_actor writer;
  provider_selector_actor selector;
  dispatcher_actor dispatcher;
  retry_scheduler_actor scheduler;
  history_archiver_actor archiver;
  receipt_collector_actor receipts;
};

/// How a sender returns to the ledger and the dispatcher what it does not deliver: rows to their
/// lanes, and room to the provider's window.
class lane_returns {
 public:
  lane_returns(sender_actor::pointer self, const sender_links& links, const environment& settings)
      : self_(self), links_(links), environment_(settings) {}

  /// Rows that were not begun go back to their lanes. `due_in`: when the first of them is due.
  void give_back(std::vector<persistence::release> rows, std::chrono::milliseconds due_in = {});
  /// A row that was begun and not called goes back to its lane; `then` is called when it is there.
  void release(persistence::transaction_id id, std::chrono::milliseconds pause,
               std::function<void()> then);
  void free_room(std::int32_t count);
  /// Rows wait in the provider's lanes, or they will then. The dispatcher looks into them once in
  /// `polls.lanes`.
  void wake_in(std::chrono::milliseconds delay);

 private:
  sender_actor::pointer self_;
  const sender_links& links_;
  const environment& environment_;
};

}  // namespace postrider::actors
