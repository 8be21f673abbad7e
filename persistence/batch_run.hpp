#pragma once

#include "persistence/late_outcomes.hpp"
#include "persistence/ledger.hpp"
#include "persistence/working_set.hpp"

namespace postrider::persistence {

/// One run of a batch inside a database transaction that is already open. Driver-independent.
///
/// First the transitions that name a row by its id, on a working set; then, once that is written,
/// those that name rows by their state (claim, take_over, ...), so that they see what the first
/// ones left.
class batch_run {
 public:
  /// `results` holds one result per transition, with the new ids filled in; a transition whose
  /// result is already `refused` is passed over.
  batch_run(sql_session& session, const ledger_batch& batch, batch_result& results);

  void apply();

 private:
  template <class Transition>
  void each();
  void load();
  /// Finds the rows that receipts name by the provider's own ids.
  void load_receipts();
  void store_receipt(transaction row, const record_receipt& t, transition_result& r);
  /// Reads the late outcomes that wait for rows which this batch ends.
  void load_late();
  void write_messages();

  void on(const accept_message& t, transition_result& r);
  void on(const begin_delivery& t, transition_result& r);
  void on(const finish& t, transition_result& r);
  void on(const fail_for_now& t, transition_result& r);
  void on(const retry_with& t, transition_result& r);
  void on(const release& t, transition_result& r);
  void on(const record_receipt& t, transition_result& r);
  void on(const claim& t, transition_result& r);
  void on(const take_over& t, transition_result& r);
  void on(const make_retries_due& t, transition_result& r);
  void on(const put_user_providers& t, transition_result& r);
  void on(const put_providers& t, transition_result& r);
  void on(const set_provider_enabled& t, transition_result& r);
  void on(const prune& t, transition_result& r);

  /// The live row when it is ours and in that state, else null.
  const transaction* ours(transaction_id id, transaction_status expected);
  /// True when a receipt tells that a call whose answer was lost was accepted; the row ends as
  /// such.
  bool settled_by_receipt(const transaction& row, const attempt_result& result);
  /// `row` with what the attempt gave, as of now.
  transaction with_result(transaction row, const attempt_result& result) const;

  sql_session& session_;
  const ledger_batch& batch_;
  batch_result& results_;
  working_set rows_;
  late_outcomes late_;
  /// By the index of the record_receipt.
  std::unordered_map<std::size_t, transaction_id> receipts_by_ref_;
  std::vector<const message*> new_messages_;
};

}  // namespace postrider::persistence
