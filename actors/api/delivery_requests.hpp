#pragma once

#include "actors/api/delivery_info.hpp"
#include "persistence/access.hpp"
#include "persistence/model.hpp"
#include "persistence/settlement.hpp"
#include "persistence/transaction_filter.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Questions of clients to the delivery pipeline about messages, and its answers: plain values.
namespace postrider::actors {

using persistence::message_id;
using persistence::time_point;
using persistence::transaction_id;
using persistence::user_id;

/// A recipient as the client gave it: a text whose kind shows from its form, or named addresses.
struct recipient_input {
  std::string text;
  std::string phone, email, url;
};

/// The proof that makes it harmless to post the same message again.
struct once_only {
  /// The client of the key; 0 when the server asks for no API key.
  persistence::api_key_id client = 0;
  persistence::hash key{};
  persistence::hash body{};
  /// The time for which a repeat is answered as the first one.
  std::chrono::milliseconds window = std::chrono::hours(24);
};

/// `POST /send/message` after its shape was checked; the values are checked by the pipeline.
struct send_request {
  persistence::user_id user = 0;
  std::string text;
  std::string subject;
  std::string html;
  /// A JSON object, serialised; empty when absent.
  std::string metadata;
  /// The client's own name for it; empty when absent.
  std::string reference;
  /// Absent: the user, at the addresses of the user's own list.
  std::optional<std::vector<recipient_input>> recipients;
  std::string type;
  bool fallback = true;
  /// Absent: the line of the user's list decides.
  std::optional<bool> fallback_on_undelivered;
  persistence::priority priority = persistence::priority::normal;
  persistence::on_unknown on_unknown = persistence::on_unknown::by_provider;
  std::optional<std::int32_t> max_retries;
  std::optional<time_point> send_at;
  std::optional<time_point> expires_at;
  /// In place of expires_at: so long after send_at, or after now.
  std::optional<std::chrono::seconds> ttl;
  /// W3C Trace Context's header of version 00, well-formed, or empty.
  std::string traceparent;
  /// Posted with a test key: nothing leaves this server.
  bool test = false;
  /// A provider whose limit the text exceeds sends its front, in place of refusing it.
  bool shorten = false;
  /// With an idempotency key.
  std::optional<once_only> once;
};

struct transaction_receipt {
  transaction_id id = 0;
  std::string recipient;
  std::string provider;
  std::string provider_type;
};

/// The answer to an accepted message: it is committed and synced to disk.
struct send_receipt {
  persistence::message_id message;
  std::vector<transaction_receipt> transactions;
  /// It is the answer to an earlier request with the same idempotency key.
  bool replayed = false;
};

/// A page of a list of transactions. The gateway finds the ids of `providers` by the names here.
struct transaction_query : persistence::list_filter {
  std::string provider, provider_type;
  /// Only transactions that test keys posted.
  bool test = false;
  std::int32_t limit = 50;
  /// `next_before` of the page before; 0 for the first one.
  transaction_id before = 0;
};
struct transaction_listing {
  /// Newest first.
  std::vector<transaction_info> transactions;
  /// 0: there is no more. A page with a filter may be short, or empty, and have a next one.
  transaction_id next_before = 0;
  /// The place of this read (read_turns.hpp); its last holder lets the next read begin.
  std::shared_ptr<void> turn;
};

struct explained_candidate {
  std::string provider, provider_type;
  /// From 1 in the order in which they are tried; none when excluded.
  std::optional<std::int32_t> rank;
  std::string address;
  std::string reason;
};
struct planned_attempt {
  /// From the first attempt on.
  std::chrono::milliseconds after{0};
  std::string provider;
};
/// All providers are tried again, round by round.
struct planned_repeat {
  /// From the first attempt to the second round.
  std::chrono::milliseconds after{0};
  /// The longest time between two rounds.
  std::chrono::milliseconds at_most{0};
  /// The end of the chain's patience, or the message's expiry when that is earlier.
  persistence::time_point until{};
};
/// Why a provider is chosen for a recipient, and what would follow if it failed.
struct route_explanation {
  std::string recipient;
  std::vector<explained_candidate> candidates;
  /// The first round; without patience (give_up_after = 0s) all attempts.
  std::vector<planned_attempt> plan;
  std::optional<planned_repeat> repeat;
  /// Candidates that a stored decision had no room for.
  std::int32_t candidates_left_out = 0;
  /// The stored transaction that is explained, for what it waits for; nothing for a message that is
  /// not sent.
  std::optional<transaction_info> waiting;
};

/// A message to cancel, and the messages that the caller may know of.
struct cancel_request {
  persistence::message_id message;
  /// Empty: the messages of all users.
  std::vector<user_id> users{};
  /// Only a message that a test key posted.
  bool test_only = false;
};

/// The findings of a cancel, and what it left: the newest transaction of each recipient.
struct cancel_report {
  persistence::message_id message;
  std::int64_t cancelled = 0;  ///< by this call
  std::vector<transaction_info> transactions;

  static bool is_cancelled(const transaction_info& info) {
    return info.transaction.error == persistence::error_code::cancelled;
  }
};

/// `POST /v1/retry`: which failed transactions are tried again now. All filters that are given must
/// hold; without any it is every one that waits.
struct retry_request : persistence::transaction_filter {
  std::vector<transaction_id> ids;
  std::optional<persistence::message_id> message;
  std::string provider;
  /// Those in history too: each begins a new chain.
  bool include_final = false;
  /// The time that `provider` named for a message no longer counts.
  bool lift_named_times = false;
  /// Only rows that wait for a time that `provider` named, and only to go to another provider.
  bool only_moves = false;
  bool dry_run = false;
  /// Where an earlier answer said that there is more.
  std::string cursor;
};

struct retry_report {
  std::int64_t selected = 0;
  std::int64_t retried = 0;
  struct skipped_transaction {
    transaction_id id = 0;
    std::string reason;
  };
  std::vector<skipped_transaction> skipped;
  /// Empty when all was seen.
  std::string next_cursor;
  /// Those of `retried` (with `dry_run`: of what would be retried) that are due, and whose provider
  /// takes nothing now.
  struct waiting_at {
    std::string provider;
    std::int64_t count = 0;
    /// When the provider is tried again; nothing: not known.
    std::optional<time_point> until;
  };
  std::vector<waiting_at> waiting = {};
};

/// A person's decision about a transaction whose outcome is unknown.
struct settle_request {
  transaction_id id = 0;
  persistence::settled_as outcome = persistence::settled_as::give_up;
  /// The name of the API key; empty: none.
  std::string by;
};
struct settle_report {
  /// As it is afterwards.
  transaction_info transaction;
  /// not_sent: the first transaction of the new chain; 0: none was begun now.
  transaction_id next = 0;
};

}  // namespace postrider::actors
