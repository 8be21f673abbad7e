#pragma once

#include "actors/caf_dialect.hpp"
#include "actors/environment.hpp"
#include "actors/gateway.hpp"
#include "actors/routing.hpp"
#include "persistence/ledger.hpp"

#include <caf/atom.hpp>
#include <caf/type_id.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// All messages and all typed interfaces: the map of the system. An actor that sends a message
/// hands over what the message's line says; until the receiver's own commit the ledger still shows
/// the old state, so an actor that dies loses nothing: the supervisor starts the pipeline again
/// from the ledger.
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
  /// Of one recipient, with its chain so far; -1: of all recipients of a new message.
  std::int32_t recipient_no = -1;
  std::vector<persistence::attempt> attempts;
};
struct route_reply {
  /// Why there is no answer: the user's list could not be read.
  std::optional<persistence::ledger_error> error;
  /// One ranking per recipient asked for.
  std::vector<std::vector<candidate>> rankings;
};

/// Free rows of one lane, read page by page.
struct waiting_query {
  persistence::lane lane = 0;
  persistence::lane_position after;
  persistence::time_point now{};
  std::int32_t limit = 0;
};

/// What the rule works on for one user now, for an explanation that sends nothing.
struct routing_snapshot {
  std::vector<persistence::user_provider> user_list;
  std::vector<routed_provider> providers;
  /// Has their drivers.
  directory_ptr directory;
};

/// What a provider takes now: all; nothing, because its circuit is open, its probe is under way or
/// it asked for a long pause; or one delivery as a probe.
struct provider_health {
  persistence::provider_id provider = 0;
  circuit_state state = circuit_state::closed;
};

/// A delivery that was begun and not accepted.
struct failed_delivery {
  persistence::delivery delivery;
  outcome result;
};

/// A transaction that has come to its end.
struct finished_delivery {
  persistence::transaction_id id = 0;
  persistence::provider_id provider = 0;
  persistence::transaction_status expected = persistence::transaction_status::processing;
  persistence::transaction_status status = persistence::transaction_status::success;
  persistence::attempt_result result;
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

/// A provider's call with receipts, answered exactly once.
using receipt_job = job<receipt_request, receipt_answer>;
using receipt_job_ptr = std::shared_ptr<receipt_job>;

/// A person's wish to try failures again.
using retry_job = job<retry_request, retry_report>;
using retry_job_ptr = std::shared_ptr<retry_job>;

/// Other providers than before, answered when the pipeline works with them.
using reload_job = job<std::vector<provider_settings>, reload_report>;
using reload_job_ptr = std::shared_ptr<reload_job>;

/// What an actor holds, for people.
struct inspection {
  boost::json::object content;
};

using milliseconds = std::chrono::milliseconds;
using user_provider_list = std::vector<persistence::user_provider>;
using delivery_list = std::vector<persistence::delivery>;
using finished_list = std::vector<finished_delivery>;
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
CAF_ADD_ATOM(postrider, postrider::actors, rows_atom, "rows")
CAF_ADD_ATOM(postrider, postrider::actors, changes_atom, "changes")
CAF_ADD_ATOM(postrider, postrider::actors, list_atom, "list")
CAF_ADD_ATOM(postrider, postrider::actors, replace_atom, "replace")
CAF_ADD_ATOM(postrider, postrider::actors, tick_atom, "tick")
CAF_ADD_ATOM(postrider, postrider::actors, pump_atom, "pump")
CAF_ADD_ATOM(postrider, postrider::actors, deliver_atom, "deliver")
CAF_ADD_ATOM(postrider, postrider::actors, transferred_atom, "transfer")
CAF_ADD_ATOM(postrider, postrider::actors, recorded_atom, "recorded")
CAF_ADD_ATOM(postrider, postrider::actors, room_atom, "room")
CAF_ADD_ATOM(postrider, postrider::actors, route_atom, "route")
CAF_ADD_ATOM(postrider, postrider::actors, poke_atom, "poke")
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
CAF_ADD_TYPE_ID(postrider, (postrider::actors::retry_job_ptr))
CAF_ADD_TYPE_ID(postrider, (postrider::persistence::retry_selection))
CAF_ADD_TYPE_ID(postrider, (postrider::persistence::retry_cursor))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reply<postrider::persistence::retry_page>))
CAF_ADD_TYPE_ID(postrider,
                (postrider::actors::reply<std::optional<postrider::persistence::time_point>>))
CAF_ADD_ATOM(postrider, postrider::actors, explain_atom, "explain")
CAF_ADD_ATOM(postrider, postrider::actors, configure_atom, "configure")
CAF_ADD_TYPE_ID(postrider, (postrider::actors::provider_ptr))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reload_job_ptr))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::receipt_job_ptr))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::unknown_attempt))
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
CAF_ADD_TYPE_ID(postrider,
                (postrider::actors::reply<std::vector<postrider::persistence::lane_state>>))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reply<postrider::persistence::row_counts>))
CAF_ADD_TYPE_ID(postrider, (postrider::persistence::transaction_list))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reply<postrider::persistence::transaction_page>))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reply<postrider::actors::routing_snapshot>))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::accept_job_ptr))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::route_query))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::route_reply))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::waiting_query))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::reply<postrider::actors::delivery_list>))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::provider_health))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::failed_delivery))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::transfer_result))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::inspection))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::provider_info))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::provider_info_list))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::user_provider_list))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::delivery_list))
CAF_ADD_TYPE_ID(postrider, (postrider::actors::finished_delivery))
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
    postrider::actors::reply<std::vector<postrider::persistence::lane_state>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reply<postrider::persistence::row_counts>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::persistence::transaction_list)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reply<postrider::persistence::transaction_page>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reply<postrider::actors::routing_snapshot>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::accept_job_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::receipt_job_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::retry_job_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::persistence::retry_selection)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::persistence::retry_cursor)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reply<postrider::persistence::retry_page>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(
    postrider::actors::reply<std::optional<postrider::persistence::time_point>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::unknown_attempt)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::provider_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reload_job_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::route_query)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::route_reply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::waiting_query)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::reply<postrider::actors::delivery_list>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::provider_health)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::failed_delivery)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::transfer_result)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::inspection)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::provider_info)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::provider_info_list)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::user_provider_list)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::delivery_list)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::actors::finished_delivery)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postrider::persistence::message_id)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<postrider::persistence::lane>)

namespace postrider::actors {

// ---- interfaces --------------------------------------------------------------------------------

/// Starts the pipeline, and starts it again from the ledger when one of its actors dies or its node
/// was fenced.
using supervisor_actor = caf::typed_actor<
    /// INTERNAL: start the pipeline.
    handles<void(start_atom)>,
    /// The keeper has a node: the rest of the pipeline may start.
    handles<void(register_atom, persistence::node_id)>,
    /// The ledger writes nothing more under this node's name.
    handles<void(fenced_atom, persistence::node_id)>,
    /// Takes over the wish for other providers.
    handles<void(reload_job_ptr)>,
    /// Ends all senders' work; answers how much is still in flight.
    handles<std::int64_t(drain_atom)>,
    /// Ends the pipeline; answers when the lease was given back.
    handles<bool(leave_atom)>, handles<inspection(inspect_atom)>>;

/// Group commit: what arrives while a commit runs goes into the next one.
using ledger_writer_actor = caf::typed_actor<
    /// Takes over the transitions; the answer means that they are committed and synced.
    handles<reply<write_results>(write_request)>,
    /// A fresh node id with a lease of that length; batches carry it from then on.
    handles<reply<persistence::node_id>(register_atom, std::chrono::nanoseconds)>,
    /// The node id under which the other writers write.
    handles<void(adopt_atom, persistence::node_id)>,
    /// Renews the lease; the value says whether we still have it.
    handles<reply<bool>(renew_atom, std::chrono::nanoseconds)>,
    /// Gives the lease back.
    handles<reply<bool>(leave_atom)>,
    /// INTERNAL: apply what waits.
    handles<void(flush_atom)>,
    /// INTERNAL: the database was away, try again.
    handles<void(reconnect_atom)>, handles<inspection(inspect_atom)>>;

/// Queries, on a connection and a thread of its own.
using ledger_reader_actor = caf::typed_actor<
    handles<reply<std::optional<persistence::found_transaction>>(find_atom,
                                                                 persistence::transaction_id)>,
    handles<reply<std::optional<persistence::found_message>>(find_atom, persistence::message_id)>,
    /// A step of the walk over the failures that a person selected; at most that many rows.
    handles<reply<persistence::retry_page>(failures_atom, persistence::retry_selection,
                                           persistence::retry_cursor, std::int32_t)>,
    /// When the next row expires that nobody is sending.
    handles<reply<std::optional<persistence::time_point>>(expiry_atom)>,
    /// One page of a list of transactions.
    handles<reply<persistence::transaction_page>(list_atom, persistence::transaction_list)>,
    /// A user's provider list.
    handles<reply<user_provider_list>(list_atom, persistence::user_id)>,
    /// Whose lists changed since that version.
    handles<reply<persistence::ledger_queries::list_changes>(changes_atom, std::int64_t)>,
    handles<reply<std::vector<persistence::node>>(nodes_atom)>,
    /// Which of the lanes have free rows, and from when on they are due.
    handles<reply<std::vector<persistence::lane_state>>(lanes_atom,
                                                        std::vector<persistence::lane>)>,
    /// Free rows that wait, without touching them.
    handles<reply<delivery_list>(waiting_query)>,
    handles<reply<persistence::row_counts>(rows_atom)>>;

/// Checks, routes and stores new messages.
using message_intake_actor = caf::typed_actor<
    /// Takes over the client's request; answers it when the message is stored or refused.
    handles<void(accept_job_ptr)>, handles<inspection(inspect_atom)>>;

/// Knows providers, user lists and health; ranks.
using provider_selector_actor = caf::typed_actor<
    handles<route_reply(route_query)>,
    /// What a message of that user would be ranked by.
    handles<reply<routing_snapshot>(explain_atom, persistence::user_id)>,
    /// A sender's circuit changed.
    handles<void(provider_health)>,
    /// The directory is another one.
    handles<void(configure_atom)>,
    /// A user's list.
    handles<reply<user_provider_list>(list_atom, persistence::user_id)>,
    /// Replaces a user's list; the answer means that it is stored and used from now on.
    handles<reply<user_provider_list>(replace_atom, persistence::user_id, user_provider_list)>,
    /// INTERNAL: look for lists that other nodes changed.
    handles<void(tick_atom)>, handles<inspection(inspect_atom)>>;

/// Brings what is finished to history.
using history_archiver_actor = caf::typed_actor<
    /// Takes over a finished transaction.
    handles<void(finished_delivery)>,
    /// INTERNAL: write what waits.
    handles<void(flush_atom)>,
    /// The pipeline was started again without this one: what it holds goes to that archiver.
    handles<void(retire_atom, caf::actor)>, handles<inspection(inspect_atom)>>;

/// Has what is old enough emptied and deleted.
using retention_keeper_actor = caf::typed_actor<
    /// INTERNAL: the next step.
    handles<void(tick_atom)>, handles<inspection(inspect_atom)>>;

/// One provider's deliveries.
using sender_actor = caf::typed_actor<
    /// Takes over deliveries whose rows are pending and ours, and whose room was taken from its
    /// window.
    handles<void(deliver_atom, delivery_list)>,
    /// INTERNAL: the transfer engine's answer for a transaction.
    handles<void(transferred_atom, persistence::transaction_id, transfer_result)>,
    /// The ledger has the outcomes of what was handed over to scheduler or archiver: their room is
    /// free again.
    handles<void(recorded_atom, std::vector<persistence::transaction_id>)>,
    /// Its provider's settings changed, or it has gone; what is in flight ends as it began.
    handles<void(configure_atom, provider_ptr)>,
    /// INTERNAL: start what may start now.
    handles<void(pump_atom)>,
    /// INTERNAL: the circuit may have become half-open, a pause may be over.
    handles<void(tick_atom)>,
    /// The pipeline was started again without this one: outcomes of what is in flight go to that
    /// archiver.
    handles<void(retire_atom, caf::actor)>,
    /// Start nothing more; what is in flight ends. Answers how much is in flight.
    handles<std::int64_t(drain_atom)>, handles<provider_info(list_atom)>,
    handles<inspection(inspect_atom)>>;

/// Decides what failures mean, and brings to the senders what waits in the database.
using retry_scheduler_actor = caf::typed_actor<
    /// Takes over a processing row whose attempt failed.
    handles<void(failed_delivery)>,
    /// A sender has room again and a backlog waits.
    handles<void(room_atom, persistence::provider_id)>,
    /// A sender takes other than before: what waits there goes elsewhere, or comes back to it.
    handles<void(provider_health)>,
    /// INTERNAL: look further for what can go to another provider.
    handles<void(pump_atom, persistence::provider_id)>,
    /// The senders are there, or rows were stored free: look after them.
    handles<void(poke_atom)>,
    /// INTERNAL: a failure could not be ranked, try again.
    handles<void(route_atom, persistence::transaction_id)>,
    /// INTERNAL: look into the lanes.
    handles<void(tick_atom)>,
    /// Claims nothing more.
    handles<void(drain_atom)>,
    /// The pipeline was started again without this one: what it holds goes to that archiver.
    handles<void(retire_atom, caf::actor)>, handles<inspection(inspect_atom)>>;

/// Failures that a person wants tried again.
using retry_desk_actor = caf::typed_actor<
    /// Takes over the wish; answers it when all of it is stored.
    handles<void(retry_job_ptr)>, handles<inspection(inspect_atom)>>;

/// What providers say later about what they accepted.
using receipt_collector_actor = caf::typed_actor<
    /// Takes over a provider's call; answers it when its receipts are stored or refused.
    handles<void(receipt_job_ptr)>,
    /// An attempt ended as unknown: a receipt may tell.
    handles<void(unknown_attempt)>,
    /// INTERNAL: a piece of a provider's event stream; the number is the stream's.
    handles<void(event_atom, std::uint64_t, std::string)>,
    /// INTERNAL: that stream ended.
    handles<void(ended_atom, std::uint64_t, transfer_result)>,
    /// The directory is another one.
    handles<void(configure_atom)>,
    /// INTERNAL: listen to that provider's events.
    handles<void(listen_atom, persistence::provider_id)>,
    /// INTERNAL: try again those that found no transaction yet.
    handles<void(tick_atom)>, handles<inspection(inspect_atom)>>;

/// This process's node: its lease, and the rows of dead nodes.
using node_keeper_actor = caf::typed_actor<
    /// INTERNAL: register, renew, look for dead nodes.
    handles<void(tick_atom)>,
    /// Gives the lease back; answers when that is committed or was given up.
    handles<bool(leave_atom)>, handles<inspection(inspect_atom)>>;

/// Asks all of the above what they hold.
using inspector_actor = caf::typed_actor<
    /// A section, or all of them when the name is empty.
    handles<inspection(inspect_atom, std::string)>>;

}  // namespace postrider::actors
