#pragma once

#include "persistence/model.hpp"
#include "persistence/retry_selection.hpp"

#include <boost/system/result.hpp>

#include <limits>
#include <variant>

/// The database as the rest of the program sees it: what can be changed, and what can be asked.
/// No ODB, no SQL. Implemented by odb_ledger.cpp over SQLite and MySQL/MariaDB.
namespace postrider::persistence {

enum class ledger_errc {
  /// The database cannot be reached, or refused the whole transaction; surely nothing was changed.
  unavailable = 1,
  /// The answer to a commit was lost and the database cannot be asked yet: call resolve().
  unknown_result,
  /// This node's lease was taken over: nothing was changed and nothing of this node ever will be.
  fenced,
  /// The schema is older or newer than this program.
  wrong_schema,
  /// Another process has the SQLite file.
  in_use,
  /// The settings cannot work: a bad URL, a missing password, an unreadable file.
  bad_settings,
};

struct ledger_error {
  ledger_errc code = ledger_errc::unavailable;
  /// For an operator: what failed and where to look.
  std::string message;
};
/// Lets result::value() throw; the project tests results instead.
[[noreturn]] void throw_exception_from_error(const ledger_error& error, const boost::source_location& where);

template <class T>
using result = boost::system::result<T, ledger_error>;

/// What a provider's answer means for the ledger. `error_code::none` is "accepted".
struct attempt_result {
  error_code error = error_code::none;
  std::string error_message;
  std::string provider_ref;
};

// Late outcomes. An outcome (finish, fail_for_now, retry_with) whose row is no longer ours is never
// dropped: it is stored in the table late_outcome, in the same commit. When it says "accepted":
//  - the row is live and not processing: it moves to history as success;
//  - the row is in history as failed with outcome_unknown or undelivered: it becomes success, and a successor that is not
//    processing moves to history as failed, `cancelled`, superseded by the row that succeeded;
//  - the successor is processing: nothing more happens now. When that successor (it carries
//    possible_duplicate) ends in anything but "accepted", the row above becomes success and the
//    successor moves to history as just said, instead of being retried.
//  - a successor was accepted as well: both rows stay success and carry possible_duplicate.
// Every transition that settles a chain this way answers `conflict`.
//
// Receipts. One that says that the provider has the message is such a late "accepted" too, and an outcome
// outcome_unknown of a row that carries one is stored as success.

// ---- transitions ------------------------------------------------------------------------------
// Each names the state it expects. When that state is gone it has no effect and says `conflict`.
// "Ours" means owned by `ledger_batch::owner`.

/// Stores a message and its pending transactions, all or none. The ledger gives the transactions
/// their ids; `transaction::owner` is the batch's owner or 0 (free, waiting in its lane).
struct accept_message {
  std::shared_ptr<const persistence::message> message;
  std::vector<transaction> transactions;
};

/// Ends what of a message was not sent yet, whoever owns it: pending rows, and failed ones that wait for their
/// retry -> history as failed, `cancelled`. A failed one that may have arrived keeps its own error and ends with
/// it. `rows` has the newest transaction of every recipient as it is then, without the message; `count` tells how
/// many were cancelled. `conflict` when there is no such message.
struct cancel_message {
  message_id message;
};

/// pending and ours, at `provider` unless that is 0 -> processing. Must be committed before the provider is
/// called.
struct begin_delivery {
  transaction_id id = 0;
  provider_id provider = 0;
};

/// ours, in state `expected` (pending, processing or failed) -> history, final.
/// On conflict the outcome is kept as a late outcome (see `late_outcome` below).
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

/// ours, in state `expected` (processing or failed) -> history as failed, superseded by `successor`, which is
/// stored as pending under a new id. With `expected` failed, `result` is ignored: the stored one stands.
/// On conflict the outcome is kept as a late outcome and the successor is not stored.
struct retry_with {
  transaction_id id = 0;
  transaction_status expected = transaction_status::processing;
  attempt_result result;
  transaction successor;
};

/// ours, pending or processing -> pending and free, in its lane from `due_at` on. Only for what was surely not
/// sent: what did not fit into a window, and what a provider throttled. ours and failed -> the same, free, in
/// the retry lane from `due_at` on: what was claimed for its retry and has nowhere to go now.
struct release {
  transaction_id id = 0;
  transaction_status expected = transaction_status::pending;
  time_point due_at{};
};

/// pending at `from`, and ours or free -> the same transaction, still pending, at provider `to` with that
/// provider's address and `decision`: no attempt, no retry. Ours afterwards when `owner` is the batch's owner, else (0) free
/// in the lane of `to`; when it is due stays as it is.
struct reroute {
  transaction_id id = 0;
  provider_id from = 0;
  provider_id to = 0;
  std::string recipient;
  bool fallback_on_undelivered = false;
  node_id owner = 0;
  std::string decision;
};

/// What a provider said of a transaction after it had taken it, whatever its state and owner; the row is
/// named by its id, or by the provider's own id of what it accepted. Stored when it goes beyond the receipt
/// that is there. `accepted`, `delivered` and `read` settle an attempt whose outcome was unknown (see above).
/// `undelivered` ends an accepted attempt that has `fallback_on_undelivered`: it comes back from history as
/// failed, `undelivered`, due in the retry lane now, and `count` is 1; when retention has emptied its message it
/// stays as it is. `conflict` when no such row is known
/// (yet); else `ids` has its id.
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

/// failed, free and waiting for its retry -> the same, due now.
struct hasten_retry {
  transaction_id id = 0;
};

/// `after` stays in history as it is: failed, final, not `cancelled`, the end of the newest chain of its recipient,
/// and its message has its body still.
/// `first` is stored under a new id as the only transaction of the next chain: pending, retry_count 0. Whoever
/// comes second gets `conflict`.
struct start_chain {
  transaction_id after = 0;
  transaction first;
};

/// Up to `limit` rows that are pending or wait for their retry and whose `expires_at` has passed, whoever owns
/// them -> history as failed, `expired`; one that may have arrived keeps its own error. `count` is how many.
struct expire_waiting {
  std::int32_t limit = 0;
};

/// Up to `limit` free rows of one lane that are due, in the order (due_at, id), become ours.
struct claim {
  persistence::lane lane = retry_lane;
  std::int32_t limit = 0;
};

/// Takes the rows of a dead node, or of a restarted sender of our own node (`from` == owner):
/// pending rows become free, processing ones failed with `outcome_unknown` and due for the retry
/// lane at `unknown_due_at`; failed ones (claimed for a retry) become free as they are.
/// Without `only` the node is marked dead in the same transaction: it is fenced.
struct take_over {
  node_id from = 0;
  std::optional<provider_id> only;
  time_point unknown_due_at{};
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

/// As an operator switches a provider on or off; outlives a restart. `conflict` when there is none such.
struct set_provider_enabled {
  provider_id provider = 0;
  bool enabled = true;
};

/// One step of retention, over up to `limit` transactions in history in the order in which they were
/// completed; the ledger knows where the step before ended, on whatever node. Of a message all of whose
/// transactions were completed by then, `bodies` empties text, subject, html and metadata, and `history`
/// deletes message, transactions and late outcomes, as well as up to `limit` other late outcomes of that
/// age. A message goes as a whole, so a step can delete more than `limit` rows. `count` tells what was
/// emptied or deleted, and `more` whether the next step will find something at once.
struct prune {
  enum class kind : std::uint8_t { bodies, history };
  kind what = kind::history;
  time_point completed_before{};
  std::int32_t limit = 0;
};

using transition =
    std::variant<accept_message, cancel_message, begin_delivery, finish, fail_for_now, retry_with, release,
                 reroute, record_receipt, hasten_retry, start_chain, expire_waiting, claim, take_over,
                 put_user_providers, put_providers, set_provider_enabled, prune>;

/// One database transaction's worth of work. Applied kind by kind in the order of `transition`'s
/// alternatives, within one kind in the order given; so a claim sees what the same batch released.
struct ledger_batch {
  node_id owner = 0;
  /// The caller's clock: created_at, updated_at, completed_at, and what "due" means.
  time_point now{};
  std::vector<transition> transitions;
};

enum class transition_status : std::uint8_t {
  applied,
  /// The expected state was gone; nothing was changed.
  conflict,
  /// The database does not take these values (too long, bad encoding, a broken key); nothing of this
  /// transition was stored, the others are not harmed.
  refused,
};

struct transition_result {
  transition_status status = transition_status::applied;
  /// refused: what the database said.
  std::string reason;
  /// accept_message: the new ids in order; retry_with: the successor's; start_chain: the first one's.
  std::vector<transaction_id> ids;
  /// claim: the rows, with their messages; cancel_message: the newest of each recipient.
  std::vector<delivery> rows;
  /// take_over: rows changed; cancel_message and expire_waiting: rows ended; prune: messages emptied, rows deleted.
  std::int64_t count = 0;
  /// prune: its limit ended it.
  bool more = false;
  /// put_providers: all known ones.
  std::vector<provider> providers;
};

/// One result per transition, in the order of the batch.
using batch_result = std::vector<transition_result>;

/// The writing side: one object per writer thread, with a connection of its own.
class ledger {
 public:
  virtual ~ledger() = default;

  /// Applies the batch in one database transaction that is synced to disk when this returns, after
  /// checking in the same transaction that `owner` was not taken over. All or nothing, except that a
  /// transition which the database refuses fails alone. Deadlocks and lock timeouts are retried here.
  virtual result<batch_result> apply(const ledger_batch& batch) = 0;

  /// After `unknown_result`: finds out what became of that batch. Its results when it was committed,
  /// `unavailable` when it was not (it may be applied again), `unknown_result` while the database is away.
  virtual result<batch_result> resolve() = 0;

  /// A fresh node id with a lease of that length, by the database's clock.
  virtual result<node_id> register_node(const process_identity& process, const std::string& host,
                                        std::chrono::milliseconds lease) = 0;
  /// `fenced` when it was taken over; an expired lease that nobody took is renewed.
  virtual result<void> renew_lease(node_id node, std::chrono::milliseconds lease) = 0;
  /// Gives the lease back at an orderly end: rows still owned become free as by take_over.
  virtual result<void> leave(node_id node, time_point now, time_point unknown_due_at) = 0;
};

// ---- queries ----------------------------------------------------------------------------------

struct found_transaction {
  persistence::transaction transaction;
  /// True when it was found in history.
  bool archived = false;
};

struct found_message {
  persistence::message message;
  /// By recipient_no, chain_no, retry_count.
  std::vector<found_transaction> transactions;
};

/// What a list shows; what is absent or empty lets everything through.
struct transaction_filter {
  std::optional<user_id> user;
  std::optional<transaction_status> status;
  std::optional<error_code> error;
  std::string recipient;
  std::vector<provider_id> providers;
  std::optional<bool> archived;
  /// From the first one on, and before the second one.
  std::optional<time_point> created_after, created_before;
};

struct transaction_list {
  transaction_filter filter;
  /// Only ids below this one: where the page before ended.
  transaction_id before = std::numeric_limits<transaction_id>::max();
  std::int32_t limit = 50;
  /// Rows of each table that a filter may look at for one page.
  std::int32_t window = 5'000;
  /// It looks at so many at a time, and at no more when the page is full or this time is over: rows
  /// that lie scattered on a disk are a hundred times as slow as those in memory.
  std::int32_t step = 200;
  std::chrono::milliseconds time{5};
};

struct transaction_page {
  /// By id, newest first, at most `limit`.
  std::vector<found_transaction> rows;
  /// `before` of the next page, 0 when there is none. A page may be short, or empty, and have a next
  /// one: its filter let nothing more through in its window.
  transaction_id next_before = 0;
};

struct row_counts {
  std::int64_t pending = 0, processing = 0, failed = 0, history = 0, late_outcomes = 0;
  /// True when a count stopped at the limit.
  bool at_least = false;
};

/// What `waits` holds is bounded by the number of lanes.
struct lane_state {
  persistence::lane lane = 0;
  time_point oldest_due_at{};
};

/// A place in a lane's order; the first one of all by default.
struct lane_position {
  time_point due_at{};
  transaction_id id = 0;
};

/// A broken invariant of docs/architecture.md.
struct violation {
  int invariant = 0;
  std::string detail;
};

/// The reading side: one object per reader thread. Never in the way of a writer.
class ledger_queries {
 public:
  virtual ~ledger_queries() = default;

  virtual result<std::optional<found_transaction>> find_transaction(transaction_id id) = 0;
  virtual result<std::optional<found_message>> find_message(const message_id& id) = 0;
  /// Live ones and those in history, in the order of their ids, so a row that moves from one table to
  /// the other between two pages is neither missed nor shown twice.
  virtual result<transaction_page> list_transactions(const transaction_list& what) = 0;
  virtual result<std::vector<provider>> providers() = 0;
  virtual result<std::vector<user_provider>> user_providers(user_id user) = 0;
  /// The users whose lists changed after `version`, and the newest version; at most `limit` users,
  /// and nothing in place of the list when there were more.
  struct list_changes {
    std::int64_t version = 0;
    std::optional<std::vector<user_id>> users;
  };
  virtual result<list_changes> user_list_changes(std::int64_t version, std::int32_t limit) = 0;
  virtual result<std::vector<node>> nodes() = 0;
  /// The earliest due time of each lane that has free rows.
  virtual result<std::vector<lane_state>> waiting_lanes(const std::vector<lane>& lanes) = 0;
  /// At most `limit` free rows of a lane that are due at `now`, in the order (due_at, id), behind `after`,
  /// with their messages. Nothing is locked: whoever changes them finds out whether they are still there.
  virtual result<std::vector<delivery>> waiting_rows(persistence::lane lane, lane_position after, time_point now,
                                                     std::int32_t limit) = 0;
  /// The earliest `expires_at` of a row that expire_waiting would end then.
  virtual result<std::optional<time_point>> next_expiry() = 0;
  /// One step of the walk over what a person wants tried again; reads at most `limit` rows of the walk.
  virtual result<retry_page> select_retries(const retry_selection& wanted, const retry_cursor& from,
                                            std::int32_t limit) = 0;
  /// Counts stop at `limit` rows each, so that asking never grows with the backlog.
  virtual result<row_counts> count_rows(std::int64_t limit) = 0;
  /// Invariants 1 to 5 of docs/architecture.md, at most `limit` violations.
  virtual result<std::vector<violation>> verify(std::int32_t limit) = 0;
};

// ---- the database -----------------------------------------------------------------------------

struct database_settings {
  /// "sqlite:path", "sqlite::memory:" (one process, one connection), or
  /// "mysql://user@host:3306/name"; a socket as "mysql://user@localhost/name?socket=/path".
  std::string url;
  std::string password;
  std::chrono::milliseconds connect_timeout{3000};
  /// No statement may take longer, but those of migrate() and verify(), which have an hour: they
  /// rewrite and read whole tables.
  std::chrono::milliseconds statement_timeout{10000};
  std::int32_t readers = 2;
  /// The clock of leases on SQLite, where there is no other; the tests' clock moves as they say.
  std::function<time_point()> clock;
  /// Called with a point's name: "before_connect", "before_batch", "before_commit", "after_commit",
  /// "before_resolve". What a test throws there is taken as the loss of the connection at that point,
  /// so after "after_commit" the batch is committed and its answer lost. Null in production.
  std::function<void(std::string_view)> fault;
};

enum class schema_state { current, missing, older, newer };

/// A database that was reached once. Thread-safe; its sessions are not.
class ledger_database {
 public:
  virtual ~ledger_database() = default;
  virtual std::unique_ptr<ledger> open_ledger() = 0;
  virtual std::unique_ptr<ledger_queries> open_queries() = 0;
  virtual result<schema_state> schema() = 0;
  /// Creates the schema or brings it to this program's version.
  virtual result<void> migrate() = 0;
  /// What an operator should know, one sentence each: a sync setting that can lose commits, a server on
  /// which SKIP LOCKED does not skip (claims are optimistic then).
  virtual std::vector<std::string> warnings() const = 0;
  /// True when no other process can have this database open: every other node is dead then.
  virtual bool exclusive() const { return false; }
  /// For people: "SQLite 3.40.1, postrider.db", "MariaDB 10.11.19 at 127.0.0.1:3306".
  virtual std::string description() const = 0;
};

/// Connects and probes; `wrong_schema` is not an error here (see schema()).
result<std::unique_ptr<ledger_database>> open_database(database_settings settings);

}  // namespace postrider::persistence
