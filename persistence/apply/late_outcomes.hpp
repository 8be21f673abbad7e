#pragma once

#include "persistence/apply/working_set.hpp"
#include "persistence/ledger.hpp"

namespace postrider::persistence {

/// The treatment of an outcome whose row is no longer ours, by the rules of ledger.hpp. In a
/// chain A -> B -> C whose attempt A is reported as accepted after all:
///   C waits (pending or failed)   A becomes the chain's successful end, C is cancelled
///   C is processing               the outcome waits for C, and settles the chain unless C is
///   accepted C is final and failed         A becomes the chain's successful end C is final and
///   successful     A becomes a success beside it: it was delivered twice
class late_outcomes {
 public:
  late_outcomes(sql_session& session, working_set& rows, time_point now, node_id reporter)
      : session_(session), rows_(rows), now_(now), reporter_(reporter) {}

  /// Reads what waits for these rows. They must be locked already, so that nothing is added
  /// meanwhile.
  void load_waiting(const std::vector<transaction_id>& ids);

  /// Keeps an outcome that came too late, and settles what it can.
  void keep(transaction_id id, transaction_status status, const attempt_result& result);

  /// `row` leaves processing without being accepted. True when an earlier attempt turned out to be
  /// accepted: then the chain is settled and nothing is left to do with `row`.
  bool settles_instead(const transaction& row, const attempt_result& result);
  /// `row` was accepted: an earlier attempt that was accepted too is recorded as such.
  void also_accepted(const transaction& row);

  void write();

 private:
  struct record {
    /// 0 when it is not stored yet.
    std::int64_t id = 0;
    transaction_id transaction = 0;
    transaction_status status = transaction_status::failed;
    attempt_result result;
    transaction_id waits_for = 0;
    bool changed = false;
  };

  void settle(record& late);
  /// The end of the chain that goes on after `row`; `row` itself when it is the last.
  transaction end_of_chain(const transaction& row);
  void settle_chain(transaction row, const record& late);
  transaction_id live_in_newer_chain(const transaction& row);
  bool is_processing(transaction_id id);
  void make_success(transaction row, const record& late, transaction_id superseded_by);
  void cancel(transaction row, transaction_id because, const attempt_result& result);
  void mark_possible_duplicate(transaction row);
  record* waiting_for(transaction_id id);

  sql_session& session_;
  working_set& rows_;
  time_point now_;
  node_id reporter_;
  std::vector<record> records_;
};

/// Before the rows of a node are taken over: settles those chains whose processing row is awaited.
/// Answers how many rows that took.
std::int64_t settle_awaited(sql_session& session, const ledger_batch& batch, event_recorder& events,
                            const take_over& what);

}  // namespace postrider::persistence
