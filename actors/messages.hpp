#pragma once

#include "actors/api/gateway.hpp"
#include "actors/caf_dialect.hpp"
#include "actors/environment.hpp"
#include "actors/rules/commit_permit.hpp"
#include "actors/rules/routing.hpp"
#include "persistence/ledger.hpp"

#include <caf/atom.hpp>
#include <caf/type_id.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// The values that actors send to one another, and their ids in CAF. actors/protocol.hpp says who
/// takes which, and what it means.
namespace postrider::actors {

/// In transaction::owner of what an actor hands to a writer: "this node"; the writer knows its id.
inline constexpr persistence::node_id our_node = -1;

// ---- values in messages ------------------------------------------------------------------------

/// An answer of the ledger.
template <class T>
struct reply {
  std::optional<persistence::ledger_error> error;
  T value{};
};

struct write_request {
  std::vector<persistence::transition> transitions;
  /// True: tried until the database took it, however long that takes. False: an error at once when
  /// it is away.
  bool keep_trying = true;
  /// With `keep_trying` false: asked before the commit. Null: nobody withdraws it.
  commit_permit_ptr permit;
};
using write_results = std::vector<persistence::transition_result>;

/// A caller's request on its way. Answered exactly once: at the latest when the last reference to
/// it goes.
template <class Request, class Answer>
class job {
 public:
  job(Request what, std::string trace_id, completion<Answer> answer)
      : request(std::move(what)), trace(std::move(trace_id)), done_(std::move(answer)) {}
  ~job() {
    finish(service_error{service_errc::timeout,
                         "the server was interrupted: whether it was stored is not known",
                         {},
                         {}});
  }
  job(const job&) = delete;
  job& operator=(const job&) = delete;

  void finish(result<Answer> answer) {
    if (auto done = std::exchange(done_, nullptr)) done(std::move(answer));
  }

  Request request;
  /// The request id; goes through the logs.
  std::string trace;

 private:
  completion<Answer> done_;
};
using accept_job_ptr = std::shared_ptr<job<send_request, send_receipt>>;

struct route_query {
  std::shared_ptr<const persistence::message> message;
  /// One recipient, with its chain so far; -1: all recipients of a new message.
  std::int32_t recipient_no = -1;
  std::vector<persistence::attempt> attempts;
  /// Nothing is sent at once: the probe of a half-open provider stays for somebody else.
  bool only_asks = false;
};
struct route_reply {
  /// Why there is no answer: the user's list could not be read.
  std::optional<persistence::ledger_error> error;
  /// One ranking per recipient asked for.
  std::vector<std::vector<candidate>> rankings;
};

/// The first answer to a client's idempotency key before.
struct answer_query {
  persistence::api_key_id client = 0;
  persistence::hash key{};
  persistence::time_point now{};
};

/// Free rows of one lane, read page by page.
struct waiting_query {
  persistence::lane lane = 0;
  persistence::lane_position after;
  persistence::time_point now{};
  std::int32_t limit = 0;
};

/// The values that the routing rule works on for one user now, for an explanation that sends
/// nothing.
struct routing_snapshot {
  std::vector<persistence::user_provider> user_list;
  std::vector<routed_provider> providers;
  /// Has their drivers.
  directory_ptr directory;
};

/// A provider's health as its sender tells the selector; see provider_condition.
struct provider_health {
  persistence::provider_id provider = 0;
  circuit_state state = circuit_state::closed;
  /// It is open only until the end of the probe that is under way.
  bool probing = false;
};

/// An attempt that has ended, on its way into the ledger. It has one owner: the actor that took it
/// over last, until the ledger has it.
struct ended_attempt {
  persistence::delivery delivery;
  persistence::attempt_result result;
  /// The row's state in the ledger: pending when it expired before its begin, failed when it was
  /// claimed because its retry is due.
  persistence::transaction_status expected = persistence::transaction_status::processing;
  /// How the transaction ends when nothing is tried any more.
  persistence::transaction_status status = persistence::transaction_status::failed;
};

/// An attempt of which nobody knows whether the provider took it. A receipt for its address, sent
/// between the two times, tells.
struct unknown_attempt {
  persistence::transaction_id id = 0;
  persistence::provider_id provider = 0;
  std::string address;
  persistence::time_point begun{};
  persistence::time_point ended{};
};

/// A receipt of a provider of test mode for a delivery that it accepted.
struct simulated_receipt {
  persistence::provider_id provider = 0;
  receipt_report report;
};

/// A provider's call with receipts, answered exactly once.
using receipt_job = job<receipt_request, receipt_answer>;
using receipt_job_ptr = std::shared_ptr<receipt_job>;

/// A reader's request to the feed.
using event_job = job<event_request, event_listing>;
using event_job_ptr = std::shared_ptr<event_job>;

/// A page of events for an endpoint in a turn of its owner.
struct endpoint_page {
  persistence::endpoint_id endpoint = 0;
  std::int64_t turn = 0;
  persistence::event_cursor from;
  result<event_listing> events;
};
using endpoint_page_ptr = std::shared_ptr<const endpoint_page>;

/// A person's wish to try failures again.
using retry_job = job<retry_request, retry_report>;
using retry_job_ptr = std::shared_ptr<retry_job>;

struct provider_switch {
  std::string provider;
  bool on = false;
};
/// Another configuration, or one provider that is switched on or off.
using provider_change = std::variant<std::vector<provider_settings>, provider_switch>;

/// Other providers than before, answered when the pipeline works with them.
using reload_job = job<provider_change, reload_report>;
using reload_job_ptr = std::shared_ptr<reload_job>;

/// The state of an actor, for people.
struct inspection {
  boost::json::object content;
};

/// The rows in the database.
struct database_counts {
  persistence::row_counts rows;
  std::vector<persistence::lane_count> lanes;
};

using milliseconds = std::chrono::milliseconds;
using user_provider_list = std::vector<persistence::user_provider>;
using delivery_list = std::vector<persistence::delivery>;
using provider_info_list = std::vector<provider_info>;

}  // namespace postrider::actors

CAF_BEGIN_TYPE_ID_BLOCK(postrider, caf::first_custom_type_id)
CAF_ADD_ATOM(postrider, postrider::actors, flush_atom, "flush")
CAF_ADD_ATOM(postrider, postrider::actors, reconnect_atom, "reconnect")
CAF_ADD_ATOM(postrider, postrider::actors, register_atom, "register")
CAF_ADD_ATOM(postrider, postrider::actors, renew_atom, "renew")
CAF_ADD_ATOM(postrider, postrider::actors, leave_atom, "leave")
CAF_ADD_ATOM(postrider, postrider::actors, adopt_atom, "adopt")
CAF_ADD_ATOM(postrider, postrider::actors, find_atom, "find")
CAF_ADD_ATOM(postrider, postrider::actors, lanes_atom, "lanes")
CAF_ADD_ATOM(postrider, postrider::actors, nodes_atom, "nodes")
CAF_ADD_ATOM(postrider, postrider::actors, owners_atom, "owners")
CAF_ADD_ATOM(postrider, postrider::actors, rows_atom, "rows")
CAF_ADD_ATOM(postrider, postrider::actors, changes_atom, "changes")
CAF_ADD_ATOM(postrider, postrider::actors, list_atom, "list")
CAF_ADD_ATOM(postrider, postrider::actors, replace_atom, "replace")
CAF_ADD_ATOM(postrider, postrider::actors, tick_atom, "tick")
CAF_ADD_ATOM(postrider, postrider::actors, pump_atom, "pump")
CAF_ADD_ATOM(postrider, postrider::actors, deliver_atom, "deliver")
CAF_ADD_ATOM(postrider, postrider::actors, transferred_atom, "transfer")
CAF_ADD_ATOM(postrider, postrider::actors, recorded_atom, "recorded")
CAF_ADD_ATOM(postrider, postrider::actors, route_atom, "route")
CAF_ADD_ATOM(postrider, postrider::actors, wake_atom, "wake")
CAF_ADD_ATOM(postrider, postrider::actors, drain_atom, "drain")
CAF_ADD_ATOM(postrider, postrider::actors, retire_atom, "retire")
CAF_ADD_ATOM(postrider, postrider::actors, fenced_atom, "fenced")
CAF_ADD_ATOM(postrider, postrider::actors, start_atom, "start")
CAF_ADD_ATOM(postrider, postrider::actors, inspect_atom, "inspect")
CAF_ADD_ATOM(postrider, postrider::actors, event_atom, "event")
CAF_ADD_ATOM(postrider, postrider::actors, ended_atom, "ended")
CAF_ADD_ATOM(postrider, postrider::actors, listen_atom, "listen")
CAF_ADD_ATOM(postrider, postrider::actors, expiry_atom, "expiry")
CAF_ADD_ATOM(postrider, postrider::actors, failures_atom, "failures")
CAF_ADD_ATOM(postrider, postrider::actors, keys_atom, "keys")
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reply<postrider::persistence::key_changes>))
CAF_ADD_ATOM(postrider, postrider::actors, providers_atom, "providers")
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reply<postrider::persistence::known_providers>))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::retry_job_ptr))
CAF_ADD_TYPE_ID(postrider, (postrider::persistence::retry_selection))
CAF_ADD_TYPE_ID(postrider, (postrider::persistence::retry_cursor))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reply<postrider::persistence::retry_page>))
CAF_ADD_TYPE_ID(postrider,
                (postrider::actors::reply<std::optional<postrider::persistence::time_point>>))
CAF_ADD_ATOM(postrider, postrider::actors, explain_atom, "explain")
CAF_ADD_ATOM(postrider, postrider::actors, configure_atom, "configure")
CAF_ADD_ATOM(postrider, postrider::actors, solved_atom, "solved")
CAF_ADD_TYPE_ID(postrider, (postrider::actors::provider_ptr))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reload_job_ptr))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::receipt_job_ptr))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::unknown_attempt))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::simulated_receipt))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::write_request))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reply<postrider::actors::write_results>))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reply<postrider::persistence::node_id>))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reply<bool>))
CAF_ADD_TYPE_ID(
    postrider, (postrider::actors::reply<std::optional<postrider::persistence::found_transaction>>))
CAF_ADD_TYPE_ID(postrider,
                (postrider::actors::reply<std::optional<postrider::persistence::found_message>>))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reply<postrider::actors::user_provider_list>))
CAF_ADD_TYPE_ID(postrider,
                (postrider::actors::reply<postrider::persistence::ledger_queries::list_changes>))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reply<std::vector<postrider::persistence::node>>))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reply<std::vector<postrider::persistence::node_id>>))
CAF_ADD_TYPE_ID(postrider,
                (postrider::actors::reply<std::vector<postrider::persistence::lane_state>>))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reply<postrider::actors::database_counts>))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reply<postrider::persistence::given_up>))
CAF_ADD_TYPE_ID(postrider, (postrider::persistence::message_list))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reply<postrider::persistence::message_page>))
CAF_ADD_TYPE_ID(postrider, (postrider::persistence::transaction_list))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reply<postrider::persistence::transaction_page>))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reply<postrider::actors::routing_snapshot>))
CAF_ADD_TYPE_ID(postrider, (postrider::persistence::failure_query))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reply<postrider::persistence::failure_groups>))
CAF_ADD_TYPE_ID(postrider, (postrider::persistence::audit_query))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reply<postrider::persistence::audit_page>))
CAF_ADD_ATOM(postrider, postrider::actors, events_atom, "events")
CAF_ADD_TYPE_ID(postrider, (postrider::actors::event_job_ptr))
CAF_ADD_ATOM(postrider, postrider::actors, endpoints_atom, "endpoints")
CAF_ADD_TYPE_ID(postrider, (postrider::actors::endpoint_page_ptr))
CAF_ADD_TYPE_ID(postrider, (postrider::persistence::delivery_query))
CAF_ADD_TYPE_ID(postrider, (std::vector<postrider::persistence::event_place>))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reply<postrider::persistence::endpoint_changes>))
CAF_ADD_TYPE_ID(postrider,
                (postrider::actors::reply<std::optional<postrider::persistence::endpoint>>))
CAF_ADD_TYPE_ID(postrider,
                (postrider::actors::reply<std::vector<postrider::persistence::endpoint_delivery>>))
CAF_ADD_TYPE_ID(postrider,
                (postrider::actors::reply<std::vector<postrider::persistence::found_event>>))
CAF_ADD_TYPE_ID(postrider, (postrider::persistence::event_query))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reply<postrider::persistence::event_page>))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reply<postrider::persistence::event_cursor>))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::accept_job_ptr))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::route_query))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::route_reply))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::waiting_query))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reply<postrider::actors::delivery_list>))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::answer_query))
CAF_ADD_TYPE_ID(postrider,
                (postrider::actors::reply<std::optional<postrider::persistence::first_answer>>))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::provider_health))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::transfer_result))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::inspection))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::provider_info))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::provider_info_list))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::user_provider_list))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::delivery_list))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::ended_attempt))
CAF_ADD_TYPE_ID(postrider, (postrider::persistence::message_id))
CAF_ADD_TYPE_ID(postrider, (std::vector<postrider::persistence::lane>))
CAF_END_TYPE_ID_BLOCK(postrider)

// Nothing leaves the process, so nothing is serialised.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::write_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reply<postrider::actors::write_results>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reply<postrider::persistence::node_id>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reply<bool>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(
    postrider::actors::reply<std::optional<postrider::persistence::found_transaction>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(
    postrider::actors::reply<std::optional<postrider::persistence::found_message>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reply<postrider::actors::user_provider_list>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(
    postrider::actors::reply<postrider::persistence::ledger_queries::list_changes>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reply<std::vector<postrider::persistence::node>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(
    postrider::actors::reply<std::vector<postrider::persistence::node_id>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(
    postrider::actors::reply<std::vector<postrider::persistence::lane_state>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reply<postrider::actors::database_counts>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reply<postrider::persistence::given_up>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::persistence::message_list)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reply<postrider::persistence::message_page>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::persistence::transaction_list)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reply<postrider::persistence::transaction_page>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reply<postrider::actors::routing_snapshot>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::persistence::failure_query)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reply<postrider::persistence::failure_groups>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::persistence::audit_query)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reply<postrider::persistence::audit_page>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::event_job_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::endpoint_page_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::persistence::delivery_query)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<postrider::persistence::event_place>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reply<postrider::persistence::endpoint_changes>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(
    postrider::actors::reply<std::optional<postrider::persistence::endpoint>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(
    postrider::actors::reply<std::vector<postrider::persistence::endpoint_delivery>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(
    postrider::actors::reply<std::vector<postrider::persistence::found_event>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::persistence::event_query)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reply<postrider::persistence::event_page>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reply<postrider::persistence::event_cursor>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::accept_job_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::receipt_job_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::retry_job_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::persistence::retry_selection)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::persistence::retry_cursor)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reply<postrider::persistence::retry_page>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(
    postrider::actors::reply<std::optional<postrider::persistence::time_point>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::unknown_attempt)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::simulated_receipt)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::provider_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reload_job_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::route_query)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::route_reply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::waiting_query)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reply<postrider::actors::delivery_list>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::answer_query)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reply<postrider::persistence::key_changes>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reply<postrider::persistence::known_providers>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(
    postrider::actors::reply<std::optional<postrider::persistence::first_answer>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::provider_health)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::transfer_result)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::inspection)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::provider_info)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::provider_info_list)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::user_provider_list)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::delivery_list)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::ended_attempt)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::persistence::message_id)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<postrider::persistence::lane>)
