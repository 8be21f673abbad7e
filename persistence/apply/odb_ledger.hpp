#pragma once

#include "persistence/sql/ledger_context.hpp"

namespace postrider::persistence {

/// The writing side over either database. A batch is one transaction: the owner's node row is
/// checked and locked against a take over, the session's marker is set to the batch's number, the
/// transitions are applied, and all of it is committed.
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
  batch_result commit(odb::transaction& transaction);
  void check_owner(sql_session& session, node_id owner);
  std::int64_t mark_batch(sql_session& session, time_point now);
  std::int64_t last_marked(sql_session& session);

  /// Marks the transition to blame as refused; otherwise returns the error that hid it.
  std::optional<database_failure> refuse_guilty(const ledger_batch& batch, batch_result& prepared,
                                                const database_failure& because);
  /// The transition to blame when the whole batch fails with a `data` failure.
  std::size_t find_guilty(const ledger_batch& batch, const batch_result& results);
  bool first_ones_pass(const ledger_batch& batch, batch_result results, std::size_t count);

  reconnecting_session session_;
  /// This object's row in batch_marker; 0 before the first batch.
  std::int64_t marker_ = 0;
  std::int64_t batch_number_ = 0;
  std::optional<sent_batch> sent_;
};

}  // namespace postrider::persistence
