#pragma once

#include "persistence/access.hpp"
#include "persistence/audit.hpp"
#include "persistence/endpoints.hpp"
#include "persistence/events.hpp"
#include "persistence/model.hpp"
#include "persistence/settlement.hpp"

#include <functional>
#include <limits>
#include <variant>

/// Changes of the ledger, and their results.
namespace postrider::persistence {

/// A provider's answer as the ledger takes it. `error_code::none` is "accepted".
struct attempt_result {
  error_code error = error_code::none;
  std::string error_message;
  std::string provider_ref;
  /// The call itself. Zero: from the commit of its begin to this one.
  time_point began{}, ended{};
  /// The provider's answer in short; see attempt_call.
  std::string answer{};
  /// No attempt of this chain at this provider before; see attempt.
  time_point not_before{};
  /// The failure says nothing of other recipients.
  bool recipient_only = false;
};

// Late outcomes. An outcome (finish, fail_for_now, retry_with) whose row is no longer ours is never
// dropped: it is stored in the table late_outcome, in the same commit. When it says "accepted":
//  - the row is live and not processing: it moves to history as success;
//  - the row is in history as failed with outcome_unknown or undelivered: it becomes success, and a
//  successor that is not
//    processing moves to history as failed, `cancelled`, superseded by the row that succeeded;
//  - the successor is processing: nothing more happens now. When that successor (it carries
//    possible_duplicate) ends in anything but "accepted", the row above becomes success and the
//    successor moves to history as just said, instead of being retried.
//  - a successor was accepted as well: both rows stay success and carry possible_duplicate.
// Every transition that settles a chain this way answers `conflict`.
//
// Receipts. One that says that the provider has the message is such a late "accepted" too, and an
// outcome outcome_unknown of a row that carries one is stored as success.

// Each names the state it expects. When that state is gone it has no effect and says `conflict`.
// "Ours" means owned by `ledger_batch::owner`.

/// Stores a message and its pending transactions, all or none. The ledger gives the transactions
/// their ids; `transaction::owner` is the batch's owner or 0 (free, waiting in its lane). One of
/// the batch's owner whose status is processing is begun with this commit, as by begin_delivery;
/// all others are pending. With `once` its idempotency key is stored in the same commit; when the
/// key is there already and has not expired, `conflict` and `first` is what was answered then.
struct accept_message {
  std::shared_ptr<const persistence::message> message;
  std::vector<transaction> transactions;
  std::optional<idempotency_claim> once;
};

/// Ends what of a message was not sent yet, whoever owns it: pending rows, and failed ones that
/// wait for their retry -> history as failed, `cancelled`. A failed one that may have arrived keeps
/// its own error and ends with it. `rows` has the newest transaction of every recipient as it is
/// then, without the message; `count` tells how many were cancelled. `conflict` when there is no
/// such message, or none of these users.
struct cancel_message {
  message_id message;
  /// Empty: the messages of all users.
  std::vector<user_id> users{};
  /// Only a message that a test key posted.
  bool test_only = false;
};

/// pending and ours, at `provider` unless that is 0 -> processing. Must be committed before the
/// provider is called.
struct begin_delivery {
  transaction_id id = 0;
  provider_id provider = 0;
};

/// ours, in state `expected` (pending, processing or failed) -> history, final.
/// On conflict the outcome is kept as a late outcome (see above).
struct finish {
  transaction_id id = 0;
  transaction_status expected = transaction_status::processing;
  transaction_status status = transaction_status::success;
  attempt_result result;
};

/// ours and processing -> failed, free, waiting in the retry lane until `next_retry_at`.
/// On conflict the outcome is kept as a late outcome.
struct fail_for_now {
  transaction_id id = 0;
  attempt_result result;
  time_point next_retry_at{};
};

/// ours, in state `expected` (processing or failed) -> history as failed, superseded by
/// `successor`, which is stored as pending under a new id. With `expected` failed, `result` is
/// ignored: the stored one is kept. On conflict the outcome is kept as a late outcome and the
/// successor is not stored.
struct retry_with {
  transaction_id id = 0;
  transaction_status expected = transaction_status::processing;
  attempt_result result;
  transaction successor;
};

/// ours, pending or processing -> pending and free, in its lane from `due_at` on. Use only for rows
/// that were certainly not sent: no room in the window, or throttled by the provider. ours and
/// failed -> the same, free, in the retry lane from `due_at` on: a row that was claimed for its
/// retry and has no provider now.
struct release {
  transaction_id id = 0;
  transaction_status expected = transaction_status::pending;
  time_point due_at{};
};

/// ours, in state `expected` (processing or failed) -> pending and free, in the lane of `provider`
/// from `due_at` on: the attempt was not sent, and the same transaction waits for its next one.
/// With `expected` failed, `result` is ignored: the stored one is kept. On conflict the outcome is
/// kept as a late outcome.
struct wait_again {
  transaction_id id = 0;
  transaction_status expected = transaction_status::processing;
  attempt_result result;
  provider_id provider = 0;
  std::string recipient;
  bool fallback_on_undelivered = false;
  std::string decision;
  time_point due_at{};
  std::int32_t round = 0;
  time_point round_due{};
};

/// Matches a row with any number of tries.
inline constexpr std::int32_t any_tries = -1;

/// pending at `provider` and free -> history as failed, final, with the error of its last attempt
/// (`unavailable` when it has none), and `reason` as its text. `tries`: see reroute.
struct give_up_waiting {
  transaction_id id = 0;
  persistence::provider_id provider = 0;
  std::string reason;
  std::int32_t tries = any_tries;
};

/// pending at `from` and free -> the same transaction, still pending, at provider `to` with that
/// provider's address and `decision`: no attempt, no retry. Ours afterwards when `owner` is the
/// batch's owner, else (0) free in the lane of `to`; when it is due stays as it is. One that is
/// ours was claimed meanwhile: its sender has it, and may be giving it back. `tries` is the number
/// of the chain's attempts when `to` was chosen: one that was made since may have been its
/// rejection.
struct reroute {
  transaction_id id = 0;
  provider_id from = 0;
  provider_id to = 0;
  std::string recipient;
  bool fallback_on_undelivered = false;
  node_id owner = 0;
  std::string decision;
  std::int32_t tries = any_tries;
};

/// A provider's word on a transaction after it had taken it, whatever its state and owner; the
/// row is named by its id, or by the provider's own id of what it accepted. Stored when it goes
/// beyond the receipt that is there. `accepted`, `delivered` and `read` settle an attempt whose
/// outcome was unknown (see above). `undelivered` ends an accepted attempt that has
/// `fallback_on_undelivered`: it comes back from history as failed, `undelivered`, due in the retry
/// lane now, and `count` is 1; when retention has emptied its message it stays as it is. `conflict`
/// when no such row is known (yet); else `ids` has its id.
struct record_receipt {
  transaction_id id = 0;
  /// With id 0: a row in history of this provider with one of these refs.
  provider_id provider = 0;
  std::vector<std::string> provider_refs;
  /// Refs that anybody could guess: they name a row only with its recipient.
  std::vector<std::string> recipient_refs;
  std::string recipient;
  /// When no such row is known: this one, if its outcome is unknown; 0: none.
  transaction_id evidence_for = 0;
  persistence::receipt kind = receipt::none;
  std::string detail;
};

/// failed, free and waiting for its retry -> the same, due now. pending, free and waiting for its
/// next round -> the same, due now, but not before a time that its provider named.
struct hasten_retry {
  transaction_id id = 0;
  /// The time that this provider named no longer counts, such as after its captcha was solved; 0:
  /// all of them count.
  provider_id lifted = 0;
};

/// A person's decision about a chain that ended as outcome_unknown in history; the row keeps who
/// and when (`settlement`).
///  - arrived: the row becomes success, by the rules of a late "accepted" (see above).
///  - not_sent: `first` is stored under a new id, as by start_chain. The row must be the end of its
///    recipient's newest chain.
///  - give_up: the row stays as it is; it must be the end of the newest chain as well.
/// A row that was settled in the same way before stays as it is. What a provider says later still
/// counts. `rows` has the row as it is then, without the message.
struct settle_unknown {
  transaction_id id = 0;
  settled_as outcome = settled_as::give_up;
  /// The name of the API key; empty: none.
  std::string by;
  transaction first;
};

/// Requires that `after` is a final failure in history, not cancelled, and the last of the
/// recipient's newest chain; that no older chain delivered; and that the body has not been removed.
/// `first` is stored under a new id as the only transaction of the next chain: pending,
/// retry_count 0. A second caller gets `conflict`, and so does a row that a person gave up, unless
/// `given_up_too`.
struct start_chain {
  transaction_id after = 0;
  transaction first;
  bool given_up_too = false;
};

/// Up to `limit` rows that are pending or wait for their retry and whose `expires_at` has passed,
/// whoever owns them -> history as failed, `expired`; one that may have arrived keeps its own
/// error. `count` is how many.
struct expire_waiting {
  std::int32_t limit = 0;
};

/// Up to `limit` free rows of one lane that are due and behind `after`, in the order (due_at, id),
/// become ours.
struct claim {
  persistence::lane lane = retry_lane;
  std::int32_t limit = 0;
  lane_position after{};
};

/// Takes the rows of a dead node, or of a restarted sender of our own node (`from` == owner):
/// pending rows become free, processing ones failed with `outcome_unknown` and due for the retry
/// lane at `unknown_due_at`; failed ones (claimed for a retry) become free as they are.
/// Without `only` the node is marked dead in the same transaction: it is fenced. A node that is
/// dead already, or does not exist, may own rows all the same.
struct take_over {
  node_id from = 0;
  std::optional<provider_id> only;
  time_point unknown_due_at{};
  /// Nothing is done to a node that has renewed its lease meanwhile: `conflict`.
  bool if_lease_ended = false;
};

/// Replaces a user's whole list.
struct put_user_providers {
  user_id user = 0;
  std::vector<user_provider> list;
};

/// The providers of the configuration file: known names are updated, new ones added, those that are
/// not in it become `configured = false`. Answers all of them with their ids. Provider types are
/// stored beside them.
struct put_providers {
  std::vector<provider> providers;
  std::vector<std::string> types;
};

/// As an operator switches a provider on or off; outlives a restart. `conflict` when there is none
/// such.
struct set_provider_enabled {
  provider_id provider = 0;
  bool enabled = true;
};

/// One step of retention, over up to `limit` transactions in history in the order in which they
/// were completed; the ledger knows where the step before ended, on whatever node. Of a message all
/// of whose transactions were completed by then, `bodies` empties text, subject, html and metadata,
/// and `history` deletes message, transactions and late outcomes, as well as up to `limit` other
/// late outcomes of that age. A message goes as a whole, so a step can delete more than `limit`
/// rows. `count` tells what was emptied or deleted, and `more` whether the next step will find
/// something at once. `idempotency` has no such place: it deletes up to `limit` idempotency keys
/// that expired until `completed_before`. `events` deletes about `limit` rows of the feed that
/// were written until then, and as many deliveries of endpoints, and `audit` up to `limit` entries
/// that were made until then or are more than max_audit_rows.
struct prune {
  enum class kind : std::uint8_t { bodies, history, idempotency, events, audit };
  kind what = kind::history;
  time_point completed_before{};
  std::int32_t limit = 0;
};

/// Stores a key; `ids` has its id. `conflict` when there is, or was, one of that name.
struct create_api_key {
  api_key key;
};

/// Revokes a key, and ends the sessions that began with it. `conflict` when there is no such key,
/// or it was revoked before.
struct revoke_api_key {
  api_key_id id = 0;
};

/// When keys were used last, as far as it is later than what is stored.
struct note_key_use {
  std::vector<std::pair<api_key_id, time_point>> used;
  /// The same for sessions of browsers, by their tokens' hashes.
  std::vector<std::pair<hash, time_point>> sessions{};
};

/// Begins a browser's session with a key. `conflict` when the key is not there or has ended.
struct begin_browser_session {
  browser_session session;
};

/// Ends a session. `conflict` when there is none.
struct end_browser_session {
  hash token{};
};

/// Stores that somebody changed something.
struct note_audit {
  audit_entry entry;
};

/// An event that follows from no row, such as that this node's view of a provider changed.
struct tell_event {
  persistence::event event;
};

using transition =
    std::variant<accept_message, cancel_message, begin_delivery, finish, fail_for_now, retry_with,
                 release, wait_again, give_up_waiting, reroute, record_receipt, hasten_retry,
                 settle_unknown, start_chain, expire_waiting, claim, take_over, put_user_providers,
                 put_providers, set_provider_enabled, prune, create_api_key, revoke_api_key,
                 note_key_use, begin_browser_session, end_browser_session, note_audit,
                 create_endpoint, change_endpoint, delete_endpoint, claim_endpoint, note_progress,
                 replay_deliveries, tell_event>;

/// One database transaction's worth of work. Applied kind by kind in the order of `transition`'s
/// alternatives, within one kind in the order given; so a claim sees what the same batch released.
struct ledger_batch {
  node_id owner = 0;
  /// The caller's clock: created_at, updated_at, completed_at, and what "due" means.
  time_point now{};
  std::vector<transition> transitions;
  /// Asked right before the commit, perhaps more than once; false: nothing is committed. Null: yes.
  std::function<bool()> may_commit;
  /// The longest wait for locks that others hold; null: `database_settings::statement_timeout`.
  std::optional<std::chrono::milliseconds> wait_for_locks;
};

enum class transition_status : std::uint8_t {
  applied,
  /// The expected state was gone; nothing was changed.
  conflict,
  /// The database does not take these values (too long, bad encoding, a broken key); nothing of
  /// this transition was stored, the others are not harmed.
  refused,
};

struct transition_result {
  transition_status status = transition_status::applied;
  /// refused: what the database said.
  std::string reason;
  /// accept_message: the new ids in order; retry_with: the successor's; start_chain and
  /// settle_unknown (not_sent): the first one's; create_api_key and create_endpoint: its own;
  /// note_progress: those of new deliveries.
  std::vector<transaction_id> ids;
  /// claim: the rows, with their messages; cancel_message: the newest of each recipient;
  /// settle_unknown: the row.
  std::vector<delivery> rows;
  /// take_over: rows changed; cancel_message and expire_waiting: rows ended; prune: messages
  /// emptied, rows deleted.
  std::int64_t count = 0;
  /// prune: its limit ended it.
  bool more = false;
  /// put_providers: all known ones.
  std::vector<provider> providers;
  /// accept_message, conflict.
  std::optional<first_answer> first;
};

/// One result per transition, in the order of the batch.
using batch_result = std::vector<transition_result>;

}  // namespace postrider::persistence
