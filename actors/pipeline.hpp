#pragma once

#include "actors/history_archiver.hpp"
#include "actors/protocol.hpp"

#include <mutex>

namespace postrider::actors {

/// The actors of one start of the pipeline.
struct pipeline {
  persistence::node_id node = 0;
  directory_ptr directory;
  std::vector<ledger_writer_actor> writers;
  std::vector<ledger_reader_actor> readers;
  node_keeper_actor keeper;
  history_archiver_actor archiver;
  retention_keeper_actor retention;
  provider_selector_actor selector;
  retry_scheduler_actor scheduler;
  receipt_collector_actor receipts;
  retry_desk_actor retries;
  message_intake_actor intake;
  inspector_actor inspector;
  std::shared_ptr<sender_map> senders = std::make_shared<sender_map>();
};
using pipeline_ptr = std::shared_ptr<const pipeline>;

/// Where the gateway finds the pipeline that runs now; null while there is none.
class pipeline_board {
 public:
  pipeline_ptr get() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }
  void set(pipeline_ptr next) {
    const std::lock_guard lock(mutex_);
    current_.swap(next);
  }

 private:
  mutable std::mutex mutex_;
  pipeline_ptr current_;
};
using board_ptr = std::shared_ptr<pipeline_board>;

}  // namespace postrider::actors
