#pragma once

#include "persistence/apply/event_recorder.hpp"
#include "persistence/sql/ledger_context.hpp"

namespace postrider::persistence {

/// The writing side over either database. A batch is one transaction: the owner's node row is
/// checked and locked against a take over, and with that the session's marker is set to the batch's
/// number; the transitions are applied, and all of it is committed.
///
/// The fence is twofold. On one server the locks on the node's row and on the marker make a batch
/// and a take over of its node wait for each other. On a cluster such as Galera, locks are local to
/// a server and a read may be old; there both write the marker, and the commit of one of them fails
/// as a deadlock. See "Every batch and its take over write one row" in decisions.md.
class odb_ledger final : public ledger {
 public:
  explicit odb_ledger(std::shared_ptr<ledger_context> context) : session_(std::move(context)) {}

  result<batch_result> apply(const ledger_batch& batch) override;
  result<batch_result> resolve() override;
  result<void> rehearse(const ledger_batch& batch) override;
  result<node_id> register_node(const process_identity& process, const std::string& host,
                                std::chrono::milliseconds lease) override;
  result<void> renew_lease(node_id node, std::chrono::milliseconds lease) override;
  result<int> end_connections_of(node_id owner, const take_over& what) override;
  result<void> leave(node_id node, time_point now, time_point unknown_due_at) override;

 private:
  /// A batch whose COMMIT was sent and not answered.
  struct sent_batch {
    std::int64_t number = 0;
    batch_result results;
    /// The commit was written whole, and SQLite could not sync it.
    bool sync_failed = false;
  };

  void give_ids(const ledger_batch& batch, batch_result& results);
  /// One try. Throws `fenced_out`, `commit_withdrawn`, `commit_unanswered`, or what the database
  /// threw.
  batch_result run_and_commit(const ledger_batch& batch, batch_result results, bool read_begins);
  batch_result commit(sql_session& session, odb::transaction& transaction);
  /// A node that still writes, on another server of a cluster, would fail each try of its take
  /// over. Marks the nodes of the batch's take overs as dead in a transaction that changes no other
  /// row of theirs, so that they stop. The rows are freed by the next try, or by another node.
  void stop_dead_nodes(const ledger_batch& batch);
  /// Takes a session number and makes its marker, in a transaction of its own. Throws `fenced_out`.
  void begin_session(sql_session& session, const ledger_batch& batch);
  /// Fences and marks. Throws `session_ended`.
  void mark_batch(sql_session& session, const ledger_batch& batch);
  event_recorder::target events_of_batch();
  bool write_marker(sql_session& session, time_point now, node_id owner);
  std::int64_t last_marked(sql_session& session);

  /// Marks the transition to blame as refused; otherwise returns the error that hid it.
  std::optional<database_failure> refuse_guilty(const ledger_batch& batch, batch_result& prepared,
                                                const database_failure& because);
  /// The transition to blame when the whole batch fails with a `data` failure.
  std::size_t find_guilty(const ledger_batch& batch, const batch_result& results);
  bool first_ones_pass(const ledger_batch& batch, batch_result results, std::size_t count);

  reconnecting_session session_;
  /// This object's row in batch_marker, and the node which that is of; 0 before the first batch.
  std::int64_t marker_ = 0;
  node_id marked_for_ = 0;
  std::int64_t batch_number_ = 0;
  std::optional<sent_batch> sent_;
};

/// Marks a batch, unless its node was taken over; for the test that asks the database for its plan.
std::string mark_statement(const sql_dialect& dialect, bool of_node);

}  // namespace postrider::persistence
