#pragma once

#include "persistence/access.hpp"
#include "persistence/audit.hpp"
#include "persistence/endpoints.hpp"
#include "persistence/events.hpp"
#include "persistence/failures.hpp"
#include "persistence/ledger_error.hpp"
#include "persistence/model.hpp"
#include "persistence/retry_selection.hpp"
#include "persistence/transaction_filter.hpp"

#include <limits>

/// Questions to the ledger.
namespace postrider::persistence {

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

struct message_list;
struct message_page;

struct transaction_list {
  list_filter filter;
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
  /// `before` of the next page, 0 when there is none. A page may be short, or empty, and have a
  /// next one: its filter let nothing more through in its window.
  transaction_id next_before = 0;
};

/// The free rows in a lane.
struct lane_count {
  persistence::lane lane = 0;
  std::int64_t due = 0, later = 0;
  /// True when a count stopped at the limit.
  bool at_least = false;
};

struct row_counts {
  std::int64_t pending = 0, processing = 0, failed = 0, history = 0, late_outcomes = 0;
  /// True when a count stopped at the limit.
  bool at_least = false;
};

/// Deliveries that ended without arriving, by provider and error.
struct given_up_count {
  provider_id provider = 0;
  error_code error = error_code::none;
  std::int64_t count = 0;
  /// The latest of them, and when it ended.
  transaction_id last = 0;
  time_point last_at{};
};

struct given_up {
  std::vector<given_up_count> counts;
  /// True when the search for an error stopped at its limit.
  bool at_least = false;
};

/// The waiting rows by lane; `waits` is bounded by the number of lanes.
struct lane_state {
  persistence::lane lane = 0;
  time_point oldest_due_at{};
};

/// A broken invariant of docs/internals/architecture.md.
struct violation {
  int invariant = 0;
  std::string detail;
};

struct verification {
  /// By invariant.
  std::vector<violation> violations;
  /// The rows of the two tables that were checked.
  std::int64_t live = 0, history = 0;
};

struct known_providers {
  /// Another one after each change.
  std::int64_t version = 0;
  /// By id.
  std::vector<provider> all;
};

struct key_changes {
  std::int64_t version = 0;
  /// Nothing: no change; else all keys, by id.
  std::optional<std::vector<api_key>> keys;
  /// With `keys`: all sessions of browsers.
  std::vector<browser_session> sessions{};
};

/// The reading side: one object per reader thread. Never in the way of a writer.
class ledger_queries {
 public:
  virtual ~ledger_queries() = default;

  virtual result<std::optional<found_transaction>> find_transaction(transaction_id id) = 0;
  virtual result<std::optional<found_message>> find_message(const message_id& id) = 0;
  /// See message_search.hpp.
  virtual result<message_page> list_messages(const message_list& what) = 0;
  /// Live ones and those in history, in the order of their ids, so a row that moves from one table
  /// to the other between two pages is neither missed nor shown twice.
  virtual result<transaction_page> list_transactions(const transaction_list& what) = 0;
  virtual result<known_providers> providers() = 0;
  virtual result<std::vector<user_provider>> user_providers(user_id user) = 0;
  /// The users whose lists changed after `version`, and the newest version; at most `limit` users,
  /// and nothing in place of the list when there were more. And whether to ask for the providers.
  struct list_changes {
    std::int64_t version = 0;
    std::optional<std::vector<user_id>> users;
    std::int64_t provider_version = 0;
  };
  virtual result<list_changes> user_list_changes(std::int64_t version, std::int32_t limit) = 0;
  /// The answer when this client's key came first, unless it expired until `now`.
  virtual result<std::optional<first_answer>> find_first_answer(api_key_id client, const hash& key,
                                                                time_point now) = 0;
  /// All keys of the API, when something but their last use changed since that version.
  virtual result<key_changes> api_keys(std::int64_t version) = 0;
  virtual result<std::vector<node>> nodes() = 0;
  /// Nodes that own rows although they are not alive, or are not there at all: some of them when
  /// there are many. One look into an index for each owner, however many rows there are.
  virtual result<std::vector<node_id>> dead_owners() = 0;
  /// The earliest due time of each lane that has free rows.
  virtual result<std::vector<lane_state>> waiting_lanes(const std::vector<lane>& lanes) = 0;
  /// At most `limit` free rows of a lane that are due at `now`, in the order (due_at, id), behind
  /// `after`, with their messages. Nothing is locked: whoever changes them finds out whether they
  /// are still there.
  virtual result<std::vector<delivery>> waiting_rows(persistence::lane lane, lane_position after,
                                                     time_point now, std::int32_t limit) = 0;
  /// The earliest `expires_at` of a row that expire_waiting would end then.
  virtual result<std::optional<time_point>> next_expiry() = 0;
  /// One step of the walk over what a person wants tried again; reads at most `limit` rows of the
  /// walk.
  virtual result<retry_page> select_retries(const retry_selection& wanted, const retry_cursor& from,
                                            std::int32_t limit) = 0;
  /// Counts stop at `limit` rows each, so that asking never grows with the backlog.
  virtual result<row_counts> count_rows(std::int64_t limit) = 0;
  /// The rows that wait in each of the lanes, in their order; each number stops at the limit.
  virtual result<std::vector<lane_count>> count_lanes(const std::vector<lane>& lanes,
                                                      time_point now, std::int64_t limit) = 0;
  /// Deliveries that ended as failed at `since` or later and that nothing follows, cancelled ones
  /// left out. Of each error the newest `limit` rows are looked at.
  virtual result<given_up> given_up_since(time_point since, std::int32_t limit) = 0;
  /// The next events of the feed. `now` is the caller's clock.
  virtual result<event_page> read_events(const event_query& what, time_point now) = 0;
  /// The place behind all events that are there.
  virtual result<event_cursor> end_of_events(time_point now) = 0;
  /// Deliveries that ended as failed and that nothing follows, by provider and error.
  virtual result<failure_groups> group_failures(const failure_query& what) = 0;
  /// Entries about who changed what, newest first.
  virtual result<audit_page> list_audit(const audit_query& what) = 0;
  /// The events at these places, in any order; those that retention has removed are left out.
  virtual result<std::vector<found_event>> find_events(const std::vector<event_place>& places) = 0;
  /// All endpoints, when something but what their owners did changed since that version.
  virtual result<endpoint_changes> endpoints(std::int64_t version) = 0;
  virtual result<std::optional<endpoint>> find_endpoint(endpoint_id id) = 0;
  virtual result<std::vector<endpoint_delivery>> list_deliveries(const delivery_query& what) = 0;
  /// Invariants 1 to 5 of docs/internals/architecture.md, at most `limit` violations. Reads all
  /// rows, in memory that does not grow with them.
  virtual result<verification> verify(std::int32_t limit) = 0;
};

}  // namespace postrider::persistence
