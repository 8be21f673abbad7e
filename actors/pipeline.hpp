#pragma once

#include "actors/delivery/history_archiver.hpp"
#include "actors/protocol.hpp"

namespace postrider::actors {

/// The actors of one start of the pipeline.
struct pipeline {
  persistence::node_id node = 0;
  supervisor_actor supervisor;
  std::shared_ptr<board<provider_directory>> directory =
      std::make_shared<board<provider_directory>>();
  std::vector<ledger_writer_actor> writers;
  std::vector<ledger_reader_actor> readers;
  node_keeper_actor keeper;
  /// Null on a database that one process has for itself.
  takeover_desk_actor takeovers;
  history_archiver_actor archiver;
  event_feed_actor feed;
  endpoint_desk_actor endpoints;
  retention_keeper_actor retention;
  key_keeper_actor keys;
  provider_watcher_actor watcher;
  provider_selector_actor selector;
  dispatcher_actor dispatcher;
  retry_scheduler_actor scheduler;
  receipt_collector_actor receipts;
  retry_desk_actor retries;
  message_intake_actor intake;
  inspector_actor inspector;
  std::shared_ptr<board<sender_map>> senders = std::make_shared<board<sender_map>>();
};
using pipeline_ptr = std::shared_ptr<const pipeline>;

/// Where the gateway finds the pipeline that runs now; null while there is none.
using pipeline_board = board<pipeline>;
using board_ptr = std::shared_ptr<pipeline_board>;

}  // namespace postrider::actors
