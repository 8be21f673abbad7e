#pragma once

#include "actors/api/delivery_requests.hpp"
#include "actors/api/endpoint_requests.hpp"
#include "actors/api/event_requests.hpp"
#include "actors/api/message_requests.hpp"
#include "actors/api/receipt_call.hpp"
#include "persistence/access.hpp"
#include "persistence/audit.hpp"

#include <boost/json/object.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// The delivery pipeline as http/ sees it: a plain interface without CAF in it. Every call answers
/// exactly once, within its own timeout, on a thread of the pipeline. There the caller only posts
/// to its own executor.
namespace postrider::actors {

enum class service_errc {
  invalid = 1,  ///< understood, but its values cannot be; see service_error::problems
  no_route,     ///< no provider can take a recipient; see service_error::problems
  not_found,
  forbidden,     ///< the caller could not prove who it is
  conflict,      ///< the thing is in another state
  gone,          ///< it was there, and retention has removed it
  key_mismatch,  ///< the idempotency key came with another body before
  in_progress,   ///< the first request with this idempotency key is not stored yet
  overloaded,    ///< too much is in flight: nothing was stored
  unavailable,   ///< the database is away: nothing was stored
  draining,      ///< the server is about to stop: nothing was stored
  timeout,       ///< no answer in time: whether something was stored is not known
  internal,
};

/// One thing that is wrong with a request.
struct field_problem {
  std::string pointer;  ///< RFC 6901, "/recipients/0"
  std::string code;     ///< stable, "bad_phone_number"
  std::string detail;   ///< for a person: what was found, what would be right
};

struct service_error {
  service_errc code = service_errc::internal;
  std::string detail;
  std::vector<field_problem> problems;
  /// With overloaded, unavailable and draining: the delay before the next request.
  std::chrono::seconds retry_after{1};
};
[[noreturn]] void throw_exception_from_error(const service_error& error,
                                             const boost::source_location& where);

template <class T>
using result = boost::system::result<T, service_error>;
template <class T>
using completion = std::function<void(result<T>)>;

// ---- values ------------------------------------------------------------------------------------

struct user_provider_line {
  std::string provider;
  std::int32_t priority = 1;
  bool active = true;
  std::string address;
  bool fallback_on_undelivered = false;
};

struct circuit_info {
  std::string state;   ///< "closed", "open", "half_open"
  std::string reason;  ///< why it is open
  /// Since when it is not closed, or the provider takes nothing.
  std::optional<time_point> since;
  /// When the next probe may be.
  std::optional<time_point> open_until;
  /// The credentials or settings were refused; it is probed less and less often.
  bool held = false;
  /// It is open for a short time only, because the provider is suspected.
  bool suspected = false;
};

/// A proof that a provider asks a person for before it goes on with some recipients, such as
/// Signal's captcha.
struct challenge_info {
  std::string token;
  time_point since{};
};

struct provider_info {
  std::string name;
  std::string type;
  std::int32_t priority = 0;
  bool active = false;
  circuit_info circuit;
  /// Outcome name and how often since the start.
  std::vector<std::pair<std::string, std::uint64_t>> outcomes;
  std::uint64_t consecutive_failures = 0;
  std::chrono::microseconds latency_p50{0}, latency_p99{0};
  std::int32_t in_flight = 0, max_in_flight = 0;
  std::int64_t queued = 0;
  std::string last_error;
  /// The last one that was not answered and has not ended by itself.
  std::optional<challenge_info> challenge;
  /// The end of a pause that the provider asked for, for all of its messages.
  std::optional<time_point> paused_until;
};

/// A person's answer to a provider's challenge.
struct challenge_input {
  std::string captcha;
  /// Empty: that of provider_info::challenge.
  std::string token;
};

/// The outcome of one message through one provider, outside of all lists and queues.
struct provider_trial {
  std::string provider;
  /// As this provider has it.
  std::string address;
  /// "accepted", "recipient_rejected", "unavailable", ...
  std::string outcome;
  std::string detail, provider_ref;
  std::chrono::microseconds took{0};
};

/// A kind of provider and its keys in the configuration.
struct provider_type_info {
  struct key {
    std::string name, kind, default_value, help;
    bool required = false;
  };
  std::string name, help;
  std::vector<key> keys;
};

struct receipt_answer {
  /// How many receipts were new.
  std::int64_t stored = 0;
};

/// A key to be made.
struct new_key {
  std::string name;
  persistence::scope_set scopes;
  /// Empty: it acts for all users.
  std::vector<user_id> users;
  /// With the scope ingest: the sources that it may use; empty: all.
  std::vector<std::string> sources = {};
  bool test = false;
  /// 0: as many requests as it likes.
  std::int32_t rate_per_minute = 0;
  std::optional<time_point> expires_at;
};
struct created_key {
  persistence::api_key key;
  /// The key itself; this is the only time that it can be seen.
  std::string secret;
};

/// The requests that a key may still make, and the time until it may make more.
struct request_budget {
  std::int32_t limit = 0;
  std::int64_t remaining = 0;
  std::chrono::seconds reset{0};
  /// False: this request is one too many.
  bool allowed = true;
};
struct admission {
  /// Null: there is no such key, or it has expired or was revoked.
  std::shared_ptr<const persistence::api_key> client;
  /// Nothing: no limit.
  std::optional<request_budget> rate;
};

enum class database_state : std::uint8_t {
  usable,
  /// Somebody else holds a lock on it.
  locked,
  /// Its disk, a quota or a limit is full.
  full,
  /// It takes no changes: its disk or file fails, the file was moved away, or it is read-only.
  failing,
  unreachable,
};

struct readiness {
  bool ready = false;
  /// One sentence for each thing that is missing.
  std::vector<std::string> reasons;
  /// Things that work but should be looked at.
  std::vector<std::string> warnings;
  /// As the connections that write see it.
  database_state database = database_state::usable;
  /// Whether there is an API key that lets anybody in.
  bool has_keys = true;
};

// ---- what is wrong with values ------------------------------------------------------------------

/// Everything that is wrong with the values of a request, so that a client is told at once. A
/// request may have been read only in part; then a value that was not read may count as empty.
/// Pure; `gateway` checks the same.
std::vector<field_problem> value_problems(send_request request, time_point now);
std::vector<field_problem> value_problems(const new_key& wanted, time_point now);

// ---- the interface -----------------------------------------------------------------------------

class gateway {
 public:
  virtual ~gateway() = default;

  /// `trace` is the request id; it goes with the message through the logs.
  virtual void send(send_request request, std::string trace, completion<send_receipt> done) = 0;
  virtual void find_transaction(transaction_id id, completion<transaction_info> done) = 0;
  virtual void find_message(const persistence::message_id& id, completion<message_info> done) = 0;
  /// Ends what of a message was not sent yet. The states are true at one moment of the database:
  /// what is said to be cancelled is never sent. not_found for an unknown message.
  virtual void cancel(cancel_request request, completion<cancel_report> done) = 0;
  virtual void list_messages(message_query query, completion<message_listing> done) = 0;
  /// Counts the messages that such a list would have; `limit` and `before` do not matter.
  virtual void count_messages(message_query query, completion<message_counts> done) = 0;
  /// The failures of a day.
  virtual void failures(failure_request request, completion<failure_report> done) = 0;
  virtual void list_transactions(transaction_query query, completion<transaction_listing> done) = 0;
  /// One explanation for each recipient of a message that is not sent.
  virtual void explain_route(send_request request,
                             completion<std::vector<route_explanation>> done) = 0;
  /// As it was decided when the transaction was made.
  virtual void explain_transaction(transaction_id id, completion<route_explanation> done) = 0;
  /// At most 1,000 transactions in one call; the report says where to go on.
  virtual void retry(retry_request request, completion<retry_report> done) = 0;
  /// Settles a chain that ended as outcome_unknown. The same decision again is answered alike.
  /// not_found for an unknown transaction, conflict when there is nothing of the kind to settle.
  virtual void settle(settle_request request, completion<settle_report> done) = 0;
  /// The next events of the feed, or none when the request's wait is over. gone when retention has
  /// removed events behind its cursor.
  virtual void events(event_request request, completion<event_listing> done) = 0;
  virtual void user_providers(persistence::user_id user,
                              completion<std::vector<user_provider_line>> done) = 0;
  /// Replaces the list as a whole and answers it as stored, in the order of priority.
  virtual void put_user_providers(persistence::user_id user, std::vector<user_provider_line> list,
                                  completion<std::vector<user_provider_line>> done) = 0;
  virtual void providers(completion<std::vector<provider_info>> done) = 0;
  /// Switches a provider on or off; it outlives restarts. Answers when this server works so. Other
  /// servers on the same database see it when their configuration is read again, or they restart.
  virtual void switch_provider(std::string name, bool on, completion<provider_info> done) = 0;
  /// Sends one real message through this provider at once, whether it is on or off. Nothing is
  /// stored, nothing is tried twice, and its circuit does not count it.
  virtual void try_provider(std::string name, recipient_input recipient,
                            completion<provider_trial> done) = 0;
  /// Submits the answer to a provider's challenge, and tells the provider as it is then. conflict
  /// when no challenge is known; invalid for a provider that has none, and when the provider
  /// refuses the answer.
  virtual void answer_challenge(std::string name, challenge_input answer,
                                completion<provider_info> done) = 0;
  /// Answers at once.
  virtual std::vector<provider_type_info> provider_types() const = 0;
  /// Answers when what the provider said is committed. not_found for an unknown provider or a wrong
  /// token, forbidden for a wrong signature, invalid for what cannot be read.
  virtual void receive_receipt(receipt_request request, completion<receipt_answer> done) = 0;
  /// The state of every actor; `section` empty for all: build, node, senders, dispatcher,
  /// scheduler, ledger, intake, selector, archiver, retention, receipts, retries, supervisor,
  /// events, database. not_found for an unknown one.
  virtual void inspect(std::string section, completion<boost::json::object> done) = 0;
  /// Stores a new key. invalid for what it cannot be, conflict when there was one of that name.
  virtual void create_key(new_key wanted, completion<created_key> done) = 0;
  /// All keys that there ever were.
  virtual void keys(completion<std::vector<persistence::api_key>> done) = 0;
  /// Revokes a key, on this node at once, on others within seconds. Answers the key, as often as it
  /// is asked; not_found for an unknown one.
  virtual void revoke_key(persistence::api_key_id id, completion<persistence::api_key> done) = 0;
  virtual void create_endpoint(new_endpoint wanted, completion<changed_endpoint> done) = 0;
  virtual void endpoints(completion<std::vector<persistence::endpoint>> done) = 0;
  /// not_found for an unknown one, as of all that follow.
  virtual void find_endpoint(persistence::endpoint_id id,
                             completion<persistence::endpoint> done) = 0;
  virtual void change_endpoint(endpoint_change wanted, completion<changed_endpoint> done) = 0;
  virtual void delete_endpoint(persistence::endpoint_id id,
                               completion<persistence::endpoint> done) = 0;
  virtual void endpoint_deliveries(persistence::delivery_query query,
                                   completion<delivery_listing> done) = 0;
  /// Answers how many wait again.
  virtual void replay_deliveries(persistence::replay_deliveries wanted,
                                 completion<std::int64_t> done) = 0;
  /// Sends it an event "endpoint.test" now, and answers what came back.
  virtual void test_endpoint(persistence::endpoint_id id, completion<endpoint_test> done) = 0;
  /// Whether a request with this key may come in. Answers at once, from any thread; unavailable
  /// while the keys could not be read yet.
  virtual result<admission> admit(std::string_view key) = 0;
  /// The same for the token of a browser's session.
  virtual result<admission> admit_session(std::string_view token) = 0;
  /// Begins a session of a key, and answers its token. conflict when the key has ended.
  virtual void begin_session(persistence::api_key_id key, completion<std::string> done) = 0;
  /// Ends a session; answers whether there was one.
  virtual void end_session(std::string token, completion<bool> done) = 0;
  /// Stores that somebody changed something; unavailable at once while the database is away.
  virtual void note_audit(persistence::audit_entry entry, completion<bool> done) = 0;
  virtual void list_audit(persistence::audit_query query,
                          completion<persistence::audit_page> done) = 0;
  /// Answers at once, from any thread.
  virtual readiness ready() const = 0;
};

}  // namespace postrider::actors
