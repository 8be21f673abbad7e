#pragma once

#include "persistence/apply/late_outcomes.hpp"
#include "persistence/apply/working_set.hpp"
#include "persistence/ledger.hpp"

#include <map>

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
  /// Its events go to `where`.
  batch_run(event_clock& clock, sql_session& session, const ledger_batch& batch,
            batch_result& results, const event_recorder::target& where);

  /// Begins are written without a look at their rows, by a statement that has the condition. Throws
  /// begins_missed when one of them meets another state; then the transaction must end, and apply()
  /// runs in a new one.
  void apply_unread();
  void apply();

  struct begins_missed {};

 private:
  template <class Transition>
  void each();
  bool begins_can_go_first() const;
  void begin_unread();
  void load();
  /// Finds the rows that receipts name by the provider's own ids.
  void load_receipts();
  transaction_id receiver_of(const record_receipt& t, const transition_result& r);
  bool has_newer_chain(const transaction& row);
  bool was_accepted_in_older_chain(const transaction& row);
  /// `row` came back from history, and its chain may have gone on before: its successor counts
  /// after all that there is. False when no retry is left.
  bool count_after_return(const transaction& row, transaction& successor);
  /// Other rows of the row's recipient in history, by how their chain compares with the row's: "="
  /// or "<".
  std::vector<transaction> in_history(const transaction& row, std::string_view chains);
  std::vector<transaction> others_of_chain(const transaction& row);
  void store_receipt(transaction row, const record_receipt& t, transition_result& r);
  /// Reads the late outcomes that wait for rows which this batch ends.
  void load_late();

  void on(const accept_message& t, transition_result& r);
  void on(const cancel_message& t, transition_result& r);
  void on(const begin_delivery& t, transition_result& r);
  void on(const finish& t, transition_result& r);
  void on(const fail_for_now& t, transition_result& r);
  void on(const retry_with& t, transition_result& r);
  void on(const release& t, transition_result& r);
  void on(const wait_again& t, transition_result& r);
  void on(const give_up_waiting& t, transition_result& r);
  void on(const reroute& t, transition_result& r);
  void on(const record_receipt& t, transition_result& r);
  void on(const hasten_retry& t, transition_result& r);
  void on(const settle_unknown& t, transition_result& r);
  void on(const start_chain& t, transition_result& r);
  void on(const expire_waiting& t, transition_result& r);
  void on(const claim& t, transition_result& r);
  void on(const take_over& t, transition_result& r);
  void on(const put_user_providers& t, transition_result& r);
  void on(const put_providers& t, transition_result& r);
  void on(const set_provider_enabled& t, transition_result& r);
  void on(const prune& t, transition_result& r);
  void on(const create_api_key& t, transition_result& r);
  void on(const revoke_api_key& t, transition_result& r);
  void on(const note_key_use& t, transition_result& r);
  void on(const begin_browser_session& t, transition_result& r);
  void on(const end_browser_session& t, transition_result& r);
  void on(const note_audit& t, transition_result& r);
  void on(const create_endpoint& t, transition_result& r);
  void on(const change_endpoint& t, transition_result& r);
  void on(const delete_endpoint& t, transition_result& r);
  void on(const claim_endpoint& t, transition_result& r);
  void on(const note_progress& t, transition_result& r);
  void on(const replay_deliveries& t, transition_result& r);
  void on(const tell_event& t, transition_result& r);

  /// The live rows of messages that are to be cancelled; see by_hand.cpp.
  void add_cancelled(std::vector<transaction_id>& ids);
  /// Locks the rows to settle, and the rows after which new chains start.
  void lock_ended();
  bool ends_newest_chain(const transaction& row);
  /// Fills the members that every new transaction takes from the one before it.
  void identify(transaction& next, const transaction& before, std::int32_t chain_no,
                transaction_id id) const;
  /// Stores `first` as the only transaction of the chain after `last`.
  void begin_chain(const transaction& last, transaction first, transaction_id id);
  /// Every row of a message as this batch has it by now; the live ones are locked.
  std::vector<working_set::entry> rows_of(const message_id& message);

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
  /// The begins are written already.
  bool begun_ = false;
  event_recorder events_;
  working_set rows_;
  late_outcomes late_;
  /// By the index of the record_receipt.
  std::unordered_map<std::size_t, transaction_id> receipts_by_ref_;
  std::vector<const accept_message*> accepted_;
  /// The newest chain of a recipient, for start_chain and settle_unknown.
  struct newest_chain {
    std::int32_t no = 0;
    bool live = false;
    /// An attempt of this chain or of an older one succeeded.
    bool delivered = false;
  };
  std::map<message_id, std::map<std::int32_t, newest_chain>> chains_;
};

}  // namespace postrider::persistence
