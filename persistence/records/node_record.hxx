#pragma once

#include "persistence/records/model_version.hxx"

#include <odb/core.hxx>
#include <odb/nullable.hxx>

#include <cstdint>
#include <string>

// The nodes that work on the ledger, and the ledger's own bookkeeping.
namespace postrider {
namespace persistence {

// A process and its lease. `alive` decides who may write, not the lease's end: only a take over
// fences a node.
#pragma db object table("node")
struct node_record {
#pragma db id
  std::int64_t id = 0;
#pragma db type("VARCHAR(64)")
  std::string boot;
#pragma db type("VARCHAR(64)")
  std::string pid_namespace;
  std::int64_t pid = 0;
  std::int64_t started = 0;
#pragma db type("VARCHAR(255)")
  std::string host;
  bool alive = true;
  // By the database's clock.
  std::int64_t lease_until = 0;
// The writer sessions that it began (since version 5). A session that begins and a take over both
// change this row, so one of them sees the other, wherever they commit.
#pragma db default(0)
  std::int64_t sessions = 0;
};

// Counters: the first number that is not given out yet.
#pragma db object table("id_block")
struct id_block_record {
#pragma db id type("VARCHAR(64)")
  std::string name;
  std::int64_t next_id = 1;
};

// The last batch that each writer session committed. It tells a session whose COMMIT was not
// answered whether that batch is in. A take over changes all markers of its node: it and a batch of
// that node always write the same row.
#pragma db object table("batch_marker")
struct batch_marker_record {
#pragma db id
  std::int64_t session = 0;
  std::int64_t batch = 0;
  std::int64_t updated_at = 0;
  // The node (since version 5). Null: it was taken over, or there was none yet.
  odb::nullable<std::int64_t> node;
#pragma db index("marker_by_node") member(node)
  // All events of the session are ordered at this time or later (since version 7). It grows with
  // the session's number. Null: a release before began it.
  odb::nullable<std::int64_t> began;
};

// How far retention has come, one row for each thing that it does (since version 3): everything in
// history that was completed before this place has been looked at.
#pragma db object table("retention_progress")
struct retention_progress_record {
#pragma db id type("VARCHAR(64)")
  std::string name;
  std::int64_t completed_at = 0;
  std::int64_t transaction_id = 0;
};

}  // namespace persistence
}  // namespace postrider
